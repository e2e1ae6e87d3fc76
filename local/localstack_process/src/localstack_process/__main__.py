"""`python -m localstack_process`: LocalStack, for as long as whoever started it lives.

Standard input is the lifeline: give it a pipe and keep the other end open.
"""

import functools
import os
import signal
import sys
import threading

from localstack.runtime import main as runtime
from twisted.internet import endpoints

from localstack_process.bootstrap import end_with_parent

GRACE = 10.0  # seconds between asking LocalStack to shut down and ending it


def listen_on_loopback_only() -> None:
    """Keep LocalStack off the network.

    It takes only the port from `GATEWAY_LISTEN` and would listen on every interface.
    """
    endpoints.TCP4ServerEndpoint = functools.partial(
        endpoints.TCP4ServerEndpoint, interface="127.0.0.1"
    )


def shut_down() -> None:
    """Ask for an orderly shutdown, and insist when it hangs."""
    insist = threading.Timer(GRACE, os._exit, args=(1,))
    insist.daemon = True
    insist.start()
    os.kill(os.getpid(), signal.SIGTERM)


def run() -> int:
    """Run LocalStack until it is told to end; return its exit status."""
    try:
        runtime.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    end_with_parent(shut_down)
    listen_on_loopback_only()
    status = run()
    sys.stdout.flush()
    # A regular exit waits for threads that go on calling the gateway, which is closed by now:
    # one that has a log line or a metric left to write retries for half a minute.
    os._exit(status)
