"""Compares what came of a run with what its plan says, in the table and in Qlik's request log."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from local.mock_qlik.request_log import Entry
from local.run.observer import Records, ending_of
from local.run.plan import ExpectedIncident, Plan
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import RestartOutcome


@dataclass(frozen=True)
class Line:
    """One line of the summary table."""

    subject: str
    expected: str
    came: str
    restarts: str
    made_by: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Calls:
    """Run and stop requests that Qlik took, by `server/task`."""

    runs: Counter[str]
    stops: Counter[str]


def calls_of(entries: Iterable[Entry]) -> Calls:
    """Count what reached Qlik, refused or not: what was never asked for was never done."""
    runs: Counter[str] = Counter()
    stops: Counter[str] = Counter()
    for entry in entries:
        counter = {"run": runs, "stop": stops}.get(entry.action)
        if counter is not None and entry.method == "POST":
            counter[f"{entry.server}/{entry.task}"] += 1
    return Calls(runs, stops)


def is_played_out(plan: Plan, records: Records) -> bool:
    """Tell whether every expected incident has come to one of its endings."""
    return all(_came(expected, records) for expected in plan.incidents)


def _came(expected: ExpectedIncident, records: Records) -> bool:
    found = _of(expected.subject, records)
    return bool(found) and ending_of(found[-1]) in expected.endings


def _of(subject: str, records: Records) -> list[Incident]:
    return [one for one in records.incidents if str(one.subject) == subject]


def judge(plan: Plan, records: Records, calls: Calls) -> list[Line]:
    """Judge every expected incident, everything unexpected, and everything untouched."""
    lines = [_judge_one(expected, records, calls) for expected in plan.incidents]
    expected = {one.subject for one in plan.incidents}
    acted_on = {task for one in plan.incidents for task in one.acted_on}
    for incident in records.incidents:
        if str(incident.subject) not in expected:
            lines.append(_unexpected(incident))
    for task in sorted({*calls.runs, *calls.stops} - acted_on):
        problem = f"Qlik got {calls.runs[task]} runs and {calls.stops[task]} stops of it"
        lines.append(Line(task, "untouched", "touched", "", "", (problem,)))
    return lines


def untouched(plan: Plan, calls: Calls, tasks: Iterable[str]) -> list[str]:
    """Name the tasks that no run or stop reached."""
    touched = {*calls.runs, *calls.stops}
    return [task for task in tasks if task not in touched]


def _unexpected(incident: Incident) -> Line:
    ending = ending_of(incident)
    came = ending.value if ending else incident.status.value
    return Line(str(incident.subject), "no incident", came, "", "", ("not in the plan",))


def _judge_one(expected: ExpectedIncident, records: Records, calls: Calls) -> Line:
    found = _of(expected.subject, records)
    wanted = " or ".join(ending.value for ending in expected.endings)
    if not found:
        return Line(expected.subject, wanted, "no incident", "", "", ("no incident was opened",))
    last = found[-1]
    ending = ending_of(last)
    done = [r for r in records.restarts if str(r.task) in expected.acted_on]
    return Line(
        subject=expected.subject,
        expected=wanted,
        came=ending.value if ending else last.status.value,
        restarts=f"{len(done)}/{sum(calls.runs[task] for task in expected.acted_on)}",
        made_by=last.proposal.made_by.value if last.proposal else "",
        problems=tuple(_problems(expected, found, records, calls)),
    )


def _problems(
    expected: ExpectedIncident, found: list[Incident], records: Records, calls: Calls
) -> list[str]:
    last = found[-1]
    decision = last.decision.kind.value if last.decision else ""
    made_by = last.proposal.made_by.value if last.proposal else ""
    checks = (
        (ending_of(last) in expected.endings, f"ended {ending_of(last)}: {last.reason}"),
        (expected.made_by in (None, made_by), f"proposed by {made_by}"),
        (expected.decision in (None, decision), f"decided {decision}"),
        (expected.detail in last.reason, f"reason {last.reason!r} lacks {expected.detail!r}"),
    )
    problems = [problem for holds, problem in checks if not holds]
    if expected.tasks and set(last.members) != set(expected.tasks):
        problems.append(f"it is about {', '.join(last.members)}")
    for task in expected.acted_on:
        problems += _problems_of(task, expected.restarts, records, calls)
    return problems


def _problems_of(task: str, restarts: int, records: Records, calls: Calls) -> list[str]:
    done = [r for r in records.restarts if str(r.task) == task]
    healed = [r for r in done if r.outcome is RestartOutcome.RECOVERED]
    runs = calls.runs[task]
    checks = (
        (len(done) == restarts, f"{len(done)} restarts of {task} are recorded"),
        (runs == restarts, f"Qlik got {runs} run requests for {task}"),
        (len(healed) <= 1, f"{task} was healed more than once"),
    )
    return [problem for holds, problem in checks if not holds]
