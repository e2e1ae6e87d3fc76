"""The printout of the benchmark: what is counted, and the tables."""

from collections.abc import Mapping

from benchmarks.forecast.scoring import Held, Score, middle
from benchmarks.forecast.series import DRIFTS, HEALTHY, NEAR_MISSES

MEANING = """\
A breach is the first crossing of 600 s by the simulated latency without its noise. Judged is
every forecast at every poll between the beginning of a drift and its breach: it covers the breach
if that comes within its 80 % interval (10 % earlier, 10 % later). Widths and errors (of the likely
time) are medians in minutes. "30 min" takes one forecast of each breach: that of the last poll at
least 30 minutes ahead. "Alike" takes only polls at which every method made a forecast; a poll
without one counts in "made" alone. A lead is the median time in minutes from the first warning to
the breach; ">=10" is the share of all breaches with a warning at least 10 minutes ahead. All
methods warn by the product's rule, each with its own statistic of a rise; the last value has none,
and is let pass. Healthy days never breach; warnings within two hours count once."""
COLUMNS = (
    ("made", 6),
    ("cover", 7),
    ("earlier", 8),
    ("later", 7),
    ("width", 7),
    ("error", 7),
    ("30 min:cover", 13),
    ("width", 7),
    ("error", 7),
    ("alike:cover", 12),
    ("width", 7),
    ("error", 7),
    ("warned", 8),
    (">=10", 6),
    ("lead", 6),
    ("false/1000 days", 16),
)


def print_report(totals: Mapping[str, Score], kinds: Mapping[str, Score]) -> None:
    """Print what is counted, the comparison, and the product's figures by kind."""
    print(MEANING, end="\n\n")
    print(_head("method"))
    for name, score in totals.items():
        print(_row(name, score))
    print("\nThe product's, by kind of drift\n" + _head("kind"))
    for name in DRIFTS:
        print(_row(name, kinds[name]))
    print("\nThe product's false warnings, by kind of day")
    for name in HEALTHY:
        if name != NEAR_MISSES:
            print(f"{name:<20}{kinds[name].false:>5} on {kinds[name].days} days")
    near = kinds[NEAR_MISSES]
    print(
        f"\nNot in any figure above, as a warning is right there: {near.false} warnings on "
        f"{near.days} days with rises\nlike a drift's that end at 50 to 95 % of the threshold."
    )


def _head(first: str) -> str:
    return f"{first:<18}" + "".join(f"{title:>{width}}" for title, width in COLUMNS)


def _row(name: str, score: Score) -> str:
    every, polls = score.every, max(1, score.polls)
    made = len(every.widths)
    cells = [
        _share(made / polls),
        _cover(every),
        _share(every.before / max(1, made)),
        _share(every.after / max(1, made)),
        _minutes(middle(every.widths)),
        _minutes(middle(every.errors)),
        *_three(score.ahead),
        *_three(score.alike),
        _share(len(score.leads) / max(1, score.breaches)),
        _share(score.well_ahead / max(1, score.breaches)),
        _minutes(middle(score.leads)),
        f"{1000 * score.false / score.days:.2f}" if score.days else "",
    ]
    aligned = (f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
    return f"{name:<18}" + "".join(aligned)


def _three(held: Held) -> tuple[str, str, str]:
    return _cover(held), _minutes(middle(held.widths)), _minutes(middle(held.errors))


def _cover(held: Held) -> str:
    made = len(held.widths)
    return _share(1 - (held.before + held.after) / made) if made else "-"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _minutes(value: float | None) -> str:
    return "open" if value is None else f"{value:.0f}"
