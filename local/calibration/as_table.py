"""The calibration for people: one line a group, then the reliability of all of them."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from local.calibration.outcomes import ENOUGH, Group, Kind, Outcomes
from qlik_monitor.domain.calibration import Bin

MEANING = """\
Brier: the mean of (confidence - outcome)²; 0 is best, and who always says 50 % gets 0.25. ECE: how
far confidence and outcome lie apart, over bins of ten points; 0 is best, and few outcomes raise it.
"used" is the confidence that counted, "stated" what the proposer said before code weighed it."""


def groups_table(outcomes: Outcomes) -> Table:
    """One line for each group and kind of confidence."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("outcomes of")
    table.add_column("confidence")
    for name in ("count", "mean", "helped", "Brier", "ECE"):
        table.add_column(name, justify="right")
    table.add_column("")
    for group in outcomes.groups:
        table.add_row(*_cells(group))
    return table


def _cells(group: Group) -> Iterator[str]:
    known = group.calibration
    yield from (group.name, group.kind.value, str(known.count))
    yield from (_percent(known.mean_confidence), _percent(known.helped_share))
    yield from (_figure(known.brier), _figure(known.ece))
    yield "" if group.enough else "too few to tell"


def reliability_table(outcomes: Outcomes) -> Table:
    """One line for each bin of the confidence that counted, over all outcomes."""
    table = Table(box=SIMPLE_HEAD, title="Reliability of the confidence used", title_justify="left")
    for name in ("said", "count", "mean said", "helped"):
        table.add_column(name, justify="right")
    for one in _bins(outcomes):
        table.add_row(
            f"{one.low:.0%} to {one.high:.0%}",
            str(one.count),
            _percent(one.mean_confidence),
            _percent(one.helped_share),
        )
    return table


def _bins(outcomes: Outcomes) -> tuple[Bin, ...]:
    used = (group for group in outcomes.groups if group.kind is Kind.USED)
    return next((group.calibration.bins for group in used), ())


def conclusion(outcomes: Outcomes) -> Iterator[Text]:
    """Say what may be concluded, and what may not."""
    yield Text(MEANING, style="dim")
    left_out = outcomes.without_confidence
    if left_out:
        yield Text(f"{left_out} of {outcomes.count} outcomes have no confidence and are left out.")
    if (counted := outcomes.count - left_out) < ENOUGH:
        yield Text(
            f"{counted} outcomes with a confidence are too few for conclusions: {ENOUGH} are the "
            "least.",
            style="yellow",
        )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
