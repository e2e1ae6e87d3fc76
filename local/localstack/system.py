"""What the operating system knows about ports and processes."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import Any

LOOPBACK = "127.0.0.1"
REAPING_LIMIT = 5.0  # seconds


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether one could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def end_group(leader: subprocess.Popen[Any]) -> None:
    """Kill what is left of a process group and wait until it is empty."""
    # macOS answers "not permitted" for a group that holds nothing but dead processes.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()
        deadline = time.monotonic() + REAPING_LIMIT
        while time.monotonic() < deadline:
            os.killpg(leader.pid, 0)
            time.sleep(0.02)
    leader.wait()
    if leader.stdin:
        leader.stdin.close()
