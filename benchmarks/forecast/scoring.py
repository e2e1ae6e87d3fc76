"""What is counted of forecasts on simulated drifts and healthy days."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from statistics import median

from benchmarks.forecast.series import THRESHOLD, Series
from qlik_monitor.domain.forecast import Breach, Forecast, may_breach, warns
from qlik_monitor.domain.trend import Window

LOOK_BACK_SECONDS = 90 * 60
SPACING_SECONDS = 150
KEPT = 30
AHEAD = 30
"""Minutes before a breach at which one forecast of each breach is judged."""
WELL_AHEAD = 10
"""Minutes of lead in which a person can do something."""
SAME_SECONDS = 120 * 60
"""A warning no later than this after another is the same one, still open."""

type Method = Callable[[Window, float], Forecast]


@dataclass(slots=True)
class Held:
    """How the intervals of some forecasts held."""

    before: int = 0
    """Breaches earlier than the interval."""
    after: int = 0
    """Breaches later than it."""
    widths: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def judge(self, forecast: Breach, truth: float) -> None:
        """Count one forecast; `truth` is the number of minutes to the breach."""
        self.before += truth < forecast.earliest
        self.after += truth > forecast.latest
        self.widths.append(forecast.latest - forecast.earliest)
        self.errors.append(abs(forecast.likely - truth))

    def add(self, other: "Held") -> None:
        """Count another's forecasts too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def figures(self) -> dict[str, float | int | None]:
        """Sum up."""
        made = max(1, len(self.widths))
        return {
            "forecasts": len(self.widths),
            "coverage": 1 - (self.before + self.after) / made if self.widths else None,
            "breach_earlier": self.before / made,
            "breach_later": self.after / made,
            "median_width": middle(self.widths),
            "median_error": middle(self.errors),
        }


@dataclass(slots=True)
class Score:
    """One method on some series."""

    every: Held = field(default_factory=Held)
    """Forecasts at every poll."""
    alike: Held = field(default_factory=Held)
    """Those at polls at which every method made one."""
    ahead: Held = field(default_factory=Held)
    """One forecast of each breach, the last that is at least 30 minutes ahead."""
    polls: int = 0
    breaches: int = 0
    leads: list[float] = field(default_factory=list)
    days: int = 0
    false: int = 0

    def add(self, other: "Score") -> None:
        """Count another's series too."""
        for held in ("every", "alike", "ahead"):
            getattr(self, held).add(getattr(other, held))
        for name in ("polls", "breaches", "leads", "days", "false"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def well_ahead(self) -> int:
        """How many breaches had a warning at least ten minutes before."""
        return sum(lead >= WELL_AHEAD for lead in self.leads)

    def figures(self) -> dict[str, object]:
        """Sum up, for machines and for the tables."""
        return {
            "every_poll": self.every.figures(),
            "polls_of_all_methods": self.alike.figures(),
            "30_minutes_ahead": self.ahead.figures(),
            "forecasts_a_poll": len(self.every.widths) / max(1, self.polls),
            "breaches": self.breaches,
            "warned": len(self.leads) / max(1, self.breaches),
            "warned_10_minutes_ahead": self.well_ahead / max(1, self.breaches),
            "median_lead": middle(self.leads),
            "days": self.days,
            "warnings_on_days": self.false,
            "warnings_a_1000_days": 1000 * self.false / max(1, self.days),
        }


def middle(values: list[float]) -> float | None:
    """Give the median, or None if there is none or it is infinite."""
    found = median(values) if values else math.inf
    return found if math.isfinite(found) else None


def windows(series: Series) -> Iterator[tuple[float, Window]]:
    """Give the window of every poll, thinned as the product does.

    The newest reading, and before it those of the last 90 minutes, at least 2.5 minutes apart and
    at most 30 in all.
    """
    kept: list[tuple[float, float]] = []
    for at, latency in series.samples:
        while kept and (at - kept[0][0] > LOOK_BACK_SECONDS or len(kept) >= KEPT):
            del kept[0]
        yield at, [*kept, (at, latency)]
        if not kept or at - kept[-1][0] >= SPACING_SECONDS:
            kept.append((at, latency))


def score_drift(series: Series, methods: Sequence[Method]) -> list[Score]:
    """Judge every forecast between the drift's beginning and its breach."""
    assert series.breaches_at is not None
    assert series.drifts_from is not None
    scores = [Score(breaches=1) for _ in methods]
    ahead: list[tuple[float, Forecast]] = []
    for at, window in windows(series):
        if not series.drifts_from < at < series.breaches_at:
            continue
        truth = (series.breaches_at - at) / 60
        forecasts = [method(window, THRESHOLD) for method in methods]
        ahead = [(truth, forecast) for forecast in forecasts] if truth >= AHEAD else ahead
        _count(scores, forecasts, truth)
        if may_breach(window, THRESHOLD):
            for score, forecast in zip(scores, forecasts, strict=True):
                if not score.leads and warns(forecast):
                    score.leads.append(truth)
    for score, (truth, forecast) in zip(scores, ahead, strict=False):
        if isinstance(forecast, Breach):
            score.ahead.judge(forecast, truth)
    return scores


def _count(scores: list[Score], forecasts: list[Forecast], truth: float) -> None:
    alike = all(isinstance(forecast, Breach) for forecast in forecasts)
    for score, forecast in zip(scores, forecasts, strict=True):
        score.polls += 1
        if isinstance(forecast, Breach):
            score.every.judge(forecast, truth)
            if alike:
                score.alike.judge(forecast, truth)


def score_day(series: Series, methods: Sequence[Method]) -> list[Score]:
    """Count the warnings of a day on which nothing breaches."""
    scores = [Score(days=1) for _ in methods]
    last = [-math.inf] * len(methods)
    for at, window in windows(series):
        if not may_breach(window, THRESHOLD):
            continue
        for index, method in enumerate(methods):
            if warns(method(window, THRESHOLD)):
                scores[index].false += at - last[index] > SAME_SECONDS
                last[index] = at
    return scores
