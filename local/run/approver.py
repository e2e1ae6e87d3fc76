"""The approver of a run: opens a link in the mail as a person would, and answers the form."""

import requests

from local.run.plan import Answer

TIMEOUT = (3.05, 20)  # seconds to connect, seconds to read


class ApprovalPageFailed(Exception):
    """The approval page did not do what an approver may expect."""


def answer(link: str, what: Answer, comment: str) -> list[str]:
    """Read the page behind a link, then decide; return the pages as they came.

    A person reads before deciding, as a scanner of mail does: looking twice must change nothing.
    """
    seen: list[str] = []
    with requests.Session() as browser:
        for _ in range(2):
            page = browser.get(link, timeout=TIMEOUT)
            _expect(page, 200, "Your decision")
            seen.append(page.text)
        form = {"decision": what.value, "comment": comment}
        decided = browser.post(link, data=form, timeout=TIMEOUT)
        _expect(decided, 200, "approved" if what is Answer.APPROVE else "rejected")
        _expect(browser.post(link, data=form, timeout=TIMEOUT), 200, "A decision stands")
        return [*seen, decided.text]


def _expect(page: requests.Response, status: int, words: str) -> None:
    if page.status_code != status or words not in page.text:
        raise ApprovalPageFailed(
            f"the approval page answered {page.status_code} and not {status} with {words!r}"
        )
