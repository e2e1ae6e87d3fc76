"""Reads many things at once, a bounded number at a time, and stops at a deadline."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue

from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_transport import timed_out
from qlik_monitor.errors import QlikAnswerInvalid, QlikUnavailable, ReplicationMonitorError

# After so many reads in a row that ran out of time, a server is left alone for this cycle:
# otherwise one that hangs would keep all workers from the healthy ones.
MOST_TIMEOUTS = 8


class Crew:
    """A pool of workers; what they bring back is handed over in the caller's own thread."""

    def __init__(self, workers: int, deadline: Deadline) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="qlik")
        self._deadline = deadline
        self._done: SimpleQueue[tuple[int, Callable[[], None]]] = SimpleQueue()
        self._waiting: dict[int, Callable[[ReplicationMonitorError], None]] = {}
        self._started = 0

    def start[T](
        self, read: Callable[[], T], then: Callable[[T | ReplicationMonitorError], None]
    ) -> None:
        """Have `read` done by a worker; `then` receives what it returned or raised."""
        self._started += 1
        number = self._started
        self._waiting[number] = then
        self._pool.submit(self._work, number, read, then)

    def finish(self) -> None:
        """Wait for all work, including what comes up meanwhile, but not beyond the deadline."""
        try:
            self._hand_over()
        finally:
            # A worker that still hangs ends by its own timeout; nobody waits for it.
            self._pool.shutdown(wait=False, cancel_futures=True)
        late = QlikUnavailable("not read: the time for reading the fleet was over")
        for then in list(self._waiting.values()):
            then(late)

    def _hand_over(self) -> None:
        with suppress(Empty):
            while self._waiting:
                number, hand_over = self._done.get(timeout=max(self._deadline.left(), 0))
                del self._waiting[number]
                hand_over()

    def _work[T](
        self,
        number: int,
        read: Callable[[], T],
        then: Callable[[T | ReplicationMonitorError], None],
    ) -> None:
        outcome = _outcome(read)
        self._done.put((number, lambda: then(outcome)))


class Patience:
    """Asks one server, until it has let us wait too often."""

    def __init__(self) -> None:
        self._timeouts = 0

    def ask[T](self, read: Callable[[], T]) -> T:
        """Return what `read` returns, or refuse to ask at all."""
        if self._timeouts >= MOST_TIMEOUTS:
            raise QlikUnavailable("not asked: the server did not answer several times in a row")
        try:
            result = read()
        except QlikUnavailable as error:
            self._timeouts += timed_out(error)
            raise
        self._timeouts = 0
        return result


def _outcome[T](read: Callable[[], T]) -> T | ReplicationMonitorError:
    try:
        return read()
    except ReplicationMonitorError as error:
        return error
    except Exception as error:
        # Whatever a single answer may provoke, the rest of the fleet is still read.
        return QlikAnswerInvalid(f"not understood ({type(error).__name__})")
