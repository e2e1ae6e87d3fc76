"""First lines of every function process: end when LocalStack ends, become AWS's runtime client.

Run by path with the small Python of the functions, so it imports nothing but the standard library.
"""

import os
import runpy
import threading
from collections.abc import Callable


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` once the other end of standard input is closed, which no death can prevent.

    The kernel's parent-death signal would do on Linux only, and it watches the thread that
    started this process instead of the process: LocalStack's threads come and go.
    """
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        while os.read(lifeline, 1):
            pass
        end()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


if __name__ == "__main__":
    end_with_parent(lambda: os._exit(1))
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
