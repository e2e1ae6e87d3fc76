"""Last messages as Qlik Replicate writes them, by what they speak of."""

from random import Random

CONNECTION = (
    "[SOURCE_CAPTURE ]E: ORA-03113: end-of-file on communication channel [1022307]",
    "[TARGET_APPLY ]E: RetCode: SQL_ERROR SqlState: 08S01 Message: Communication link failure; "
    "the connection to the target was lost [1022502]",
    "[SOURCE_CAPTURE ]E: Cannot connect to the source: network timeout [1020418]",
)
RECOVERABLE = (
    "[TASK_MANAGER ]W: Task encountered a recoverable error: the connection was lost, retrying",
)
LOG_POSITION_LOST = (
    "[SOURCE_CAPTURE ]E: ORA-00308: cannot open archived log; archived redo log is missing",
    "[SOURCE_CAPTURE ]E: The LSN 0000a1:00001b:0001 is no longer available in the log",
)
AUTHENTICATION = (
    "[SOURCE_CAPTURE ]E: ORA-01017: invalid username/password; logon denied [1020416]",
    "[TARGET_APPLY ]E: Login failed for user 'replicate'. [1020414]",
)
LOW_DISK = ("[SERVER ]E: Task stopped: low disk space on the data drive",)
LOW_MEMORY = ("[SERVER ]E: Task stopped: low memory on the server",)
LICENSE = ("[SERVER ]E: Task stopped: the license has expired",)
DDL = ("[TASK_MANAGER ]I: Task stopped after DDL was applied",)
ODD = ("[TASK_MANAGER ]E: Task error notification received from subtask 1, thread 0",)


def one_of(texts: tuple[str, ...], randomness: Random) -> str:
    """Pick one."""
    return randomness.choice(texts)
