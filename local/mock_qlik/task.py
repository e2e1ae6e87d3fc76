"""One simulated task: its life so far, what may be done to it, and what Qlik would say of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from math import isfinite
from uuid import NAMESPACE_URL, uuid5

from local.mock_qlik.behaviour import Reading, Segment, is_cure, reading
from local.mock_qlik.kinds import Kind
from local.mock_qlik.scenario import TaskSpec
from local.mock_qlik.vocabulary import ErrorCode, Refusal, RunOption


@dataclass(frozen=True)
class Command:
    """A run or stop that was asked for, and whether it was refused."""

    at: float
    action: str
    option: str = ""
    refused: str = ""


@dataclass
class SimulatedTask:
    """A task that behaves as its kind does, and answers to commands."""

    spec: TaskSpec
    server: str
    seed: int = 1
    stale_seconds: float = 10.0
    commands: list[Command] = field(default_factory=list)
    reload_next: bool = False

    def __post_init__(self) -> None:
        if self.spec.stale_seconds is not None:
            self.stale_seconds = self.spec.stale_seconds
        self._segments = [_first(-self.spec.uptime_seconds)]

    @cached_property
    def rows_per_second(self) -> float:
        """How many changes a second the source makes."""
        if self.spec.kind is Kind.IDLE:
            return 0.0
        if self.spec.rows_per_second is not None:
            return self.spec.rows_per_second
        return 20.0 + self.noise("rate") * 180

    @cached_property
    def cloud_id(self) -> str:
        """Its identifier in Qlik Cloud: the same in each run."""
        return str(uuid5(NAMESPACE_URL, f"{self.server}/{self.spec.name}"))

    @cached_property
    def tables(self) -> Sequence[str]:
        """The names of its tables."""
        return [f"TABLE_{number:03}" for number in range(1, self.spec.tables + 1)]

    @property
    def runs(self) -> int:
        """How many runs were accepted."""
        return sum(command.action == "run" and not command.refused for command in self.commands)

    @property
    def stops(self) -> int:
        """How many stops were accepted."""
        return sum(command.action == "stop" and not command.refused for command in self.commands)

    def noise(self, what: str) -> float:
        """A number from 0 to 1 that depends only on the seed, the task and the name."""
        text = f"{self.seed}/{self.server}/{self.spec.name}/{what}"
        return int.from_bytes(blake2b(text.encode(), digest_size=4).digest()) / 2**32

    def actual(self, at: float) -> Reading:
        """Read the task as the Replicate server knows it."""
        return reading(self.spec, self._segment(at), at)

    def visible(self, at: float) -> Reading:
        """Read the task as Enterprise Manager shows it: late, after a command."""
        index = len(self._segments) - 1
        while index > 0 and self._segments[index].began_at + self.stale_seconds > at:
            index -= 1
        ends = self._segments[index + 1].began_at if index + 1 < len(self._segments) else at
        return reading(self.spec, self._segments[index], min(at, ends))

    def suspended(self, at: float) -> Sequence[str]:
        """Name the tables that are in error."""
        first = self.tables[: self.visible(at).symptoms.tables_in_error]
        mended = self._segments[-1].mended_tables
        return [table for table in first if table not in mended]

    def run(self, at: float, option: RunOption, timeout: float, name: str = "") -> Reading:
        """Run the task, or refuse; one that takes longer than the timeout starts all the same.

        The real call waits for the task: here the effect is there at once, unless it is late.
        Under a name of the wrong case a task has been seen to retry for ever.
        """
        now = self.actual(at)
        if now.symptoms.state.active or self._pending(at):
            raise self._refuse(
                at, "run", option, ErrorCode.AEM_TASK_ALREADY_RUNNING, "is not stopped"
            )
        self.commands.append(Command(at, "run", option))
        late = self.spec.run_takes_seconds > timeout
        begins = at + self.spec.run_takes_seconds * late
        if isfinite(begins):
            end = reading(self.spec, self._segment(at), begins)
            misnamed = name not in {"", self.spec.name}
            self._segments.append(replace(self._next_run(end, option), misnamed=misnamed))
        if late:
            raise Refusal(ErrorCode.AEM_RUN_TASK_TIMEOUT, f"Run of {self._title} timed out.")
        return self.actual(at)

    def stop(self, at: float, timeout: float) -> Reading:
        """Stop the task, or refuse; one that takes longer than the timeout stops later."""
        if not self.actual(at).symptoms.state.active:
            raise self._refuse(
                at, "stop", "", ErrorCode.AEM_TASK_ALREADY_STOPPED, "is already stopped"
            )
        self.commands.append(Command(at, "stop"))
        late = self.spec.stop_takes_seconds > timeout
        ends = at + self.spec.stop_takes_seconds * late
        if isfinite(ends) and not self._pending(at):
            end = reading(self.spec, self._segment(at), ends)
            self._segments.append(replace(self._after(end), stopped=True))
        if late:
            raise Refusal(ErrorCode.AEM_STOP_TASK_TIMEOUT, f"Stop of {self._title} timed out.")
        return self.actual(at)

    def mend_table(self, at: float, table: str) -> None:
        """Take a suspended table up again (resumed or reloaded)."""
        self._segments[-1] = replace(
            self._segments[-1], mended_tables=self._segments[-1].mended_tables | {table}
        )
        self.commands.append(Command(at, "mend_table", table))

    def become(self, at: float, spec: TaskSpec) -> None:
        """Behave from now on as another spec says; an illness in it counts its onset from now."""
        now = self.actual(at)
        self.spec = spec.model_copy(update={"onset_seconds": at + spec.onset_seconds})
        for cached in ("rows_per_second", "tables"):
            self.__dict__.pop(cached, None)
        self._segments = [replace(_first(at), behind=now.lag, applied=now.applied)]

    def _segment(self, at: float) -> Segment:
        began = (one for one in reversed(self._segments) if one.began_at <= at)
        return next(began, self._segments[0])

    def _pending(self, at: float) -> bool:
        return self._segments[-1].began_at > at

    def _after(self, end: Reading) -> Segment:
        """Carry on where a segment ended."""
        last = self._segment(end.at)
        return replace(
            last,
            began_at=end.at,
            behind=end.lag,
            applied=end.applied,
            data_errors=end.data_errors,
            stopped=False,
        )

    def _next_run(self, end: Reading, option: RunOption) -> Segment:
        """Begin a run: counters start from 0, and what piled up meanwhile is to be applied."""
        last = self._after(end)
        reload = option is RunOption.RELOAD_TARGET or self.reload_next
        self.reload_next = False
        return replace(
            last,
            run_began=end.at,
            applied=0.0,
            behind=0.0 if reload else end.lag,
            reload=reload,
            from_checkpoint=option is RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT,
            cures=last.cures + (end.at >= self.spec.onset_seconds),
            cured=last.cured or is_cure(self.spec, last),
        )

    def _refuse(self, at: float, action: str, option: str, code: ErrorCode, why: str) -> Refusal:
        self.commands.append(Command(at, action, option, refused=code))
        return Refusal(code, f"{self._title} {why}.")

    @property
    def _title(self) -> str:
        return f"Task {self.spec.name!r} on server {self.server!r}"


def _first(at: float) -> Segment:
    return Segment(began_at=at, run_began=at)
