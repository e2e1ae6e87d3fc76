"""Finds Chromium, and installs Debian's where that needs nobody's password."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")
"""The browser, and letters for it: a machine without fonts shows boxes."""
HOW_TO = (
    "Chromium is needed for the tests in a browser. Install it (Debian, Ubuntu: "
    f"apt-get install {' '.join(PACKAGES)}), or say where one is: {VARIABLE}=/path/to/chromium"
)
Run = Callable[[Sequence[str]], bool]
Which = Callable[[str], str | None]


class ChromiumMissing(Exception):
    """There is no Chromium, and none can be installed; the message says what to do."""


def find(environment: Mapping[str, str] = os.environ, which: Which = shutil.which) -> str | None:
    """Return the path of Chromium: what CHROMIUM names, or the first on the PATH.

    Raises ChromiumMissing if CHROMIUM names no program.
    """
    if named := environment.get(VARIABLE, ""):
        if found := which(named):
            return found
        raise ChromiumMissing(f"{VARIABLE}={named}: there is no such program")
    return next((found for name in NAMES if (found := which(name))), None)


def required() -> str:
    """Return the path of Chromium; raises ChromiumMissing."""
    if found := find():
        return found
    raise ChromiumMissing(HOW_TO)


def ensure(
    say: Callable[[str], None],
    *,
    is_root: bool,
    run: Run,
    environment: Mapping[str, str] = os.environ,
    which: Which = shutil.which,
) -> str:
    """Return the path of Chromium, after installing Debian's if there is none.

    Only root, or whom sudo asks for no password, may install. Raises ChromiumMissing.
    """
    if found := find(environment, which):
        return found
    prefix = _prefix(is_root, run, which)
    if which("apt-get") is None or prefix is None:
        raise ChromiumMissing(HOW_TO)
    say(f"Installing {', '.join(PACKAGES)} by apt-get ...")
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES)
    quietly = (*prefix, "env", "DEBIAN_FRONTEND=noninteractive")
    # A list that is partly out of date may still do: the installation is what counts.
    run((*quietly, "apt-get", "update", "-qq"))
    if run((*quietly, *install)) and (found := find(environment, which)):
        return found
    raise ChromiumMissing(f"apt-get could not install Chromium. {HOW_TO}")


def run_command(command: Sequence[str]) -> bool:
    """Run a command without input; tell whether it succeeded. Its words go to standard error."""
    # File descriptor 2: what was printed to standard output belongs to whoever called make.
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=2, check=False).returncode == 0


def _prefix(is_root: bool, run: Run, which: Which) -> tuple[str, ...] | None:
    if is_root:
        return ()
    if which("sudo") and run(("sudo", "-n", "true")):
        return ("sudo", "-n")
    return None
