"""The pages as people use them: what is where, and what pressing it does. Selectors live here."""

from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect


class Shown:
    """What every page has."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def heading(self) -> str:
        """The one first heading."""
        headings = self.page.get_by_role("heading", level=1)
        expect(headings).to_have_count(1)
        return headings.inner_text()

    @property
    def text(self) -> str:
        """Everything that can be read."""
        return self.page.locator("main").inner_text()


class SignIn(Shown):
    """The page behind a link of `make console-link`."""

    @property
    def button(self) -> Locator:
        """What signs in; not there on a link that does not work."""
        return self.page.get_by_role("button", name="Sign in")

    def sign_in(self) -> None:
        """Press the button, and wait for the fleet."""
        self.button.click()
        self.page.wait_for_url("**/console")


class Console(Shown):
    """Any page of the console, for somebody who signed in."""

    @property
    def sign_out(self) -> Locator:
        """The button that ends the session."""
        return self.page.get_by_role("button", name="Sign out")

    @property
    def skip(self) -> Locator:
        """The link past the head of the page."""
        return self.page.get_by_role("link", name="Skip to the content")


class Fleet(Console):
    """The list of tasks with its filter."""

    @property
    def search(self) -> Locator:
        """The field for a part of a name."""
        return self.page.get_by_label("Search by name")

    @property
    def server(self) -> Locator:
        """The choice of a server."""
        return self.page.get_by_label("Server", exact=True)

    @property
    def state(self) -> Locator:
        """The choice of a state."""
        return self.page.get_by_label("State", exact=True)

    @property
    def tasks(self) -> Locator:
        """The names of the tasks shown."""
        return self.page.locator("#results tbody").get_by_role("rowheader").get_by_role("link")

    @property
    def caption(self) -> Locator:
        """How many tasks were found."""
        return self.page.locator("#results caption")

    @property
    def found(self) -> Locator:
        """What a screen reader is told of the list when it changes."""
        return self.page.locator("#fleet").get_by_role("status")

    @property
    def trouble(self) -> Locator:
        """What is said when the list could not be had."""
        return self.page.locator("#fleet").get_by_role("alert")

    @staticmethod
    def query(**asked: str) -> str:
        """Return the address of a filtered list, after the console's."""
        return f"?{urlencode(asked)}"


class Approval(Shown):
    """The page behind an approval link."""

    @property
    def form(self) -> Locator:
        """The decision; gone once one was made."""
        return self.page.locator("form")

    @property
    def digits(self) -> str:
        """What has to be typed, as the page shows it."""
        return self.page.locator("#digits").inner_text()

    @property
    def problem(self) -> str:
        """What is wrong with the form that was sent."""
        return self.page.get_by_role("alert").inner_text()

    def approve(self, comment: str = "", *, typed: str | None = None) -> None:
        """Answer yes, with the digits of the page or others."""
        self._answer("Approve", comment, typed)

    def reject(self, comment: str = "", *, typed: str | None = None) -> None:
        """Answer no."""
        self._answer("Reject", comment, typed)

    def _answer(self, button: str, comment: str, typed: str | None) -> None:
        self.page.get_by_label("Comment").fill(comment)
        self.page.get_by_label("To decide either way").fill(self.digits if typed is None else typed)
        self.page.get_by_role("button", name=button).click()
        self.page.wait_for_load_state()
