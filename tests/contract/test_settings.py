"""Each function's settings against the environment that Terraform gives it."""

import pytest

from qlik_monitor import settings
from qlik_monitor.errors import ConfigurationError
from qlik_monitor.settings import Settings
from tests.contract.terraform import catalogue

FUNCTIONS = catalogue.functions()


def settings_of(function: str) -> type[Settings]:
    name = "".join(word.capitalize() for word in function.split("_")) + "Settings"
    kind = getattr(settings, name)
    assert isinstance(kind, type)
    assert issubclass(kind, Settings)
    return kind


def fields_of(function: str) -> set[str]:
    return {name.upper() for name in settings_of(function).model_fields}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gets_exactly_the_environment_that_it_reads(function: str) -> None:
    assert FUNCTIONS[function].settings == fields_of(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_empty_environment_names_everything_that_is_missing(function: str) -> None:
    kind = settings_of(function)
    required = [name for name, field in kind.model_fields.items() if field.is_required()]
    with pytest.raises(ConfigurationError) as raised:
        kind.from_environment({})
    for name in required:
        assert f"{name.upper()} is not set" in str(raised.value)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_value_that_is_out_of_range_is_named_and_a_secret_is_not_shown(function: str) -> None:
    kind = settings_of(function)
    environment = dict.fromkeys(fields_of(function), "-1")
    with pytest.raises(ConfigurationError) as raised:
        kind.from_environment(environment | {"TABLE_NAME": ""})
    message = str(raised.value)
    assert "TABLE_NAME is not set" in message
    for name in fields_of(function):
        if "SECRET" in name:
            assert f"{name}='-1'" not in message


def test_every_settings_model_of_a_function_belongs_to_one() -> None:
    kinds = {settings_of(function).__name__ for function in FUNCTIONS}
    documented = {
        name
        for name, value in vars(settings).items()
        if isinstance(value, type)
        and issubclass(value, Settings)
        and "Environment of" in (value.__doc__ or "")
    }
    assert kinds == documented
