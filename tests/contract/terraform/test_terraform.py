"""Terraform's own checks, offline: form, types and the tests in terraform/tests."""

import re
import zipfile
from pathlib import Path

import pytest

from local.terraform import Terraform, TerraformFailed
from tests.contract.terraform import catalogue

pytestmark = pytest.mark.terraform

LAYERS = ("dependencies", "qlik_monitor")


@pytest.fixture(scope="module")
def terraform() -> Terraform:
    stack = Terraform("contract")
    stack.init()
    return stack


@pytest.fixture
def build_folder(tmp_path: Path) -> Path:
    """Archives as a build leaves them, with nothing in them."""
    for path in [
        *(tmp_path / "layers" / f"{name}.zip" for name in LAYERS),
        *(tmp_path / "functions" / f"{name}.zip" for name in catalogue.functions()),
    ]:
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w"):
            pass
    return tmp_path


def test_files_are_formatted(terraform: Terraform) -> None:
    assert terraform.run("fmt", "-check", "-recursive") == ""


def test_the_configuration_is_valid(terraform: Terraform) -> None:
    assert "The configuration is valid" in terraform.run("validate")


def test_terraforms_own_tests_pass(terraform: Terraform, build_folder: Path) -> None:
    report = terraform.run("test", variables={"build_folder": str(build_folder)})

    assert re.search(r"Success! \d+ passed, 0 failed", report)


def test_a_missing_build_is_one_clear_sentence(terraform: Terraform, tmp_path: Path) -> None:
    with pytest.raises(TerraformFailed, match=r"run\s+`make build` first"):
        terraform.run(
            "test",
            "-filter=tests/defaults.tftest.hcl",
            variables={"build_folder": str(tmp_path)},
        )


def test_nothing_is_left_among_the_sources(terraform: Terraform) -> None:
    left = {path.name for path in terraform.sources.iterdir()}

    assert not {name for name in left if name == ".terraform" or "tfstate" in name}
