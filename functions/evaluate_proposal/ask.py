"""Asking: the model where its answer can change something, and the rules where it cannot.

foregone? ──▶ rules      answered before? ──▶ that answer      budget spent? ──▶ rules
"""

from datetime import datetime, timedelta
from functools import cache, lru_cache

from pydantic import SecretStr

from functions.evaluate_proposal.metered import Metered
from qlik_monitor.adapters.dynamodb_answers import DynamoDbAnswers
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst, instructions
from qlik_monitor.adapters.openai_meter import Meter
from qlik_monitor.adapters.secrets import openai_api_key
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.actions import DESTRUCTIVE
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.fingerprint import fingerprint
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.policy import PolicySettings, foregone
from qlik_monitor.domain.ports import Analyst, AnswerStore
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.errors import (
    ConfigurationError,
    ModelBudgetSpent,
    ModelUnavailable,
    ModelUnusable,
    SecretsUnavailable,
    StoreUnavailable,
)
from qlik_monitor.observability import count, logger
from qlik_monitor.settings import EvaluateProposalSettings


def propose(
    incident: Incident,
    history: tuple[Restart, ...],
    policy: PolicySettings,
    limits: tuple[LimitReading, ...],
    precedents: tuple[Precedent, ...] = (),
) -> Proposal:
    """Have an action proposed; the rules answer where the model cannot, or need not."""
    if settled := foregone(incident, limits, policy):
        # No token is spent where no answer could change what happens.
        return propose_by_rules(incident, history, f"nothing to ask: {settled}")
    try:
        return _by_model(incident, history, precedents, utc_now())
    except ModelUnusable as error:
        count("ModelUnusable")
        if isinstance(error, ModelBudgetSpent):
            count("ModelBudgetSpent")
        return propose_by_rules(incident, history, str(error))


def _by_model(
    incident: Incident,
    history: tuple[Restart, ...],
    precedents: tuple[Precedent, ...],
    now: datetime,
) -> Proposal:
    chosen = settings(EvaluateProposalSettings)
    asked, facts = _metered(analyst()), facts_of(incident, history, precedents)
    kept = chosen.answers_kept()
    if not kept:
        return asked.propose(facts, now)
    answers = DynamoDbAnswers(the_table(EvaluateProposalSettings))
    illness = fingerprint(incident, history, model=chosen.openai_model, instructions=instructions())
    if known := _known(answers, illness, now - kept):
        count("ModelCacheHits")
        return known
    answer = asked.propose(facts, now)
    if answer.action not in DESTRUCTIVE:
        # Two illnesses may look alike but for a table's name: what rewrites one is asked anew.
        _keep(answers, illness, answer, now, kept)
    return answer


def _known(answers: AnswerStore, illness: str, no_older_than: datetime) -> Proposal | None:
    try:
        return answers.get(illness, no_older_than)
    except StoreUnavailable as error:
        # Whether it was answered before is unknown, and so would be what asking costs.
        raise ModelUnavailable(f"it was not asked, for its answers are away: {error}") from error


def _keep(
    answers: AnswerStore, illness: str, answer: Proposal, now: datetime, kept: timedelta
) -> None:
    try:
        answers.keep(illness, answer, now, kept)
    except StoreUnavailable as error:
        # It is asked once more, which costs a little; the answer is good all the same.
        logger.warning("answer not kept", reason=str(error))


def analyst() -> Analyst:
    """Return the configured analyst; raises ModelUnavailable saying why there is none."""
    try:
        key = openai_api_key(settings(EvaluateProposalSettings).openai_secret_arn)
    except (ConfigurationError, SecretsUnavailable) as error:
        raise ModelUnavailable(str(error)) from error
    if key is None:
        raise ModelUnavailable("no OpenAI key is configured")
    return _analyst(key.get_secret_value())


@lru_cache(maxsize=1)
def _analyst(key: str) -> Analyst:
    """Build a client once a key: a rotated one gets a new client."""
    chosen = settings(EvaluateProposalSettings)
    setup = AnalystSetup(
        model=chosen.openai_model,
        base_url=chosen.openai_base_url or None,
        timeout_seconds=chosen.openai_timeout_seconds,
    )
    return OpenAiAnalyst(setup, SecretStr(key), _meter())


@cache
def _meter() -> Meter:
    return Meter()


def _metered(analyst: Analyst) -> Metered:
    chosen = settings(EvaluateProposalSettings)
    usage = DynamoDbModelUsage(the_table(EvaluateProposalSettings))
    return Metered(analyst, _meter(), usage, chosen.budget(), chosen.prices())
