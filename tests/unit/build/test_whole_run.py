"""An interrupted program gets time to tidy up, and nothing that it started is left."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import whole_run
from local.whole_run import run_whole

# The plug-in ignores the interrupt, as a provider of Terraform's does.
PLUGIN = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(300)"
PROGRAM = f"""
import signal, subprocess, sys, time
from pathlib import Path
begun, ended = Path(sys.argv[1]), Path(sys.argv[2])
def tidy_up(*_):
    time.sleep(0.6)
    ended.touch()
    sys.exit(3)
signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv[3] == "deaf" else tidy_up)
plugin = subprocess.Popen([sys.executable, "-c", {PLUGIN!r}])
begun.with_suffix(".new").write_text(str(plugin.pid))
begun.with_suffix(".new").rename(begun)
print("running", flush=True)
time.sleep(300)
"""


class Interrupted(BaseException):
    """Stands for Ctrl-C, which a shell may have told this process to ignore."""


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let SIGUSR1 interrupt whatever this process is at."""

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


def interrupt_once_it_exists(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGUSR1)


def is_running(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("capture", [True, False], ids=["captured", "shown"])
@pytest.mark.parametrize("hearing", ["hears", "deaf"])
def test_an_interrupt_ends_a_program_and_its_plugins(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    interrupts: None,
    hearing: str,
    capture: bool,
) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    monkeypatch.setattr(whole_run, "INTERRUPT_GRACE", 1.0)
    interrupter = threading.Thread(target=interrupt_once_it_exists, args=(begun,))
    interrupter.start()

    with pytest.raises(Interrupted):
        run_whole(
            [sys.executable, "-c", PROGRAM, str(begun), str(ended), hearing],
            os.environ,
            capture=capture,
        )
    interrupter.join()

    assert ended.exists() is (hearing == "hears")
    assert not is_running(int(begun.read_text()))


def test_a_program_that_ends_by_itself_is_told_of_as_it_ended() -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"

    done = run_whole([sys.executable, "-c", program], os.environ)

    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
