"""The approver of a run: opens a link in the mail as a person would, and answers the form."""

import re

import requests

from local.run.plan import Answer

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
DIGITS = re.compile(r'<code id="digits">(\d{4})</code>')
DIGITS_LACK = "type the four digits"
TAGS = re.compile(r"<[^>]*>")
MOST_SAID = 300
TIMEOUT = (3.05, 20)  # seconds to connect, seconds to read


class ApprovalPageFailed(Exception):
    """The approval page did not do what an approver may expect."""


def answer(link: str, what: Answer, comment: str, *, decides: bool = True) -> list[str]:
    """Read the page behind a link, then decide; return the pages as they came.

    A person reads before deciding, as a scanner of mail does: looking twice must change nothing.
    An answer that does not decide waits for others.
    """
    seen: list[str] = []
    with requests.Session() as browser:
        for _ in range(2):
            page = browser.get(link, timeout=TIMEOUT)
            _expect(page, 200, "Your decision")
            seen.append(page.text)
        # What follows links and sends forms as they are decides nothing.
        _expect(
            browser.post(link, data=_as_it_is(page.text, what), timeout=TIMEOUT), 400, DIGITS_LACK
        )
        form = {"decision": what.value, "comment": comment} | typed_from(page.text)
        decided = browser.post(link, data=form, timeout=TIMEOUT)
        word = "approved" if what is Answer.APPROVE else "rejected"
        _expect(decided, 200, word if decides else "more people have to agree")
        _expect(browser.post(link, data=form, timeout=TIMEOUT), 200, "An answer stands")
        return [*seen, decided.text]


def typed_from(page: str) -> dict[str, str]:
    """Read what a form holds, and the digits that a person types into it."""
    digits = DIGITS.search(page)
    if digits is None:
        raise ApprovalPageFailed("the approval page shows no digits to type")
    return dict(HIDDEN.findall(page)) | {"code": digits[1]}


def _as_it_is(page: str, what: Answer) -> dict[str, str]:
    return dict(HIDDEN.findall(page)) | {"code": "", "comment": "", "decision": what.value}


def _expect(page: requests.Response, status: int, words: str) -> None:
    if page.status_code != status or words not in page.text:
        said = " ".join(TAGS.sub(" ", page.text.partition("<main")[2]).split())
        raise ApprovalPageFailed(
            f"the approval page answered {page.status_code} and not {status} with {words!r}: "
            f"{said[:MOST_SAID]}"
        )
