"""Answering by the link that was sent: through the browser, and through to what the agent does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from local.browser.site import ANA, BEN, Site
from local.run.plan import Ending
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.incident import IncidentStatus
from tests.browser.pages import Approval, SignIn
from tests.browser.visiting import DEVICES, SCHEMES, Scheme, Visit, visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SERVER = "Plant South"

type Spoil = Callable[[str], str]


def asked_about(site: Site, task: str) -> str:
    """Let a task fall ill; return the link that asks what to do."""
    site.falls_ill(SERVER, task)
    return site.invitation(f"{SERVER}/{task}").link


def look(visit: Visit, name: str, status: int = 200) -> None:
    """Check what holds for every page, and take its picture."""
    visit.picture(name)
    assert visit.overflow() == 0
    assert visit.barriers() == []
    visit.assert_all_went_well(status)


def test_an_approval_restarts_the_task_once_and_its_link_then_tells_what_was_decided(
    site: Site, browser: Browser
) -> None:
    task, about = "Approved Stock", f"{SERVER}/Approved Stock"
    link = asked_about(site, task)
    with visiting(browser, link) as visit:
        assert visit.goto(link).status == 200
        assert visit.goto(link).status == 200
        assert site.starts_of(task) == 0
        page = Approval(visit.page)
        assert page.heading == f"Resume {about}?"
        page.approve("the endpoint is back")
        assert page.heading == f"{about}: approved"
        assert "the endpoint is back" in page.text
        site.wait_for_ending(about, Ending.HEALED)
        assert site.starts_of(task) == 1

        assert visit.goto(link).status == 200
        assert page.heading == f"{about}: approved"
        assert "ana@example.com said yes" in page.text
        assert "An answer stands: this link cannot change it." in page.text
        assert page.form.count() == 0
        look(visit, "approval-used-desktop-light")
        assert site.starts_of(task) == 1


def test_a_rejection_leaves_the_task_alone(site: Site, browser: Browser) -> None:
    task, about = "Rejected Stock", f"{SERVER}/Rejected Stock"
    link = asked_about(site, task)
    with visiting(browser, link, device="phone", scheme="dark") as visit:
        visit.goto(link)
        page = Approval(visit.page)
        page.reject("the source is being migrated")
        assert page.heading == f"{about}: rejected"
        assert "Nothing is done to the task." in page.text
        look(visit, "approval-rejected-phone-dark")
    site.wait_for_status(about, IncidentStatus.REJECTED)
    assert site.starts_of(task) == 0


def test_a_link_that_has_expired_says_so_and_nothing_is_done(site: Site, browser: Browser) -> None:
    task, about = "Unanswered Stock", f"{SERVER}/Unanswered Stock"
    with site.people_have(seconds=10):
        link = asked_about(site, task)
        site.wait_for_ending(about, Ending.EXPIRED)
    for device in DEVICES:
        for scheme in SCHEMES:
            with visiting(browser, link, device=device, scheme=scheme) as visit:
                assert visit.goto(link).status == 410
                page = Approval(visit.page)
                assert page.heading == f"{about}: this link has expired"
                assert "nobody answered in time" in page.text
                assert page.form.count() == 0
                look(visit, f"approval-expired-{device}-{scheme}", status=410)
    assert site.starts_of(task) == 0


def test_what_is_not_typed_as_shown_decides_nothing(site: Site, browser: Browser) -> None:
    link = site.invitation(f"{SERVER}/Waiting Invoices").link
    with visiting(browser, link, device="phone") as visit:
        visit.goto(link)
        page = Approval(visit.page)
        wrong = f"{(int(page.digits) + 1) % 10_000:04d}"
        page.approve("as it is", typed=wrong)
        assert "type the four digits" in page.problem
        assert visit.page.get_by_label("Comment").input_value() == "as it is"
        look(visit, "approval-not-typed-phone-light", status=400)
        page.approve(typed="")
        assert "type the four digits" in page.problem
    assert site.starts_of("Waiting Invoices") == 0


def test_another_approver_s_link_is_no_second_one_of_one_s_own(
    site: Site, browser: Browser
) -> None:
    about = f"{SERVER}/Waiting Invoices"
    mine, other = (site.invitation(about, name).link for name in (ANA, BEN))
    with visiting(browser, other) as visit:
        assert visit.goto(other).status == 200
        page = Approval(visit.page)
        assert f"You answer as {BEN}." in page.text
        # Neither signature opens the other's page.
        for path, query in ((mine, other), (other, mine)):
            swapped = f"{path.partition('?')[0]}?{query.partition('?')[2]}"
            assert visit.goto(swapped).status == 403
            assert page.heading == "This link is not valid"
        visit.assert_all_went_well(403)


def test_a_running_task_is_stopped_only_when_both_agree(site: Site, browser: Browser) -> None:
    task, about = "Stuck Payments", f"{SERVER}/Stuck Payments"
    mine, other = (site.invitation(about, name).link for name in (ANA, BEN))
    with visiting(browser, mine, device="phone", scheme="dark") as visit:
        visit.goto(mine)
        page = Approval(visit.page)
        assert "0 of 2 needed have said yes" in page.text
        page.approve("it hangs since the morning")
        assert page.heading == f"{about}: waits for others"
        assert f"Asked and not answered: {BEN}." in page.text
        look(visit, "approval-waits-for-others-phone-dark")
        assert visit.goto(mine).status == 200
        assert page.form.count() == 0
    assert site.starts_of(task) == 0
    with visiting(browser, other) as visit:
        visit.goto(other)
        page = Approval(visit.page)
        assert f"{ANA} said yes" in page.text
        look(visit, "approval-second-yes-desktop-light")
        page.approve()
        assert page.heading == f"{about}: approved"
        assert visit.goto(mine).status == 200
        assert page.heading == f"{about}: approved"
    site.wait_for_ending(about, Ending.HEALED)
    assert site.starts_of(task) == 1


@pytest.mark.parametrize(
    ("task", "becomes", "now"),
    [("Recovered Stock", "healthy", "RUNNING"), ("Stopped Stock", "stopped_by_person", "STOPPED")],
)
def test_an_approval_of_a_task_that_changed_meanwhile_does_nothing_and_says_so(
    task: str, becomes: str, now: str, site: Site, browser: Browser
) -> None:
    about = f"{SERVER}/{task}"
    link = asked_about(site, task)
    site.becomes(SERVER, task, kind=becomes)
    site.run_cycle()
    with visiting(browser, link) as visit:
        page = Approval(visit.page)

        def is_warned() -> bool:
            visit.goto(link)
            return "A yes would lead to nothing" in page.text

        site.wait_until(is_warned, "the page to know what the cycle has read")
        assert f"is {now}" in page.text
        look(visit, f"approval-would-be-void-{now.lower()}-desktop-light")
        page.approve("go on")
        assert page.heading == f"{about}: the approval is void"
        assert "Nothing is done to the task." in page.text
        look(visit, f"approval-void-{now.lower()}-desktop-light", status=410)
    escalated = site.wait_for_status(about, IncidentStatus.ESCALATED)
    assert f"is {now}" in escalated.reason
    assert site.starts_of(task) == 0


def test_an_approval_of_a_task_with_another_error_does_nothing_and_says_so(
    site: Site, browser: Browser
) -> None:
    task, about = "Changed Stock", f"{SERVER}/Changed Stock"
    link = asked_about(site, task)
    # No cycle has read it: only the agent's own look right before it acts can tell.
    message = "ORA-01017: invalid username/password; logon denied"
    site.becomes(SERVER, task, kind="aborted", message=message)
    with visiting(browser, link, device="phone") as visit:
        visit.goto(link)
        page = Approval(visit.page)
        page.approve()
        site.wait_for_status(about, IncidentStatus.ESCALATED)
        assert visit.goto(link).status == 200
        assert "the task's error is another one now" in page.text
        look(visit, "approval-another-error-phone-light")
    assert site.starts_of(task) == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.replace("/approvals/", "/approvals/x"),
        lambda link: link.partition("?")[0],
        lambda link: link.replace("?e=", "?e=9"),
    ],
    ids=["another signature", "another id", "no signature", "another expiry"],
)
def test_a_link_that_was_tampered_with_shows_nothing(
    spoil: Spoil, site: Site, browser: Browser
) -> None:
    link = spoil(site.invitation(f"{SERVER}/Waiting Invoices").link)
    with visiting(browser, link) as visit:
        assert visit.goto(link).status == 403
        page = Approval(visit.page)
        assert page.heading == "This link is not valid"
        assert "Invoices" not in visit.page.content()
        assert page.form.count() == 0
        visit.assert_all_went_well(403)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("device", DEVICES)
def test_the_pages_of_a_link_bar_nobody_and_keep_to_their_host(
    device: str, scheme: Scheme, site: Site, browser: Browser
) -> None:
    link = site.invitation("endpoint Sales DB").link
    with visiting(browser, link, device=device, scheme=scheme) as visit:
        assert visit.goto(link).status == 200
        assert Approval(visit.page).heading == "Resume endpoint Sales DB?"
        look(visit, f"approval-{device}-{scheme}")
        assert visit.goto(f"{link}A").status == 403
        look(visit, f"approval-tampered-{device}-{scheme}", status=403)


def test_an_approver_who_signed_in_decides_on_the_console_s_page_of_the_incident(
    site: Site, browser: Browser
) -> None:
    task, about = "Console Stock", f"{SERVER}/Console Stock"
    asked_about(site, task)
    incident = site.wait_for_status(about, IncidentStatus.AWAITING_APPROVAL)
    with visiting(browser, site.console, device="phone") as visit:
        visit.goto(site.sign_in_link(Role.APPROVER, BEN))
        SignIn(visit.page).sign_in()
        visit.goto(f"{site.console}/incidents/{incident.id}")
        page = Approval(visit.page)
        assert f"You answer as {BEN}." in page.text
        look(visit, "incident-to-decide-phone-light")
        page.approve("from the console")
        assert page.heading == f"{about}: approved"
        assert f"{BEN} said yes" in page.text
        look(visit, "approval-from-the-console-phone-light")
        site.wait_for_ending(about, Ending.HEALED)
        visit.goto(f"{site.console}/incidents/{incident.id}")
        assert "handed on" in page.text
        look(visit, "incident-healed-phone-light")
    assert site.starts_of(task) == 1


def test_a_decision_needs_no_scripts(site: Site, browser: Browser) -> None:
    task, about = "Scriptless Stock", f"{SERVER}/Scriptless Stock"
    link = asked_about(site, task)
    with visiting(browser, link, java_script_enabled=False) as visit:
        visit.goto(link)
        Approval(visit.page).approve()
        assert Approval(visit.page).heading == f"{about}: approved"
    site.wait_for_start(task)
