"""Using the console: by keyboard, with and without scripts, and in one's own time zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, StorageState, expect

from local.browser.site import Site
from tests.browser.pages import Console, Fleet
from tests.browser.visiting import SCHEMES, Scheme, Visit, visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  const place = document.activeElement.getBoundingClientRect();
  return {
    name: document.activeElement.tagName,
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: place.left >= 0 && place.right <= innerWidth && place.top >= 0
      && place.bottom <= innerHeight && place.width > 0,
  };
}"""


def test_the_first_tab_reaches_a_link_past_the_head_of_the_page(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session) as visit:
        visit.goto(site.console)
        visit.page.keyboard.press("Tab")
        expect(Console(visit.page).skip).to_be_focused()
        assert visit.page.evaluate(FOCUS)["inside"]
        visit.page.keyboard.press("Enter")
        visit.page.keyboard.press("Tab")
        first = visit.page.evaluate("document.activeElement.closest('main') !== null")
        assert first


@pytest.mark.parametrize("scheme", SCHEMES)
def test_whoever_tabs_through_a_page_sees_where_they_are(
    scheme: Scheme, site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, scheme=scheme, session=session) as visit:
        visit.goto(site.console)
        seen = []
        for _ in range(30):
            visit.page.keyboard.press("Tab")
            seen.append(visit.page.evaluate(FOCUS))
        assert [one for one in seen if not (one["outlined"] and one["inside"])] == []
        assert {"A", "BUTTON", "INPUT", "SELECT", "SUMMARY"} <= {one["name"] for one in seen}


def test_the_filter_works_by_keyboard_and_without_scripts(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session, java_script_enabled=False) as visit:
        visit.goto(site.console)
        fleet = Fleet(visit.page)
        fleet.search.focus()
        visit.page.keyboard.type("stuck pay")
        visit.page.keyboard.press("Enter")
        expect(visit.page).to_have_url(re.compile(r"q=stuck\+pay"))
        expect(fleet.tasks).to_have_text(["Stuck Payments"])
        fleet.tasks.focus()
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Stuck Payments")
        visit.assert_all_went_well()


def test_times_are_the_readers_own_and_utc_when_pointed_at(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session, timezone_id="Asia/Tokyo") as visit:
        moment, shown, title = _footer_time(visit, site)
        assert title == f"{moment:%Y-%m-%d %H:%M} UTC"
        assert f"{moment + timedelta(hours=9):%H:%M}" in shown


def test_times_are_utc_and_say_so_without_scripts(
    site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(
        browser,
        site.console,
        session=session,
        timezone_id="Asia/Tokyo",
        java_script_enabled=False,
    ) as visit:
        moment, shown, title = _footer_time(visit, site)
        assert shown == f"{moment:%Y-%m-%d %H:%M} UTC"
        assert title is None


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_the_hour_alone_is_said_only_of_the_reader_s_own_today(
    zone: str, site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, session=session, timezone_id=zone) as visit:
        visit.goto(site.console)
        today = _first_read_at(visit).astimezone(ZoneInfo(zone))
        midnight = today.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        said = set[str]()
        for looked_at in (today, midnight):
            visit.page.clock.set_fixed_time(looked_at)
            visit.page.reload()
            # The fleet goes on: what is read of a task may be newer by now.
            read_at = _first_read_at(visit)
            own = read_at.astimezone(ZoneInfo(zone))
            hour_alone = own.date() == looked_at.date()
            said.add("hour" if hour_alone else "day")
            time = visit.page.locator("#results time").first
            expect(time).to_have_text(
                f"{own:%H:%M}" if hour_alone else f"{own.day} {own:%b}, {own:%H:%M}"
            )
            expect(time).to_have_attribute("title", f"{read_at:%Y-%m-%d %H:%M} UTC")
        assert "day" in said


def _first_read_at(visit: Visit) -> datetime:
    stamp = visit.page.locator("#results time").first.get_attribute("datetime")
    assert stamp
    return datetime.fromisoformat(stamp)


def _footer_time(visit: Visit, site: Site) -> tuple[datetime, str, str | None]:
    visit.goto(site.console)
    time = visit.page.locator("footer time")
    stamp = time.get_attribute("datetime")
    assert stamp
    moment = datetime.fromisoformat(stamp)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)
    return moment, time.inner_text(), time.get_attribute("title")
