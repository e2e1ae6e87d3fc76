"""LocalStack as a child process: `python -m local.localstack.server --port 4566`.

`LOCALSTACK_ENDPOINT` names a running one to use instead; it is then neither started nor stopped.
"""

import argparse
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from local.localstack.install import DEFAULT_BUILD, Installation, Progress, install
from local.localstack.running import (
    ENDPOINT_VARIABLE,
    LocalStackFailed,
    RunningLocalStack,
    is_healthy,
)
from local.localstack.settings import FOLDERS, environment
from local.localstack.system import LOOPBACK, end_group, free_port, is_free

DEFAULT_PORT = 4566
START_LIMIT = 120.0  # seconds; a first start compiles what LocalStack imports
STOP_GRACE = 20.0  # seconds between asking LocalStack to end and killing it
PROGRESS_INTERVAL = 5.0  # seconds
LOG_TAIL = 25  # lines
KEPT_FOR = 24 * 3600  # seconds


class LocalStack(RunningLocalStack):
    """A LocalStack of one's own, with its folders and its log below the build folder."""

    outlives_us = False

    def __init__(
        self, build: Path = DEFAULT_BUILD, port: int = 0, progress: Progress = print
    ) -> None:
        self.port = port or free_port()
        super().__init__(f"http://{LOOPBACK}:{self.port}")
        self.installation = Installation(build.resolve())
        self.folder = self.installation.build / f"run-{self.port}"
        self.log = self.installation.build / f"localstack-{self.port}.log"
        self._progress = progress
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, which leads a group that holds every function's process too."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self._check_that_it_can_start()
        self._make_folders()
        self._progress(f"Starting LocalStack on {self.endpoint} (log: {self.log}) ...")
        try:
            self._process = self._launch()
            self._wait_until_healthy(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End LocalStack and its functions; return when nothing of them is left."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_GRACE)
        except subprocess.TimeoutExpired:
            self._progress(f"LocalStack did not end within {STOP_GRACE:.0f} s: killing it")
        finally:
            end_group(process)
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self) -> int:
        """Wait until LocalStack ends by itself."""
        return self._process.wait() if self._process else 0

    def _check_that_it_can_start(self) -> None:
        if self._process is not None:
            raise LocalStackFailed(f"LocalStack was already started on {self.endpoint}.")
        if not self.installation.is_complete():
            raise LocalStackFailed(
                f"LocalStack is not installed in {self.installation.build}, or not as it is now:"
                " run `python -m local.localstack.install`."
            )
        if not is_free(self.port):
            raise LocalStackFailed(
                f"Port {self.port} is in use. If LocalStack runs there, set"
                f" {ENDPOINT_VARIABLE}={self.endpoint}; otherwise choose another port."
            )

    def _make_folders(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True)
        self._forget_old_runs()

    def _forget_old_runs(self) -> None:
        """Delete what killed runs left; a run that goes on listens on its port."""
        for path in self.installation.build.glob("*-[0-9]*"):
            port = int(path.stem.rpartition("-")[2])
            if time.time() - path.stat().st_mtime > KEPT_FOR and is_free(port):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [self.installation.localstack_python, "-m", "localstack_process"],
                cwd=self.folder,
                env=environment(self.installation, self.folder, self.port),
                # The lifeline: LocalStack ends when this process does, however that happens.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A process group of its own: Ctrl-C reaches it through `stop` only.
                start_new_session=True,
            )

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        start = told = time.monotonic()
        while not is_healthy(self.endpoint):
            now = time.monotonic()
            if process.poll() is not None:
                raise self._failure(f"LocalStack ended with status {process.returncode}")
            if now - start > START_LIMIT:
                raise self._failure(f"LocalStack did not answer within {START_LIMIT:.0f} s")
            if now - told > PROGRESS_INTERVAL:
                told = now
                self._progress(f"... still starting after {now - start:.0f} s")
            time.sleep(0.1)
        self._progress(f"LocalStack is ready after {time.monotonic() - start:.1f} s")

    def _failure(self, what: str) -> LocalStackFailed:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
        return LocalStackFailed("\n".join([f"{what}. The end of {self.log}:", *lines]))


def localstack_from_environment(
    build: Path = DEFAULT_BUILD, port: int = 0, progress: Progress = print
) -> RunningLocalStack:
    """Return the one `LOCALSTACK_ENDPOINT` names, or else one to start, installed if need be."""
    endpoint = os.environ.get(ENDPOINT_VARIABLE)
    if endpoint:
        return RunningLocalStack(endpoint)
    install(build, progress)
    return LocalStack(build, port, progress)


def main() -> None:
    """Run in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=DEFAULT_BUILD)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    arguments = parser.parse_args()
    install(arguments.build)
    # A shell starts what runs in its background with SIGINT ignored, so both are set.
    for request_to_end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(request_to_end, signal.default_int_handler)
    try:
        with LocalStack(arguments.build, arguments.port) as stack:
            print("Ctrl-C ends it.")
            raise SystemExit(stack.wait())
    except KeyboardInterrupt:
        print("LocalStack has ended.")
    except LocalStackFailed as failure:
        raise SystemExit(str(failure)) from None


if __name__ == "__main__":
    main()
