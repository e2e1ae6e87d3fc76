"""The signature, against the published example of the scheme: its secret, moment and body."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from qlik_monitor.domain.chat_signature import not_genuine, sign_request
from tests.fakes.slack import signed

SECRET = SecretStr("8f742231b10e8888abcd99yyyzzz85a5")
AT = 1531420618
NOW = datetime.fromtimestamp(AT, UTC)
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def problem(
    *,
    timestamps: tuple[str, ...] = (str(AT),),
    signatures: tuple[str, ...] = (SIGNATURE,),
    body: bytes = BODY,
    secret: SecretStr = SECRET,
    seconds: int = 0,
) -> str | None:
    now = datetime.fromtimestamp(AT + seconds, UTC)
    return not_genuine(secret, list(timestamps), list(signatures), body, now)


def test_the_published_example_is_genuine() -> None:
    assert sign_request(SECRET, str(AT), BODY) == SIGNATURE
    assert problem() is None


def test_what_another_implementation_signs_is_genuine() -> None:
    headers = signed("a body", AT)
    found = not_genuine(
        SECRET,
        [headers["X-Slack-Request-Timestamp"]],
        [headers["X-Slack-Signature"]],
        b"a body",
        NOW,
    )
    assert found is None


@given(at=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_body_is_refused(at: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[at] ^= 1 << bit
    assert problem(body=bytes(changed)) is not None


@given(digits=st.text("0123456789abcdef", min_size=64, max_size=64))
def test_any_other_signature_is_refused(digits: str) -> None:
    assert f"v0={digits}" == SIGNATURE or problem(signatures=(f"v0={digits}",)) is not None


@given(signature=st.text(st.characters(exclude_categories=())))
def test_nothing_that_is_sent_as_a_signature_breaks_the_check(signature: str) -> None:
    assert problem(signatures=(signature,)) is not None


@given(timestamp=st.text(st.characters(exclude_categories=())))
def test_nothing_that_is_sent_as_a_timestamp_breaks_the_check(timestamp: str) -> None:
    assert timestamp == str(AT) or problem(timestamps=(timestamp,)) is not None


@given(seconds=st.integers(-299, 299).filter(bool))
def test_another_moment_than_the_signed_one_is_refused(seconds: int) -> None:
    assert "is not that of this body" in str(problem(timestamps=(str(AT + seconds),)))


@pytest.mark.parametrize(("seconds", "genuine"), [(300, 1), (-300, 1), (301, 0), (-301, 0)])
def test_a_request_holds_for_five_minutes_either_way(seconds: int, genuine: int) -> None:
    found = problem(seconds=seconds)
    assert (found is None) is bool(genuine)
    assert genuine or "too old, or a clock is wrong" in str(found)


@pytest.mark.parametrize("values", [(), ("a", "b"), (SIGNATURE, SIGNATURE)])
def test_a_header_that_is_missing_or_sent_twice_is_refused(values: tuple[str, ...]) -> None:
    assert f"X-Slack-Signature came {len(values)} times" in str(problem(signatures=values))
    assert f"X-Slack-Request-Timestamp came {len(values)} times" in str(problem(timestamps=values))


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "1.5", " 1531420618", "1e9", "٣", "9" * 13, "1531420618\n"]
)
def test_an_odd_timestamp_is_refused(timestamp: str) -> None:
    assert "whole seconds" in str(problem(timestamps=(timestamp,)))


@pytest.mark.parametrize("signature", ["", SIGNATURE.upper(), SIGNATURE[3:], "v1" + SIGNATURE[2:]])
def test_an_odd_signature_is_refused(signature: str) -> None:
    assert "v0= and 64" in str(problem(signatures=(signature,)))


def test_another_secret_is_refused_and_no_refusal_tells_of_it() -> None:
    refusals = [problem(secret=SecretStr("another")), problem(seconds=999), problem(signatures=())]
    assert None not in refusals
    assert SECRET.get_secret_value() not in str(refusals)
    assert SIGNATURE not in str(refusals)
