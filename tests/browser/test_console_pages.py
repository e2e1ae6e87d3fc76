"""Every page of the console: whole, from this host alone, without barriers, and in pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, StorageState

from local.browser.site import Site
from tests.browser.pages import Console, Fleet, SignIn
from tests.browser.visiting import DEVICES, SCHEMES, Scheme, Visit, visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

type Go = Callable[[Site, Visit], int]


@dataclass(frozen=True)
class Case:
    """A page: how one comes to it, and what it says."""

    name: str
    heading: str
    go: Go
    status: int = 200
    title: str = ""
    """What the browser's tab says; empty: what the heading says."""
    signed_in: bool = True


def at(path: str) -> Go:
    return lambda site, visit: visit.goto(site.console + path).status


def at_task(server: str, task: str) -> Go:
    return at("/task?" + urlencode({"server": server, "task": task}))


def at_incident(site: Site, visit: Visit) -> int:
    incident = site.incident("Plant South/Waiting Invoices")
    assert incident
    return visit.goto(f"{site.console}/incidents/{incident.id}").status


def at_link(site: Site, visit: Visit) -> int:
    return visit.goto(site.sign_in_link()).status


def at_used_link(site: Site, visit: Visit) -> int:
    link = site.sign_in_link()
    visit.goto(link)
    SignIn(visit.page).sign_in()
    return visit.goto(link).status


def signed_out(site: Site, visit: Visit) -> int:
    visit.goto(site.sign_in_link())
    SignIn(visit.page).sign_in()
    with visit.page.expect_navigation() as gone:
        Console(visit.page).sign_out.click()
    return gone.value.status


HEALED = "Healed Customers"
CASES = (
    Case("fleet", "Fleet", at("")),
    Case("fleet-filtered", "Fleet", at(Fleet.query(server="Plant South", state="error"))),
    Case("fleet-nothing-found", "Fleet", at(Fleet.query(q="no such task"))),
    Case("task", f"{HEALED} RUNNING", at_task("Plant North", HEALED), title="Plant North/"),
    Case("no-task", "Plant North/Nobody", at_task("Plant North", "Nobody"), status=404),
    Case("incidents", "Incidents", at("/incidents")),
    Case("incident", "Plant South/Waiting Invoices critical: awaiting approval", at_incident),
    Case("automation", "Automation", at("/automation")),
    Case("health", "Health", at("/health")),
    Case("not-found", "Nothing is here", at("/nowhere"), status=404),
    Case("not-signed-in", "Please sign in", at(""), status=401, signed_in=False),
    Case("sign-in", "Sign in", at_link, signed_in=False),
    Case("sign-in-used", "This link signs nobody in", at_used_link, status=410, signed_in=False),
    Case("message", "Signed out", signed_out, signed_in=False),
)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_page_is_whole_keeps_to_its_host_and_bars_nobody(
    *, case: Case, device: str, scheme: Scheme, site: Site, browser: Browser, session: StorageState
) -> None:
    known = session if case.signed_in else None
    with visiting(browser, site.console, device=device, scheme=scheme, session=known) as visit:
        assert case.go(site, visit) == case.status
        assert Console(visit.page).heading == case.heading
        title = case.title or case.heading
        assert visit.page.title().startswith(title.partition(" critical:")[0])
        visit.picture(f"{case.name}-{device}-{scheme}")
        assert visit.overflow() == 0
        assert visit.barriers() == []
        visit.assert_all_went_well(case.status)
