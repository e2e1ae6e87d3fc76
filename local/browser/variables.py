"""Changes what functions read from their environment, as another `terraform apply` would."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.run.stack import Stack


@contextmanager
def lasting(stack: Stack, changes: Mapping[str, str], *functions: str) -> Iterator[None]:
    """Let functions, named by their folders, have other variables while the block lasts."""
    client, named = stack.client("lambda"), stack.outputs["function_names"]
    names = [str(named[function]) for function in functions]
    kept = {name: _variables(client, name) for name in names}
    try:
        for name, variables in kept.items():
            _configure(client, name, {**variables, **changes})
        yield
    finally:
        for name, variables in kept.items():
            _configure(client, name, variables)


def _variables(client: Any, name: str) -> dict[str, str]:
    configuration = client.get_function_configuration(FunctionName=name)
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables


def _configure(client: Any, name: str, variables: Mapping[str, str]) -> None:
    environment = {"Variables": dict(variables)}
    client.update_function_configuration(FunctionName=name, Environment=environment)
    waiting = {"Delay": 1, "MaxAttempts": 60}
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=waiting)
