"""Finding Chromium, and installing it where that may be done."""

from collections.abc import Sequence

import pytest

from local.browser.chromium import PACKAGES, ChromiumMissing, ensure, find


class Machine:
    """A machine with some programs, on which apt-get installs what is asked for, or fails."""

    def __init__(self, *programs: str, installs: bool = True, sudo: bool = False) -> None:
        self.programs = set(programs)
        self.ran: list[tuple[str, ...]] = []
        self._installs, self._sudo = installs, sudo

    def which(self, name: str) -> str | None:
        path = f"/usr/bin/{name.rpartition('/')[2]}"
        return path if name.rpartition("/")[2] in self.programs else None

    def run(self, command: Sequence[str]) -> bool:
        self.ran.append(tuple(command))
        if command[:2] == ("sudo", "-n") and not self._sudo:
            return False
        if "install" in command and self._installs:
            self.programs |= set(command)
        return self._installs or "install" not in command

    def ensure(self, *, is_root: bool, **environment: str) -> str:
        return ensure(
            lambda _text: None,
            is_root=is_root,
            run=self.run,
            environment=environment,
            which=self.which,
        )


def test_a_chromium_that_is_there_is_taken_and_nothing_is_installed() -> None:
    machine = Machine("chromium", "apt-get")
    assert machine.ensure(is_root=True) == "/usr/bin/chromium"
    assert machine.ran == []


def test_the_one_that_is_named_is_taken_before_any_other() -> None:
    machine = Machine("chromium", "thorium")
    assert find({"CHROMIUM": "/opt/thorium"}, machine.which) == "/usr/bin/thorium"


def test_a_named_one_that_is_not_there_is_told_and_no_other_is_taken() -> None:
    machine = Machine("chromium", "apt-get")
    with pytest.raises(ChromiumMissing, match="CHROMIUM=/opt/thorium: there is no such program"):
        machine.ensure(is_root=True, CHROMIUM="/opt/thorium")
    assert machine.ran == []


def test_root_installs_debians_with_letters_for_it() -> None:
    machine = Machine("apt-get")
    assert machine.ensure(is_root=True) == "/usr/bin/chromium"
    update, install = machine.ran
    assert update[-3:] == ("apt-get", "update", "-qq")
    assert install[-len(PACKAGES) :] == PACKAGES
    assert "--no-install-recommends" in install
    assert "sudo" not in install


def test_others_install_by_sudo_where_it_asks_for_no_password() -> None:
    machine = Machine("apt-get", "sudo", sudo=True)
    assert machine.ensure(is_root=False) == "/usr/bin/chromium"
    assert machine.ran[-1][:2] == ("sudo", "-n")


@pytest.mark.parametrize(
    ("machine", "is_root"),
    [
        (Machine(), True),
        (Machine("apt-get"), False),
        (Machine("apt-get", "sudo"), False),
        (Machine("apt-get", installs=False), True),
    ],
    ids=["no apt-get", "no sudo", "sudo asks for a password", "apt-get fails"],
)
def test_whoever_cannot_install_is_told_what_to_install_and_how_to_name_one(
    machine: Machine, is_root: bool
) -> None:
    with pytest.raises(ChromiumMissing) as told:
        machine.ensure(is_root=is_root)
    assert "apt-get install chromium" in str(told.value)
    assert "CHROMIUM=/path/to/chromium" in str(told.value)
