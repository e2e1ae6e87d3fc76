"""Signing in and out, with a browser."""

import pytest
from playwright.sync_api import Browser

from local.browser.site import Site
from tests.browser.pages import Console, SignIn
from tests.browser.visiting import visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_a_link_signs_in_by_its_button_and_the_cookie_is_out_of_reach(
    site: Site, browser: Browser
) -> None:
    with visiting(browser, site.console) as visit:
        assert visit.goto(site.sign_in_link(name="Grace")).status == 200
        assert visit.page.context.cookies() == []
        SignIn(visit.page).sign_in()
        assert Console(visit.page).heading == "Fleet"
        assert "Grace (viewer)" in visit.page.locator("header").inner_text()
        (cookie,) = visit.page.context.cookies()
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        assert visit.page.evaluate("document.cookie") == ""
        stored = visit.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
        assert cookie["value"] not in stored
        visit.assert_all_went_well()


def test_opening_a_link_twice_uses_nothing_up_and_a_used_one_signs_nobody_in(
    site: Site, browser: Browser
) -> None:
    link = site.sign_in_link()
    with visiting(browser, site.console) as first:
        first.goto(link)
        first.goto(link)
        SignIn(first.page).sign_in()
    with visiting(browser, site.console) as second:
        assert second.goto(link).status == 410
        page = SignIn(second.page)
        assert page.heading == "This link signs nobody in"
        assert "It was used already." in page.text
        assert page.button.count() == 0
        assert second.goto(site.console).status == 401
        assert second.page.context.cookies() == []


def test_an_unknown_link_signs_nobody_in(site: Site, browser: Browser) -> None:
    with visiting(browser, site.console) as visit:
        assert visit.goto(f"{site.console}/sign-in/{'x' * 32}").status == 403
        page = SignIn(visit.page)
        assert "It is not one that the agent made" in page.text
        assert page.button.count() == 0


def test_signing_out_ends_the_session_for_copies_of_its_cookie_too(
    site: Site, browser: Browser
) -> None:
    with visiting(browser, site.console) as visit:
        visit.goto(site.sign_in_link())
        SignIn(visit.page).sign_in()
        copied = visit.page.context.storage_state()
        Console(visit.page).sign_out.click()
        visit.page.get_by_role("heading", name="Signed out").wait_for()
        assert visit.page.context.cookies() == []
        assert visit.goto(site.console).status == 401
    with visiting(browser, site.console, session=copied) as thief:
        assert thief.goto(site.console).status == 401
