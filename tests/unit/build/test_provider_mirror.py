from pathlib import Path

import pytest

from local.provider_mirror import find_mirror, write_configuration
from local.terraform import Terraform


def a_mirror(folder: Path) -> Path:
    (folder / "registry.terraform.io").mkdir(parents=True)
    return folder


def test_a_mirror_is_found_four_levels_deep_and_no_deeper(tmp_path: Path) -> None:
    deep = a_mirror(tmp_path / "a" / "b" / "c" / "d")

    assert find_mirror({}, top=tmp_path) is None
    assert find_mirror({}, top=tmp_path / "a") == deep


def test_the_nearest_mirror_counts(tmp_path: Path) -> None:
    a_mirror(tmp_path / "a" / "b")
    near = a_mirror(tmp_path / "z")

    assert find_mirror({}, top=tmp_path) == near


@pytest.mark.parametrize("name", ["", "registry.terraform.io"], ids=["around it", "itself"])
def test_the_variable_overrides_and_may_name_the_folder_or_the_one_around_it(
    tmp_path: Path, name: str
) -> None:
    a_mirror(tmp_path / "found")
    named = a_mirror(tmp_path / "named")

    environment = {"TF_PROVIDER_MIRROR": str(named / name)}

    assert find_mirror(environment, top=tmp_path) == named


def test_the_configuration_names_the_mirror(tmp_path: Path) -> None:
    write_configuration(Path("/mirrors/of ours"), tmp_path / "new" / "mirror.tfrc")

    assert 'path = "/mirrors/of ours"' in (tmp_path / "new" / "mirror.tfrc").read_text()


def test_each_name_has_a_state_of_its_own_outside_the_sources(tmp_path: Path) -> None:
    one, other = Terraform("one", tmp_path), Terraform("other", tmp_path)

    assert one.state != other.state
    assert one.sources not in one.state.parents
