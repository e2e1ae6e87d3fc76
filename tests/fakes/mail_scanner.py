"""A mail scanner: opens links, follows what it finds, presses buttons and sends forms.

It behaves as those that are sold do, on the page's HTML alone, and is as bold as they are: nothing
that it does takes a person's reading. `clever` is what none is known to do: it reads a number that
stands in a field's label and types it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol

JUNK = "test@example.com"
DIGITS = re.compile(r"\d{4,}")


@dataclass
class FoundForm:
    """A form as a robot sees it."""

    action: str = ""
    method: str = "get"
    hidden: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Fields that can be typed into, with the text of their label."""
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Found(HTMLParser):
    """What a robot finds in a page: links, forms and scripts."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.links: list[str] = []
        self.forms: list[FoundForm] = []
        self.scripts: list[str] = []
        self._labels: dict[str, str] = {}
        self._label = self._in = ""
        self.feed(html)
        for form in self.forms:
            form.texts = {name: self._labels.get(name, "") for name in form.texts}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a form or a part of one."""
        told = {name: value or "" for name, value in attrs}
        self._in = tag if tag == "script" else self._in
        if tag == "a":
            self.links.append(told.get("href", ""))
        if tag == "script":
            self.scripts.append("")
        if tag == "form":
            form = FoundForm(told.get("action", ""), told.get("method", "get"))
            self.forms.append(form)
        if tag == "label":
            self._label = told.get("for", "")
        if self.forms:
            self._part_of_a_form(tag, told)

    def _part_of_a_form(self, tag: str, told: dict[str, str]) -> None:
        form, name = self.forms[-1], told.get("name", "")
        if tag == "button":
            form.buttons.append((name, told.get("value", "")))
        elif tag in ("input", "textarea") and told.get("type") == "hidden":
            form.hidden[name] = told.get("value", "")
        elif tag in ("input", "textarea"):
            form.texts[name] = ""

    def handle_endtag(self, tag: str) -> None:
        """Leave a label or a script."""
        if tag == "label":
            self._label = ""
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        """Note a script's text, or a label's."""
        if self._in == "script":
            self.scripts[-1] += data
        if self._label:
            self._labels[self._label] = self._labels.get(self._label, "") + data


class Visitor(Protocol):
    """How a robot reaches the page."""

    def look(self, method: str, agent: str, address: str) -> str:
        """Open the link; return the page."""

    def send(self, fields: dict[str, str], agent: str, address: str) -> int:
        """Send a form; return the status."""


@dataclass
class MailScanner:
    """Does to a link what mail scanners do."""

    visitor: Visitor
    clever: bool = False
    sent: list[tuple[dict[str, str], int]] = field(default_factory=list)
    """Every form that was sent, and what was answered."""

    def scan(self) -> Found:
        """Visit twice, from two places, and try every form in every way."""
        self._look("HEAD", 0)
        found = self._look("GET", 0)
        self._look("GET", 1)
        for link in found.links:
            if not link.startswith("#"):
                raise AssertionError(f"the page leads away, to {link}")
            self._look("GET", 1)
        self._send({})
        for number in range(len(found.forms)):
            self._try(number)
        return found

    def _try(self, number: int) -> None:
        """Send one form with every button and every sort of text, of a fresh page each."""
        for filling in (_by_number,) if self.clever else FILLINGS:
            for button in range(MOST_BUTTONS):
                forms = self._look("GET", 1).forms
                if number >= len(forms):
                    return
                form = forms[number]
                pressed = dict([*form.buttons, ("", "")][button : button + 1])
                pressed.pop("", None)
                typed = {name: filling(label) for name, label in form.texts.items()}
                self._send(form.hidden | typed | pressed)

    def _look(self, method: str, place: int) -> Found:
        return Found(self.visitor.look(method, *PLACES[place]))

    def _send(self, fields: dict[str, str]) -> None:
        self.sent.append((fields, self.visitor.send(fields, *PLACES[0])))


PLACES = (
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks", "198.51.100.7"),
    ("python-requests/2.32", "203.0.113.9"),
)


MOST_BUTTONS = 5


def _by_number(label: str) -> str:
    number = DIGITS.search(label)
    return number[0] if number else ""


FILLINGS: tuple[Callable[[str], str], ...] = (
    lambda _label: "",
    lambda _label: JUNK,
    lambda label: label,
    lambda _label: "0",
    lambda _label: "12345",
    lambda _label: "x" * 500,
)
