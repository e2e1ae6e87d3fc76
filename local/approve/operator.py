"""Who answers from a terminal: in whose name, and by which AWS credentials."""

from botocore.exceptions import BotoCoreError, ClientError

from local.history.source import Source
from local.monitor.text import plain
from qlik_monitor.domain.approval import Approval, Way
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import MAX_ADDRESS, Origin
from qlik_monitor.errors import ConfigurationError

TOOL = "make approve"
KEPT_OF_AN_ARN = 40
"""Characters of its beginning that stay where one is cut: they name the account."""


def name_of(approval: Approval, by: str | None) -> str:
    """Return in whose name an answer counts; raises ConfigurationError naming who may."""
    if approval.approvers == (ANYONE,):
        return ANYONE
    if by in approval.approvers:
        return by
    given = "is missing" if by is None else f"is {plain(by)!r}"
    allowed = ", ".join(approval.approvers)
    raise ConfigurationError(f"BY {given}: expected one of those who were asked: {allowed}")


def origin_of(source: Source, approver: str, by: str | None, seen: str) -> Origin:
    """Say for the trail by whose credentials, from which tool, and having seen what."""
    # Where nobody was named, the name that somebody gives is a remark, and not who was asked.
    agent = f"{TOOL}: {plain(by)}" if approver == ANYONE and by else TOOL
    return Origin(way=Way.COMMAND, address=_caller(source), agent=agent, seen=seen)


def _caller(source: Source) -> str:
    """Return the ARN of the credentials; raises ConfigurationError, as a trail without is none."""
    try:
        arn = str(source.client("sts").get_caller_identity()["Arn"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ConfigurationError(f"AWS does not say who you are: {code}") from error
    except BotoCoreError as error:
        raise ConfigurationError(f"AWS does not say who you are: {error}") from error
    if len(arn) <= MAX_ADDRESS:
        return arn
    # An ARN begins with the account and ends with the person: what is left out is between.
    return f"{arn[:KEPT_OF_AN_ARN]}…{arn[KEPT_OF_AN_ARN + 1 - MAX_ADDRESS :]}"
