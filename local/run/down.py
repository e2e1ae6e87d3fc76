"""`python -m local.run.down`: end what `make local-up` started, and wait until it is gone."""

import os
import signal
import sys
import time

from local.run.whereabouts import running_pid

PATIENCE_SECONDS = 60.0


def main() -> int:
    """Ask the process to end; it takes everything down with it."""
    pid = running_pid()
    if pid is None:
        print("The local stack is not running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + PATIENCE_SECONDS
    while running_pid() is not None:
        if time.monotonic() > ends:
            print(f"Process {pid} did not end within {PATIENCE_SECONDS:.0f} s.", file=sys.stderr)
            return 1
        time.sleep(0.2)
    print("The local stack has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
