"""The fleet's list as it changes under its reader: found, turned, and not to be had."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, StorageState, expect

from local.browser.site import Site
from tests.browser.pages import Console, Fleet
from tests.browser.visiting import visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_the_list_follows_what_is_typed_and_the_address_keeps_it(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        fleet = Fleet(visit.page)
        fleet.search.press_sequentially("crm_contacts_01")
        expect(fleet.tasks).to_have_text(["CRM_CONTACTS_01"])
        expect(fleet.search).to_be_focused()
        expect(visit.page).to_have_url(re.compile(r"q=crm_contacts_01"))
        documents = [one for one in visit.requests if one.is_navigation_request()]
        assert len(documents) == 1
        fleet.search.fill("")
        fleet.server.select_option("Branch")
        expect(fleet.caption).to_contain_text("11 tasks")
        visit.page.reload()
        expect(fleet.server).to_have_value("Branch")
        expect(fleet.caption).to_contain_text("11 tasks")
        visit.assert_all_went_well()


def test_pages_of_the_list_turn_without_a_new_page(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        fleet = Fleet(visit.page)
        before = fleet.tasks.all_inner_texts()
        visit.page.get_by_role("link", name="Next").click()
        expect(fleet.caption).to_contain_text("page 2 of")
        assert not set(before) & set(fleet.tasks.all_inner_texts())
        visit.page.go_back()
        expect(fleet.caption).to_contain_text("page 1 of")
        visit.assert_all_went_well()


def test_whoever_turns_a_page_by_keyboard_goes_on_at_its_beginning_and_is_told_so(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        fleet = Fleet(visit.page)
        region = fleet.found.element_handle()
        assert region
        visit.page.get_by_role("link", name="Next").focus()
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_role("region", name="Tasks")).to_be_focused()
        expect(fleet.found).to_contain_text("page 2 of")
        # A region that is replaced together with its words is not read out.
        assert region.evaluate("one => one.isConnected")
        visit.page.keyboard.press("Tab")
        expect(fleet.tasks.first).to_be_focused()
        fleet.search.press_sequentially("crm_contacts_01")
        expect(fleet.found).to_have_text("1 task found, page 1 of 1.")
        expect(fleet.search).to_be_focused()


def test_what_stands_around_the_list_follows_it(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(f"{site.console}?server=Branch")
        fleet = Fleet(visit.page)
        current = visit.page.locator("#servers [aria-current]")
        expect(current).to_contain_text("Branch")
        running = fleet.state.locator("option[value=running]")
        few = running.inner_text()
        fleet.server.select_option("")
        expect(current).to_have_count(0)
        expect(running).not_to_have_text(few)
        fleet.search.press_sequentially("crm_contacts_01")
        expect(running).to_have_text("running (1)")
        link = visit.page.locator("#numbers").get_by_role("link", name="running")
        expect(link).to_have_attribute("href", re.compile("q=crm_contacts_01"))
        fleet.state.select_option("running")
        expect(fleet.found).to_contain_text("1 task found")
        expect(fleet.state).to_have_value("running")
        visit.assert_all_went_well()


def _fails(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")


def _is_offline(route: Route) -> None:
    route.abort("internetdisconnected")


@pytest.mark.parametrize(
    ("fails", "said"), [(_fails, r"could not make .*\(502\)"), (_is_offline, "cannot be reached")]
)
def test_a_list_that_cannot_be_had_leaves_the_page_and_what_was_typed(
    fails: Callable[[Route], None], said: str, site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        fleet = Fleet(visit.page)
        before = fleet.tasks.all_inner_texts()
        visit.page.route("**/console?*", fails)
        fleet.search.press_sequentially("crm_contacts_01")
        expect(fleet.trouble).to_have_text(re.compile(said))
        expect(fleet.search).to_have_value("crm_contacts_01")
        assert fleet.tasks.all_inner_texts() == before
        assert Console(visit.page).heading == "Fleet"
        visit.page.unroute("**/console?*")
        visit.page.get_by_role("button", name="Show").click()
        expect(fleet.tasks).to_have_text(["CRM_CONTACTS_01"])
        expect(fleet.trouble).to_be_empty()


def test_a_session_that_has_ended_shows_how_to_sign_in_instead_of_an_empty_list(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        visit.page.context.clear_cookies()
        Fleet(visit.page).search.press_sequentially("x")
        heading = visit.page.get_by_role("heading", level=1)
        expect(heading).to_have_text("Please sign in")
