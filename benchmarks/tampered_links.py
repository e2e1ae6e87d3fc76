"""Links that the agent never sent, made of those that it did: by a seed, of every class.

Each is a path's last part and the query as API Gateway hands it over, by name all values in order.
"""

import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approval_link import LinkParameters, sign_link
from qlik_monitor.domain.signing_key import SigningKey

HUGE = 100_000
URL_SAFE = string.ascii_letters + string.digits + "-_"
UNICODE = "\u0430\u00e9\u202e\u200b\uff10\u0663\U0001f600\u00df"
PARTS = ("id", "e", "k", "s")


@dataclass(frozen=True)
class Link:
    """A link as it reaches the function."""

    id: str
    query: dict[str, list[str]]

    @classmethod
    def of(cls, genuine: LinkParameters) -> "Link":
        """Return a genuine link."""
        parts = {"e": genuine.expires, "k": genuine.key_id, "s": genuine.signature}
        return cls(genuine.id, {name: [value] for name, value in parts.items()})

    def part(self, name: str) -> str:
        """Return a part's last value."""
        return self.id if name == "id" else self.query[name][-1]

    def with_part(self, name: str, *values: str) -> "Link":
        """Return it with another value of a part, or with several."""
        if name == "id":
            return Link(values[-1], self.query)
        return Link(self.id, self.query | {name: list(values)})

    def event(self, method: str = "GET") -> dict[str, object]:
        """Return it as a proxy event's changes: the last value of each counts as the single one."""
        return {
            "httpMethod": method,
            "path": f"/approvals/{self.id}",
            "queryStringParameters": {n: v[-1] for n, v in self.query.items() if v} or None,
            "multiValueQueryStringParameters": self.query or None,
        }


@dataclass(frozen=True)
class Sent:
    """What the agent sent, and with what."""

    approvals: Sequence[Approval]
    keys: Sequence[SigningKey]
    """The key that is good, then keys that are not."""

    def links(self) -> list[Link]:
        """Return every genuine link."""
        return [
            Link.of(sign_link(approval, name, self.keys[0]))
            for approval in self.approvals
            for name in approval.approvers
        ]


Tamper = Callable[[random.Random, Sent, Link], Link]


def flipped(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Flip one bit of one part."""
    name = chance.choice(PARTS)
    value = link.part(name)
    place, bit = chance.randrange(len(value)), 1 << chance.randrange(7)
    changed = chr(ord(value[place]) ^ bit)
    return link.with_part(name, value[:place] + changed + value[place + 1 :])


def replaced(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Put another letter of ours at one place."""
    name = chance.choice(PARTS)
    value = link.part(name)
    place = chance.randrange(len(value))
    other = chance.choice([one for one in URL_SAFE if one != value[place]])
    return link.with_part(name, value[:place] + other + value[place + 1 :])


def swapped(chance: random.Random, sent: Sent, link: Link) -> Link:
    """Take some parts of another genuine link."""
    links = [one for one in sent.links() if one.id != link.id]
    other = chance.choice(links)
    name = chance.choice(["id", "s", "approval", "approver"])
    if name == "approval":
        return link.with_part("id", other.id[:24] + link.id[24:])
    if name == "approver":
        return link.with_part("id", link.id[:24] + other.id[24:])
    return link.with_part(name, other.part(name))


def strangely_signed(chance: random.Random, sent: Sent, _link: Link) -> Link:
    """Sign it with a key that is not good, by its own name or by that of the good one."""
    approval, good = chance.choice(sent.approvals), sent.keys[0]
    key = chance.choice(sent.keys[1:])
    if chance.random() < 0.5:
        key = key.model_copy(update={"key_id": good.key_id})
    made = sign_link(approval, chance.choice(approval.approvers), key)
    return Link.of(made)


def prolonged(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Let it end at another time."""
    end = int(link.part("e"))
    offset = chance.choice([-1, 1, 3600, -3600, 10**9, -end])
    forms = (str(end + offset), f"0{end}", f"+{end}", f"{end}.0", f" {end}", f"{end:e}", "")
    return link.with_part("e", chance.choice(forms))


def truncated(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Cut a part at either end."""
    name = chance.choice(PARTS)
    value = link.part(name)
    cut = chance.randrange(1, len(value) + 1)
    return link.with_part(name, chance.choice([value[cut:], value[:-cut]]))


def doubled(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Write a part twice, in one value or as two values of the query."""
    name = chance.choice(PARTS)
    value = link.part(name)
    if name == "id" or chance.random() < 0.3:
        return link.with_part(name, value + value)
    values = [value, chance.choice([value, "", "x"])]
    chance.shuffle(values)
    return link.with_part(name, *values)


def huge(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Make a part 100 kB long."""
    name = chance.choice(PARTS)
    value = link.part(name)
    return link.with_part(name, chance.choice([value, "A", "-"]).ljust(HUGE, "A"))


def unicode(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Put a character of another script somewhere."""
    name = chance.choice(PARTS)
    value = link.part(name)
    place = chance.randrange(len(value) + 1)
    return link.with_part(name, value[:place] + chance.choice(UNICODE) + value[place:])


def emptied(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Leave parts empty, or out."""
    names = chance.sample(PARTS, chance.randrange(1, 4))
    for name in names:
        link = link.with_part(name, "")
    if chance.random() < 0.5:
        kept = {name: values for name, values in link.query.items() if name not in names}
        link = Link(link.id, kept)
    return link if names != [] else Link("", {})


def encoded(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Write a part in percent signs, once or twice over, or with what the like would do."""
    name = chance.choice(PARTS)
    value = link.part(name)
    one = "".join(f"%{ord(letter):02x}" for letter in value)
    forms = (
        one,
        one.replace("%", "%25"),
        value + "%00",
        value + "%",
        value + "%2e%2e%2f",
        "%" * 40,
    )
    return link.with_part(name, chance.choice(forms))


def with_nulls(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Put a character that ends or breaks a line somewhere."""
    name = chance.choice(PARTS)
    value = link.part(name)
    place = chance.choice([0, chance.randrange(len(value)), len(value)])
    return link.with_part(name, value[:place] + chance.choice("\0\n\r\t\x7f ") + value[place:])


def repeated(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Send an array: many values of one parameter, among them the right one."""
    name = chance.choice(PARTS[1:])
    values = [link.part(name), *("x" * n for n in range(chance.randrange(1, 30)))]
    chance.shuffle(values)
    return link.with_part(name, *values)


def of_another_key(chance: random.Random, sent: Sent, link: Link) -> Link:
    """Name another key: one that there may be, or could never be."""
    known = [key.key_id for key in sent.keys[1:]]
    names = [*known, "k0", "k01", "K1", "k999999", "k1 ", "", "../k1", "null", "k" * 64]
    return link.with_part("k", chance.choice(names))


def of_nothing(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Name an approval that there is not."""
    return link.with_part("id", "".join(chance.choices(URL_SAFE, k=40)))


def wrongly_signed(chance: random.Random, _sent: Sent, link: Link) -> Link:
    """Give an approval that there is a wrong signature: what all others are compared with."""
    return link.with_part("s", "".join(chance.choices(URL_SAFE, k=43)))


CLASSES: dict[str, Tamper] = {
    one.__name__: one
    for one in (
        wrongly_signed,
        flipped,
        replaced,
        swapped,
        strangely_signed,
        prolonged,
        truncated,
        doubled,
        huge,
        unicode,
        emptied,
        encoded,
        with_nulls,
        repeated,
        of_another_key,
        of_nothing,
    )
}


def tampered(sent: Sent, count: int, seed: int = 1) -> Iterator[tuple[str, Link]]:
    """Make so many links, class by class in turn, none of them genuine; with its class."""
    chance, genuine = random.Random(seed), sent.links()
    names, made = list(CLASSES), 0
    while made < count:
        name = names[made % len(names)]
        link = CLASSES[name](chance, sent, chance.choice(genuine))
        if link not in genuine:
            made += 1
            yield name, link
