"""The contract on imports in pyproject.toml against what the code imports."""

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "qlik_monitor" / "python" / "qlik_monitor"
OF_THE_DOMAIN_TOO = {"qlik_monitor", "pydantic", "pydantic_core"}


def imported_by(folder: Path) -> set[str]:
    """Return the packages that the modules below `folder` import, the standard library's aside."""
    found = set[str]()
    for node in (n for path in folder.rglob("*.py") for n in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    # What boto3's types are named by is not there at run time.
    return {one for one in found - sys.stdlib_module_names if not one.startswith("mypy_")}


def test_the_domain_may_import_nothing_by_which_adapters_reach_the_world() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    pure = next(one for one in contracts if one["name"] == "The domain is pure")

    reaching = imported_by(PACKAGE / "adapters") - OF_THE_DOMAIN_TOO
    assert "urllib3" in reaching
    assert reaching - set(pure["forbidden_modules"]) == set()
