"""`python -m benchmarks.pages`: what a browser gets and waits for, page by page.

Chromium opens each page of the whole stack on LocalStack: with an empty cache, and then again. The
figures are the browser's own (Navigation Timing and Resource Timing); times are medians. LocalStack
answers slower than AWS and has no network in between: compare pages and releases, not clouds.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, StorageState
from rich.console import Console
from rich.table import Table

from local.browser.launching import chromium
from local.browser.site import HEALED, WAITING, Site, open_site

REPEATED = 5
SERVER, TASK = HEALED.split("/")
HOW = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const parts = performance.getEntriesByType("resource");
  const fetched = parts.filter((part) => part.transferSize > 0);
  return {
    requests: 1 + fetched.length,
    bytes: fetched.reduce((sum, part) => sum + part.transferSize, page.transferSize),
    html: page.decodedBodySize,
    compressed: page.encodedBodySize < page.decodedBodySize,
    elements: document.getElementsByTagName("*").length,
    first_byte: page.responseStart - page.requestStart,
    load: page.loadEventEnd,
  };
}"""


@dataclass(frozen=True)
class Figures:
    """What the browser says of one visit: bytes with headers, times in milliseconds."""

    requests: int
    bytes: int
    html: int
    compressed: bool
    elements: int
    first_byte: float
    load: float


def main(arguments: list[str] | None = None) -> None:
    """Measure every page and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--repeated", type=int, default=REPEATED, help="visits of each page")
    chosen = parser.parse_args(arguments)
    console = Console(width=130)
    with open_site(console.print) as site, chromium() as browser:
        shown = _table(browser.version, chosen.repeated)
        session = _signed_in(browser, site)
        for name, address in _pages(site):
            first, again = _visited(browser, session, address, chosen.repeated)
            shown.add_row(name, *_cells(first, again))
    console.print(shown)
    console.print(" ".join((__doc__ or "").partition("\n\n")[2].split()), style="dim")


def _pages(site: Site) -> Iterator[tuple[str, str]]:
    incident = site.incident(WAITING[1])
    yield "Fleet", site.console
    yield "Fleet, filtered", f"{site.console}?{urlencode({'server': SERVER})}"
    yield "Task, 1 day", f"{site.console}/task?{urlencode({'server': SERVER, 'task': TASK})}"
    yield "Incidents", f"{site.console}/incidents"
    if incident:
        yield "Incident", f"{site.console}/incidents/{incident.id}"
    yield "Automation", f"{site.console}/automation"
    yield "Health", f"{site.console}/health"
    yield "Sign in", site.sign_in_link()
    yield "Approval", site.invitation(WAITING[1]).link


def _signed_in(browser: Browser, site: Site) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.sign_in_link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console")
    state = context.storage_state()
    context.close()
    return state


def _visited(
    browser: Browser, session: StorageState, address: str, repeated: int
) -> tuple[list[Figures], list[Figures]]:
    first, again = [], []
    for _ in range(repeated):
        # A new context has an empty cache.
        context = browser.new_context(storage_state=session)
        page = context.new_page()
        first.append(_visit(page, address))
        again.append(_visit(page, address))
        context.close()
    return first, again


def _visit(page: Page, address: str) -> Figures:
    page.goto(address)
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    said: Mapping[str, Any] = page.evaluate(HOW)
    return Figures(**said)


def _table(version: str, repeated: int) -> Table:
    shown = Table(
        title=f"Chromium {version}, LocalStack; medians of {repeated} visits, first / again"
    )
    shown.add_column("page")
    for title in (
        "requests",
        "kB",
        "HTML, kB",
        "compressed",
        "elements",
        "first byte, ms",
        "load, ms",
    ):
        shown.add_column(title, justify="right")
    return shown


def _cells(first: list[Figures], again: list[Figures]) -> Iterator[str]:
    def both(said: str, *values: float) -> str:
        return " / ".join(format(value, said) for value in values)

    def middle(visits: list[Figures], name: str) -> float:
        return float(median(getattr(one, name) for one in visits))

    yield both(".0f", middle(first, "requests"), middle(again, "requests"))
    yield both(".1f", middle(first, "bytes") / 1000, middle(again, "bytes") / 1000)
    yield f"{middle(first, 'html') / 1000:.1f}"
    yield "yes" if first[0].compressed else "no"
    yield f"{middle(first, 'elements'):.0f}"
    yield both(".0f", middle(first, "first_byte"), middle(again, "first_byte"))
    yield both(".0f", middle(first, "load"), middle(again, "load"))


if __name__ == "__main__":
    main()
