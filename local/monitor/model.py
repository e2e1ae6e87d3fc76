"""The model behind `--ask-model`."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.monitor.settings import MonitorSettings
from qlik_monitor.domain.ports import Analyst
from qlik_monitor.errors import ConfigurationError


@contextmanager
def analyst_of(settings: MonitorSettings, *, wanted: bool) -> Iterator[Analyst | None]:
    """Yield the configured model, or None when it is not to be asked."""
    if not wanted:
        yield None
        return
    if settings.openai_api_key is None:
        raise ConfigurationError("OPENAI_API_KEY is not set: --ask-model needs it")
    # Slow to import, and most runs ask no model.
    from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst  # noqa: PLC0415

    setup = AnalystSetup(
        model=settings.openai_model,
        base_url=settings.openai_base_url or None,
        timeout_seconds=settings.openai_timeout_seconds,
    )
    analyst = OpenAiAnalyst(setup, settings.openai_api_key)
    try:
        yield analyst
    finally:
        analyst.close()
