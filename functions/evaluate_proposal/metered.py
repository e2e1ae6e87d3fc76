"""Asking within the budget of the day: set aside, ask, settle."""

from datetime import datetime
from typing import NamedTuple

from qlik_monitor.adapters.openai_analyst import question_of
from qlik_monitor.adapters.openai_meter import Meter
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.model_budget import Hold, ModelBudget, Prices, Question
from qlik_monitor.domain.ports import Analyst, ModelUsageStore
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.errors import ModelUnavailable, StoreUnavailable
from qlik_monitor.observability import count, logger


class Metered(NamedTuple):
    """An analyst whose questions are counted, and fit into the budget."""

    analyst: Analyst
    meter: Meter
    usage: ModelUsageStore
    budget: ModelBudget
    prices: Prices

    def propose(self, facts: IncidentFacts, now: datetime) -> Proposal:
        """Ask once; raises ModelUnusable, of which ModelBudgetSpent is one."""
        question = question_of(facts)
        try:
            hold = self.usage.reserve(question.at_most(self.prices), self.budget, now)
        except StoreUnavailable as error:
            raise ModelUnavailable(f"it was not asked, for its budget is away: {error}") from error
        self.meter.begin()
        try:
            return self.analyst.propose(facts)
        finally:
            self._settle(hold, question)

    def _settle(self, hold: Hold, question: Question) -> None:
        prompt_tokens, completion_tokens, lost = self.meter.taken()
        spent = question.spent(self.prices, prompt_tokens, completion_tokens, lost=lost)
        count("ModelCalls", spent.calls)
        count("ModelPromptTokens", spent.prompt_tokens)
        count("ModelCompletionTokens", spent.completion_tokens)
        count("ModelMicroDollars", spent.micro_dollars)
        try:
            self.usage.settle(hold, spent)
        except StoreUnavailable as error:
            # What was set aside stays: the day counts for more than it took, never for less.
            logger.warning("model usage not settled", reason=str(error))
