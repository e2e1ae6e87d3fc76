import functools
import marshal
import types
import zipfile
from pathlib import Path

import pytest

from local import archive, build, packages
from local.build import Build
from local.packages import Architecture, BuildFailed
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one function, our own layer and dependencies."""
    for name, text in {
        "functions/__init__.py": '"""Functions."""\n',
        "functions/monitor_tasks/__init__.py": "",
        "functions/monitor_tasks/handler.py": "def handler() -> None: ...\n",
        "functions/monitor_tasks/templates/page.html": "<p>",
        "functions/notes.md": "",
        "layers/qlik_monitor/python/qlik_monitor/errors.py": "",
        "layers/dependencies/requirements.txt": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names_in(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as opened:
        return {name for name in opened.namelist() if not name.endswith(".pyc")}


def test_a_function_lies_where_it_is_imported_from(root: Path) -> None:
    built = Build(root=root).function(root / "functions" / "monitor_tasks")

    assert built.path == root / "build" / "arm64" / "functions" / "monitor_tasks.zip"
    assert names_in(built.path) == {
        "functions/__init__.py",
        "functions/monitor_tasks/__init__.py",
        "functions/monitor_tasks/handler.py",
        "functions/monitor_tasks/templates/page.html",
    }


def test_our_own_layer_is_zipped_as_it_lies(root: Path) -> None:
    built = Build(root=root).qlik_monitor()

    assert names_in(built.path) == {"python/qlik_monitor/errors.py"}


def test_the_alerting_rules_lie_in_our_own_layer_as_json(root: Path) -> None:
    without = Build(root=root).qlik_monitor()
    assert without.changed
    (root / "alert_rules.yaml").write_text("version: 1\nopt_out_tags: [hands-off]\n")

    built = Build(root=root).qlik_monitor()

    assert built.changed
    assert not Build(root=root).qlik_monitor().changed
    with zipfile.ZipFile(built.path) as opened:
        rules = opened.read("python/qlik_monitor/alert_rules.json")
    assert b'"opt_out_tags":["hands-off"]' in rules
    (root / "alert_rules.yaml").unlink()
    assert names_in(Build(root=root).qlik_monitor().path) == {"python/qlik_monitor/errors.py"}


def test_another_rules_file_can_be_named_and_has_to_be_there(root: Path) -> None:
    named = root / "rules" / "prod.yaml"
    with pytest.raises(AlertRulesInvalid, match=r"rules/prod\.yaml:1: cannot be read"):
        Build(root=root, rules=named).qlik_monitor()
    named.parent.mkdir()
    named.write_text("version: 1\n")
    layer = Build(root=root, rules=named).qlik_monitor()
    assert "python/qlik_monitor/alert_rules.json" in names_in(layer.path)


def test_rules_with_mistakes_stop_the_build_and_are_listed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "alert_rules.yaml").write_text("version: 1\nrules:\n- {name: r, match: {tag: [a]}}\n")
    monkeypatch.setattr(build, "Build", functools.partial(Build, root=root))
    monkeypatch.setattr(packages, "install", lambda *_: None)

    assert build.main([]) == 1

    assert capsys.readouterr().err.splitlines() == [
        "build failed: the alerting rules cannot be used",
        "alert_rules.yaml:3: rules[0].match.tag: there is no such field; did you mean 'tags'?",
    ]
    assert not (root / "build" / "arm64" / "layers" / "qlik_monitor.zip").exists()


def test_each_processor_has_a_folder_of_its_own(root: Path) -> None:
    folders = {Build(architecture, root).folder for architecture in Architecture}

    assert len(folders) == len(Architecture)


def test_only_what_changed_is_built_again(root: Path) -> None:
    layer = root / "layers" / "qlik_monitor" / "python" / "qlik_monitor" / "errors.py"
    assert Build(root=root).qlik_monitor().changed
    assert not Build(root=root).qlik_monitor().changed

    layer.write_text('"""Errors."""\n')

    assert Build(root=root).qlik_monitor().changed
    assert not Build(root=root).qlik_monitor().changed


def test_bytecode_names_the_place_where_lambda_runs_it(root: Path) -> None:
    built = Build(root=root).function(root / "functions" / "monitor_tasks")

    with zipfile.ZipFile(built.path) as opened:
        name = "functions/monitor_tasks/__pycache__/handler.cpython-313.pyc"
        # The first 16 bytes say which Python and which kind.
        code = marshal.loads(opened.read(name)[16:])
    assert isinstance(code, types.CodeType)
    assert code.co_filename == "/var/task/functions/monitor_tasks/handler.py"


def test_a_module_that_does_not_compile_stops_the_build(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "functions" / "monitor_tasks" / "handler.py").write_text("def handler(:\n")

    with pytest.raises(BuildFailed):
        Build(root=root).function(root / "functions" / "monitor_tasks")

    assert "/var/task/functions/monitor_tasks/handler.py" in capsys.readouterr().out
    assert not (root / "build" / "arm64" / "functions" / "monitor_tasks.zip").exists()


def test_a_tree_without_functions_is_one_clear_sentence(root: Path) -> None:
    (root / "functions" / "monitor_tasks" / "handler.py").unlink()

    with pytest.raises(BuildFailed, match=r"no folder of .* holds a handler\.py"):
        Build(root=root).function_folders()


def test_dependencies_are_installed_once_for_their_processor(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[Architecture] = []

    def install(_pinned: Path, target: Path, architecture: Architecture) -> None:
        installed.append(architecture)
        (target / "bin").mkdir(parents=True)
        (target / "bin" / "command").touch()
        (target / "package.py").touch()
        (target / "cel_expr_python" / "ext").mkdir(parents=True)
        (target / "cel_expr_python" / "cel.so").touch()
        (target / "cel_expr_python" / "ext" / "unused.so").touch()

    monkeypatch.setattr(packages, "install", install)
    intel = Build(Architecture.X86_64, root)

    built = [intel.dependencies(), intel.dependencies()]

    assert installed == [Architecture.X86_64]
    assert [one.changed for one in built] == [True, False]
    assert names_in(built[0].path) == {"python/package.py", "python/cel_expr_python/cel.so"}


def test_a_function_too_large_with_its_layers_fails_the_build(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "install", lambda *_: None)
    monkeypatch.setattr(archive, "unzipped_size", lambda _: 100 * archive.MEBIBYTE)

    with pytest.raises(archive.TooLarge, match=r"weighs 300\.0 MiB unpacked"):
        Build(root=root).run()


def test_wheels_are_asked_for_by_the_processor_lambda_has() -> None:
    options = Architecture.ARM64.pip_options

    assert "--platform=manylinux2014_aarch64" in options
    assert "--python-version=3.13" in options
    assert Architecture.HOST.pip_options == []


def test_a_failed_build_says_why_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_self: Build) -> None:
        raise BuildFailed("could not install requirements.txt:\nno matching distribution")

    monkeypatch.setattr(Build, "run", fail)

    assert build.main([]) == 1
    assert "no matching distribution" in capsys.readouterr().err


def test_what_is_pinned_is_what_is_wanted_without_lambdas_own() -> None:
    folder = build.ROOT / "layers" / "dependencies"
    wanted, pinned = (
        {
            line.split("#")[0].strip()
            for line in (folder / name).read_text().splitlines()
            if "==" in line
        }
        for name in ("requirements.in", "requirements.txt")
    )
    packages_pinned = {line.split("==")[0] for line in pinned}

    assert wanted <= pinned
    assert not packages_pinned & set(packages.IN_LAMBDA_RUNTIME)
