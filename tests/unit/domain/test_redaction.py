import string
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qlik_monitor.domain.redaction import BLOT, redact

SECRET = "Zq7-hunter2_Xy"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcDEF123_-x"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA{}\n"
JSON_PEM = '{{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n{}\\n"}}'


@pytest.mark.parametrize(
    "form",
    [
        "password={}",
        "Password: {}",
        "PWD='{}'",
        'pwd="{}"',
        "db_password={}",
        "Server=x;Uid=me;Pwd={};Encrypt=yes",
        "Server=x;Uid=me;Pwd=a,{}",
        "Pwd=a){}",
        "Pwd=a'{}",
        "Pwd={{a;{}}}",
        "Pwd={{a}}}}b;{};c}}",
        '"client_secret": "{}"',
        '{{"api_key": "with \\" quote {}"}}',
        '{{\\"password\\": \\"{}\\"}}',
        "{{'password': '{}', 'host': 'db1'}}",
        "password => {}",
        "redirect?password%3D{}",
        'password="cut off {}'.replace(" ", "-"),
        "<Password>{}</Password>",
        '<token type="x">{}</token>',
        "qlik_api_token={}",
        "AccountKey={}",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}==;EndpointSuffix=x",
        "Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey={}",
        "sas={}",
        "https://a.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig={}%3D",
        "https://me:{}@host/path",
        "https://me:with/slash{}@host/path",
        "redis://:{}@cache:6379/0",
        "postgresql://me:p@{}@host:5432/db",
        "jdbc:sqlserver://db1:1433;databaseName=x;user=sa;password={};encrypt=true",
        "jdbc:oracle:thin:scott/{}@//db1:1521/ORCL",
        "jdbc:postgresql://db1/x?user=me&password={}&ssl=true",
        "connect scott/{}@ORCL",
        "sqlplus scott/{} failed",
        'connect scott/"{}"@ORCL',
        "sqlplus repl/{}@(DESCRIPTION=(ADDRESS=(HOST=db1)))",
        "login of scott:{}@db1 failed",
        "aws_secret_access_key = {}",
        "AWS_SESSION_TOKEN={}",
        "X-Amz-Security-Token={}",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "authorization: {}",
        "got bearer {} in the header",
        "the password is {}",
        "The secret was '{}'",
        "your token is {}, keep it",
        "CREATE USER repl IDENTIFIED BY {};",
        'ALTER USER repl identified by "{}"',
        "IDENTIFIED BY VALUES '{}'",
        "ALTER ROLE repl WITH PASSWORD '{}'",
        "EnterpriseManager.APISessionID: {}",
        "Cookie: theme=dark; JSESSIONID={}",
        "Ocp-Apim-Subscription-Key: {}",
        "mysqldump -u root -p {} sales",
        "mysql -u root -p{} sales",
        "sqlcmd -S db1 -U sa -P {}",
        "tool --password {} run",
        "tool --password={}",
        PEM,
        PEM + "-----END RSA PRIVATE KEY----- and more",
        JSON_PEM,
    ],
)
def test_a_planted_secret_is_blotted_out(form: str) -> None:
    text = form.format(SECRET)
    assert SECRET in text
    assert "hunter2" not in redact(text)
    assert BLOT in redact(text)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234",
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        JWT,
        JWT[:60],
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "glpat-" + "a1B2-" * 5,
        "xoxb-" + "123456789012-abcdef",
        "AIza" + "Sy_-a" * 7,
        "a1B2c/+" * 12 + "ab==",
    ],
)
def test_a_key_is_known_by_its_form(secret: str) -> None:
    assert secret not in redact(f"the service said {secret} was refused")


@pytest.mark.parametrize(
    "text",
    [
        "ORA-03113: end-of-file on communication channel",
        "ORA-01017: invalid username/password; logon denied",
        "ORA-28000: the account is locked",
        "ORA-28001: the password has expired",
        "Access denied for user 'repl'@'10.0.0.5' (using password: YES)",
        "Login failed for user 'repl'. Reason: Password did not match that for the login provided.",
        "The password of the account has expired.",
        "password authentication failed for user repl",
        "FATAL: password authentication failed; no pg_hba.conf entry for host db1",
        "the password is not set, the token is expired and the secret is missing",
        "Basic authentication failed, bearer authentication is off",
        "Task 'orders' on Kansas: 3 tables",
        "connect to host db1.example:1521 failed",
        "telnet -p 1521 failed",
        "https://example.com/v1/approvals/-pX9abcdefgh?e=1&k=k1&s=-pAbC9_-9",
        "ORA-00001: unique constraint violated, the key is duplicated",
        "https://example.com:8443/approvals/abc?e=1&k=k1&s=AbC_-9",
        "write to mailto:ops@example.com or ops@example.com",
        "the password was wrong",
        "prod/orders at 12:00:01 on 2026-03-02T12:00:00+00:00",
        "table SALES.ORDERS, column PASSPORT_NO: value too long",
        "LSN 0000002a:00000b3c:0003 is not available",
        "SQL Server Network Interfaces, error: 26 - Error Locating Server/Instance Specified",
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
    # "token: REQUIRED" is what messages say: a password that is such a word cannot be told.
    assume(not secret.strip(".:").isalpha())
    assert f"{name}{secret}" not in redact(f"{around} {name}{secret} {around}")


WORDS = [
    "password",
    "is",
    "=",
    ":",
    "-p",
    "scott/x9@db",
    "me:pw@h",
    "://",
    '"',
    "'",
    "sig=a,b=c",
    " ",
]


@given(st.text(max_size=400) | st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
def test_what_was_redacted_needs_no_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_long_text_is_redacted_in_good_time() -> None:
    assert redact("a" * 20_000 + " password=x") == "a" * 20_000 + f" password={BLOT}"


@pytest.mark.parametrize(
    ("one", "other"),
    tuple(pairwise(["a-", "://a:", "password is ", 'pwd="', "a/b", "-p ", ",a", "{", "pwd={"])),
)
def test_no_text_of_many_beginnings_takes_long(one: str, other: str) -> None:
    assert redact((one + other) * 4_000)
