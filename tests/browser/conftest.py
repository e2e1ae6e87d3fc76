"""One browser and one stack for the whole folder, and somebody who has signed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState, expect

from local.browser.launching import chromium
from local.browser.site import Site, open_site
from tests.browser.pages import SignIn
from tests.browser.visiting import PATIENCE_MS, visiting

expect.set_options(timeout=PATIENCE_MS)


# "package" is this folder: the stack ends before other suites begin theirs. Files run by name, so
# that pages are looked at before anything is decided.
@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The whole stack, with something on every page."""
    with open_site(print) as opened:
        yield opened


@pytest.fixture(scope="package")
def browser(site: Site) -> Iterator[Browser]:
    """Chromium; it starts when there is something to look at."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def session(site: Site, browser: Browser) -> StorageState:
    """The cookie of somebody who signed in with the browser."""
    with visiting(browser, site.console) as visit:
        visit.goto(site.sign_in_link())
        SignIn(visit.page).sign_in()
        return visit.page.context.storage_state()
