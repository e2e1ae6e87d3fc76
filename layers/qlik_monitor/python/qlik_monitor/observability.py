"""Logs, metrics and traces, made alike in every function.

A log line is a past-tense event and its fields. Payloads, answers, tokens and secrets are never
logged, and traces carry ids only. What slips through all the same is blotted out here, at the last
place that a line or an error passes.
"""

import functools
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import ReplicationMonitorError

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(_redacted(record), separators=(",", ":"), ensure_ascii=False)


def _redacted(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(name): _redacted(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(one) for one in value]
        case _:
            return redact(str(value))


logger = Logger(json_serializer=_line)
metrics = Metrics(namespace="QlikReplication")
tracer = Tracer()
_spent: Counter[str] = Counter()


def observed(handler: Handler) -> Handler:
    """Wrap a handler: structured logs with the request's id, metrics flushed, a trace."""

    @functools.wraps(handler)
    def logged(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception as error:
            reason = redact(str(error))
            logger.error("step failed", error=type(error).__name__, reason=reason)
            if isinstance(error, ReplicationMonitorError):
                # Its text may quote Qlik, and Step Functions keeps it.
                error.args = (reason,)
            elif reason != str(error):
                raise _stand_in(error, reason) from None
            raise
        finally:
            # Flushing nothing prints a warning, and most calls count nothing.
            if metrics.metric_set:
                metrics.flush_metrics()
            if _spent:
                logger.info("budget spent", extra=dict(_spent))
                _spent.clear()

    traced = tracer.capture_lambda_handler(capture_response=False, capture_error=False)(logged)
    injected: Handler = logger.inject_lambda_context(log_event=False)(traced)
    return injected


def _stand_in(error: Exception, reason: str) -> Exception:
    """Return an error of the same name that says no secret: libraries quote what they choke on."""
    made: Exception = type(type(error).__name__, (Exception,), {})(reason)
    return made.with_traceback(error.__traceback__)


def count(name: str, value: float = 1) -> None:
    """Add to a metric of the namespace QlikReplication."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def spend(what: str, amount: int) -> None:
    """Add to what this call costs; it stands in one log line at its end, which costs nothing."""
    _spent[what] += amount
