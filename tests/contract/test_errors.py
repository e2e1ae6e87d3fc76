import re

import pytest

from qlik_monitor import errors
from qlik_monitor.errors import ReplicationMonitorError
from tests.contract.workflow import ROOT

LINE = re.compile(r"^( *)[*+-] (\w+)", re.MULTILINE)


def drawn() -> list[tuple[str, str]]:
    """Return the tree of the module's docstring as pairs of base and class."""
    pairs, path = [("Exception", "ReplicationMonitorError")], ["ReplicationMonitorError"]
    for indent, name in LINE.findall(errors.__doc__ or "")[1:]:
        depth = len(indent) // 2
        path = [*path[:depth], name]
        pairs.append((path[depth - 1], name))
    return pairs


def classes() -> list[type[BaseException]]:
    return [value for value in vars(errors).values() if isinstance(value, type)]


def leaves() -> list[type[BaseException]]:
    return [one for one in classes() if not one.__subclasses__()]


def test_the_drawn_tree_is_the_tree_of_classes() -> None:
    real = {(one.__base__.__name__, one.__name__) for one in classes() if one.__base__}
    assert set(drawn()) == real
    assert len(drawn()) == len(classes())


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.__name__)
def test_a_leaf_is_one_sentence_and_no_code(leaf: type[BaseException]) -> None:
    assert leaf.__doc__
    assert leaf.__doc__.endswith(".")
    assert "\n" not in leaf.__doc__
    assert not {name for name in vars(leaf) if not name.startswith("__")}


def test_everything_raised_on_purpose_has_one_base() -> None:
    assert all(issubclass(one, ReplicationMonitorError) for one in classes())


def test_every_error_is_used_somewhere() -> None:
    sources = [*ROOT.glob("layers/**/*.py"), *ROOT.glob("functions/**/*.py")]
    text = "\n".join(path.read_text() for path in sources if path.name != "errors.py")
    assert [leaf.__name__ for leaf in leaves() if leaf.__name__ not in text] == []
