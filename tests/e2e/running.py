"""Starts a make target as a person would, and watches which processes it brings about."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240.0
SAMPLE_SECONDS = 0.2


class Running:
    """A running target: its output so far, and every process that ever belonged to it."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            ["make", "-s", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._seen: dict[int, psutil.Process] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        self._watcher.start()

    @property
    def output(self) -> str:
        """What it printed so far."""
        return "".join(self._lines)

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        self._watcher.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def wait_for(self, words: str) -> str:
        """Wait until a line with these words is printed; return the line."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            for line in list(self._lines):
                if words in line:
                    return line
            time.sleep(SAMPLE_SECONDS)
        raise AssertionError(f"{words!r} was not printed in:\n{self.output}")

    def wait_for_process(self, name: str) -> None:
        """Wait until a program whose file has this in its name runs among its processes."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            if any(name in _name(one).partition(" ")[0] for one in list(self._seen.values())):
                return
            time.sleep(SAMPLE_SECONDS / 4)
        raise AssertionError(f"no {name!r} ran; the output was:\n{self.output}")

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal sends it to the whole foreground group."""
        os.killpg(self._process.pid, signal.SIGINT)

    def left_behind(self) -> list[str]:
        """Name the processes that are still there."""
        return [_name(one) for one in self._seen.values() if _is_alive(one)]

    @property
    def processes(self) -> int:
        """How many processes it had in all."""
        return len(self._seen)

    def _read(self) -> None:
        if self._process.stdout is not None:
            self._lines.extend(iter(self._process.stdout.readline, ""))

    def _watch(self) -> None:
        # Sampled all along: a process whose parent has gone can no longer be found by its parent.
        while self._process.poll() is None:
            for one in _descendants(self._process.pid):
                self._seen.setdefault(one.pid, one)
            time.sleep(SAMPLE_SECONDS)


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Running]:
    """Start a target; end it however the block is left."""
    started = Running(*arguments, **environment)
    try:
        yield started
    finally:
        if started._process.poll() is None:
            started.interrupt()
        started.wait()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return str(process.pid)
