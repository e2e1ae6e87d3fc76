"""Error classes in the evals: decided on is what the product's own catalogue makes of a reading."""

from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.task import TaskSnapshot


def classified(snapshot: TaskSnapshot) -> TaskSnapshot:
    """Return a reading with its class, as the product's platform does."""
    found = built_in_catalogue().class_of(snapshot)
    return snapshot.model_copy(update={"error_class": found})
