"""Asking: the model where its answer can change something, and the rules where it cannot."""

from functools import lru_cache

from pydantic import SecretStr

from qlik_monitor.adapters.openai_analyst import AnalystSetup, NoAnalyst, OpenAiAnalyst
from qlik_monitor.adapters.secrets import openai_api_key
from qlik_monitor.composition import settings
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.policy import PolicySettings, foregone
from qlik_monitor.domain.ports import Analyst
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.errors import ConfigurationError, ModelUnusable, SecretsUnavailable
from qlik_monitor.observability import count
from qlik_monitor.settings import EvaluateProposalSettings


def propose(
    incident: Incident,
    history: tuple[Restart, ...],
    policy: PolicySettings,
    limits: tuple[LimitReading, ...] = (),
) -> Proposal:
    """Have an action proposed; the rules answer where the model cannot, or need not."""
    if settled := foregone(incident, limits, policy):
        # No token is spent where no answer could change what happens.
        return propose_by_rules(incident, history, f"nothing to ask: {settled}")
    try:
        proposal = analyst().propose(facts_of(incident, history))
    except ModelUnusable as error:
        count("ModelUnusable")
        return propose_by_rules(incident, history, str(error))
    count("ModelPromptTokens", proposal.prompt_tokens)
    count("ModelCompletionTokens", proposal.completion_tokens)
    return proposal


def analyst() -> Analyst:
    """Return the configured analyst, or one that says why there is none."""
    try:
        key = openai_api_key(settings(EvaluateProposalSettings).openai_secret_arn)
    except (ConfigurationError, SecretsUnavailable) as error:
        return NoAnalyst(str(error))
    return _analyst(key.get_secret_value()) if key else NoAnalyst("no OpenAI key is configured")


@lru_cache(maxsize=1)
def _analyst(key: str) -> Analyst:
    """Build a client once a key: a rotated one gets a new client."""
    chosen = settings(EvaluateProposalSettings)
    setup = AnalystSetup(
        model=chosen.openai_model,
        base_url=chosen.openai_base_url or None,
        timeout_seconds=chosen.openai_timeout_seconds,
    )
    return OpenAiAnalyst(setup, SecretStr(key))
