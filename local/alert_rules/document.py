"""Reads YAML and keeps the line of every value; plain values only, as YAML 1.2 knows them.

YAML 1.1, which PyYAML speaks, reads 22:00 as 1320 and `no` as false. Here both stay texts.
"""

import re

import yaml

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]

_PREFIX = "tag:yaml.org,2002:"
_PLAIN = {
    "bool": (r"true|false", "tf"),
    "int": (r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    "float": (r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    "null": (r"~|null|", ["~", "n", ""]),
}


class DocumentInvalid(Exception):
    """A document is no plain YAML; `line` says where, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class _Composer(yaml.SafeLoader):
    """Composes nodes, without aliases: a few lines of them make billions of values."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.get_mark().line + 1
            raise DocumentInvalid(line, "references (*name) are not read; write the value again")
        return super().compose_node(parent, index)


for _tag, (_pattern, _first) in _PLAIN.items():
    _Composer.add_implicit_resolver(_PREFIX + _tag, re.compile(f"^(?:{_pattern})$"), _first)


class Document:
    """A document's values, and where they stand."""

    def __init__(self, text: str) -> None:
        """Read one; raises DocumentInvalid."""
        self.lines: dict[Path, int] = {(): 1}
        self.value = self._read(_composed(text), ())

    def _read(self, node: yaml.Node | None, path: Path) -> Value:
        if node is None:
            return None
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(one, (*path, at)) for at, one in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise DocumentInvalid(line, "a field's name is a plain text")
            if name in found:
                raise DocumentInvalid(line, f"'{name}' stands there twice")
            # Where the field is named: a list below it may begin lines later.
            self.lines[(*path, name)] = line
            found[name] = self._read(value, (*path, name))
        return found


def _composed(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ": ".join(part for part in (error.context, error.problem) if part)
        raise DocumentInvalid(mark.line + 1 if mark else 1, f"is not YAML: {said}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise DocumentInvalid(1, f"is not YAML: {str(error).splitlines()[0]}") from None
    return node


def _scalar(node: yaml.Node) -> Value:
    text = str(node.value)
    match node.tag.removeprefix(_PREFIX):
        case "str":
            return text
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "null":
            return None
    raise DocumentInvalid(node.start_mark.line + 1, f"the tag {node.tag} is not read")
