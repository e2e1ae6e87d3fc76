"""Opens the JSON of a successful answer: an object, or the list in it."""

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.errors import QlikAnswerInvalid


def object_in(answer: Answer, asked: str) -> dict[str, object]:
    """Return the JSON object of a success."""
    try:
        document = answer.document()
    except ValueError as error:
        raise QlikAnswerInvalid(f"{asked}: the answer is {_looks_like(answer)}") from error
    if not isinstance(document, dict):
        raise QlikAnswerInvalid(f"{asked}: the answer is not a JSON object")
    return document


def list_in(answer: Answer, name: str, asked: str) -> list[object]:
    """Return the list that stands under `name` in the answer's object."""
    items = object_in(answer, asked).get(name)
    if not isinstance(items, list):
        raise QlikAnswerInvalid(f"{asked}: the answer has no list {name!r}")
    return items


def _looks_like(answer: Answer) -> str:
    if not answer.body.strip():
        return "empty"
    return "a web page" if answer.is_web_page else "not JSON"
