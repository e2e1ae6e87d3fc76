"""How pages are visited: on which device, in which colours, and everything that the browser saw."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    StorageState,
)

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
DESKTOP, PHONE = "desktop", "phone"
DEVICES: dict[str, dict[str, Any]] = {
    DESKTOP: {"viewport": {"width": 1280, "height": 900}},
    PHONE: {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}
SMALL_PHONE = 360
"""Pixels: as narrow as phones are that people still use."""
type Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PATIENCE_MS = 30_000
SERIOUS = ("serious", "critical")


@dataclass
class Visit:
    """A window of a browser, and what went on in it."""

    page: Page
    host: str
    requests: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Requests that failed, scripts that failed, and what the browser complained about."""

    def goto(self, address: str) -> Response:
        """Open an address; return the answer."""
        answer = self.page.goto(address)
        assert answer is not None
        return answer

    def hosts(self) -> set[str]:
        """Return every host that anything was asked of."""
        return {urlsplit(one.url).netloc for one in self.requests}

    def assert_all_went_well(self, status: int = 200) -> None:
        """Nothing failed, but for a page that had to, and no other host was asked."""
        expected = f"the server responded with a status of {status} "
        left = [one for one in self.problems if status < 400 or expected not in one]
        assert not left, left
        assert self.hosts() == {self.host}, self.hosts()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the device; of a phone, or a small one.

        A phone's window widens to what the page needs, so its inner width says nothing.
        """
        size = self.page.viewport_size
        assert size is not None
        over = self._beyond(size["width"])
        if size["width"] == DEVICES[PHONE]["viewport"]["width"]:
            self.page.set_viewport_size(size | {"width": SMALL_PHONE})
            over = max(over, self._beyond(SMALL_PHONE))
            self.page.set_viewport_size(size)
        return over

    def _beyond(self, width: int) -> int:
        return max(0, int(self.page.evaluate("document.documentElement.scrollWidth")) - width)

    def barriers(self) -> list[str]:
        """Return what axe-core finds that keeps people from using the page."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary']}"
            for one in found
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    def picture(self, name: str) -> Path:
        """Take a picture of the whole page."""
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path


@contextmanager
def visiting(
    browser: Browser,
    address: str,
    *,
    device: str = DESKTOP,
    scheme: Scheme = "light",
    session: StorageState | None = None,
    **options: Any,
) -> Iterator[Visit]:
    """Open a window of its own, without anything that another one left behind."""
    context = browser.new_context(
        **DEVICES[device],
        color_scheme=scheme,
        storage_state=session,
        locale="en-GB",
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield _watched(context, urlsplit(address).netloc)
    finally:
        context.close()


def _watched(context: BrowserContext, host: str) -> Visit:
    page = context.new_page()
    visit = Visit(page, host)

    def asked(request: Request) -> None:
        visit.requests.append(request)

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.problems.append(f"{message.type}: {message.text}")

    def failed(request: Request) -> None:
        # A browser that is sent on gives up what it still loaded for the page before.
        if request.failure == "net::ERR_ABORTED":
            return
        visit.problems.append(f"{request.method} {request.url}: {request.failure}")

    def refused(answer: Response) -> None:
        # The page itself is judged by its status.
        if answer.status >= 400 and not answer.request.is_navigation_request():
            visit.problems.append(f"{answer.request.method} {answer.url}: {answer.status}")

    context.on("request", asked)
    context.on("requestfailed", failed)
    context.on("response", refused)
    context.on("console", complained)
    page.on("pageerror", lambda error: visit.problems.append(f"script: {error}"))
    return visit
