"""Error classes in the evals: what the product makes of a message, and what a case says it is."""

from benchmarks.evals.case import EvalCase
from qlik_monitor.domain.error_class import ErrorClass, classify
from qlik_monitor.domain.task import TaskSnapshot


def class_by_the_product(snapshot: TaskSnapshot) -> ErrorClass:
    """Return the class that production would decide on."""
    return classify(snapshot.message)


def class_decided_on(case: EvalCase, _snapshot: TaskSnapshot | None) -> ErrorClass:
    """Return the class that a case is decided on: its own."""
    return case.error_class
