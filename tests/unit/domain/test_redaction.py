import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.redaction import BLOT, redact

SECRET = "Zq7-hunter2_Xy"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcDEF123_-x"


@pytest.mark.parametrize(
    "form",
    [
        "password={}",
        "Password: {}",
        "PWD='{}'",
        'pwd="{}"',
        "db_password={}",
        "Server=x;Uid=me;Pwd={};Encrypt=yes",
        "Pwd={{a;{}}}",
        '"client_secret": "{}"',
        '{{"api_key": "with \\" quote {}"}}',
        "qlik_api_token={}",
        "AccountKey={}",
        "sas={}",
        "https://me:{}@host/path",
        "postgresql://me:p@{}@host:5432/db",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
    ],
)
def test_a_planted_secret_is_blotted_out(form: str) -> None:
    text = form.format(SECRET)
    assert SECRET in text
    assert "hunter2" not in redact(text)
    assert BLOT in redact(text)


@pytest.mark.parametrize(
    "secret",
    ["sk-proj-abcdefghijklmnop1234", "AKIAIOSFODNN7EXAMPLE", JWT],
    ids=["OpenAI key", "AWS key", "JSON web token"],
)
def test_a_key_is_known_by_its_form(secret: str) -> None:
    assert secret not in redact(f"the key {secret} was refused")


@pytest.mark.parametrize(
    "text",
    [
        "ORA-03113: end-of-file on communication channel",
        "Task 'orders' on Kansas: 3 tables",
        "connect to host db1.example:1521 failed",
        "https://example.com:8443/approvals/abc?e=1&k=k1&s=AbC_-9",
        "the password was wrong",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(
    st.sampled_from(["password=", "token: ", "api_key=", "secret = ", "my_passwd: "]),
    st.text(string.ascii_letters + string.digits + "-_./+!$%^*#@", min_size=6, max_size=40),
    st.text(max_size=60),
)
def test_no_value_of_a_secret_name_survives_anywhere_in_a_text(
    name: str, secret: str, around: str
) -> None:
    assert f"{name}{secret}" not in redact(f"{around} {name}{secret} {around}")


@given(st.text(max_size=400))
def test_what_was_redacted_needs_no_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_long_text_is_redacted_in_good_time() -> None:
    assert redact("a" * 20_000 + " password=x") == "a" * 20_000 + f" password={BLOT}"
