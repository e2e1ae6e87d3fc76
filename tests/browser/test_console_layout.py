"""Names as long as people make them, and whether the checks of every page would find something."""

import pytest
from playwright.sync_api import Browser, StorageState

from local.browser.site import Site
from tests.browser.visiting import visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


PATHS = ["", "/task?server=Plant+North&task=Healed+Customers", "/incidents"]
LENGTHEN = """() => {
  for (const one of document.querySelectorAll('main p, main a, main li, main td, main h1')) {
    // What never holds a name stays in one line.
    if (!one.closest('nav, .badge, .nowrap, .number')) one.append('X'.repeat(85));
  }
}"""


@pytest.mark.parametrize("path", PATHS)
def test_a_name_without_a_space_makes_no_page_wider_than_a_phone(
    path: str, site: Site, browser: Browser, session: StorageState
) -> None:
    with visiting(browser, site.console, device="phone", session=session) as visit:
        visit.goto(site.console + path)
        visit.page.evaluate(LENGTHEN)
        assert visit.overflow() == 0


@pytest.mark.parametrize(("device", "width"), [("desktop", 1400), ("phone", 774), ("phone", 375)])
def test_a_page_that_is_too_wide_would_be_found(
    device: str, width: int, site: Site, browser: Browser
) -> None:
    with visiting(browser, site.console, device=device) as visit:
        visit.page.set_content(
            "<html lang=en><meta name=viewport content='width=device-width, initial-scale=1'>"
            f"<body style='margin: 0'><p style='width: {width}px'>Who can see its end?</p>"
        )
        assert visit.overflow() > 0


def test_what_bars_people_would_be_found(site: Site, browser: Browser) -> None:
    with visiting(browser, site.console) as visit:
        visit.page.set_content(
            "<html lang=en><title>A page</title><main><h1>A page</h1><img src='data:,'>"
            "<p style='color: #ccc; background: #fff'>Who can read this?</p></main>"
        )
        found = " ".join(visit.barriers())
        assert "image-alt (critical)" in found
        assert "color-contrast (serious)" in found
