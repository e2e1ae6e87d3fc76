"""Runs a program with all that it starts, and ends all of it when this process is interrupted.

`subprocess.run` gives an interrupted program a quarter of a second and then kills it alone:
Terraform's providers would go on without it.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from local.localstack.system import end_group

INTERRUPT_GRACE = 30.0  # seconds between asking a program to end and killing it


def run_whole(
    command: Sequence[str], environment: Mapping[str, str], *, capture: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; however this ends, nothing of the program's group is left."""
    pipe = subprocess.PIPE if capture else None
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdout=pipe,
        stderr=pipe,
        text=True,
        # A process group of its own: Ctrl-C reaches it through `_interrupt` only.
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            _interrupt(process)
            raise
        finally:
            end_group(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _interrupt(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=INTERRUPT_GRACE)
