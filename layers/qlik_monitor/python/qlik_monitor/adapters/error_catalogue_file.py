"""The built-in error catalogue, read from its reviewed file in the package, once a process."""

import tomllib
from functools import cache
from importlib import resources

from pydantic import ValidationError

from qlik_monitor.adapters.alert_rules_errors import written
from qlik_monitor.domain.error_catalogue import ErrorCatalogue
from qlik_monitor.domain.error_entry import ErrorClassesFile
from qlik_monitor.errors import ConfigurationError

NAME = "error_classes.toml"
MAX_SHOWN = 80


@cache
def built_in_catalogue() -> ErrorCatalogue:
    """Return the catalogue without a deployment's own patterns; raises ConfigurationError."""
    text = resources.files("qlik_monitor.catalogue").joinpath(NAME).read_text("utf-8")
    return ErrorCatalogue(read_entries(text).entries)


def read_entries(text: str) -> ErrorClassesFile:
    """Check what the file says; raises ConfigurationError with every mistake."""
    try:
        return ErrorClassesFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{NAME} is not TOML: {error}") from error
    except ValidationError as error:
        said = "; ".join(
            f"{written(item['loc'])}: {repr(item['input'])[:MAX_SHOWN]}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(f"{NAME}: {said}") from error
