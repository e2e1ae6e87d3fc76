"""Every error this stack raises on purpose.

* ReplicationMonitorError
  + Retryable                 the state machine tries again
    - QlikUnavailable
    - StoreUnavailable
    - SecretsUnavailable
    - NotificationFailed
    - IncidentChanged
    - DecisionNotDelivered
  + Permanent                 the state machine reports and stops
    - QlikAccessDenied
    - QlikLicenseMissing
    - QlikEndpointInvalid
    - QlikCertificateInvalid
    - QlikRequestRefused
    - QlikAnswerInvalid
    - ConfigurationError
    - IncidentNotFound
  + ModelUnusable             the rules answer in the model's place
    - ModelUnavailable
    - ModelAnswerInvalid
    - ModelBudgetSpent
  + ApprovalLinkRefused       the approval page says why
    - ApprovalLinkInvalid
  + SignInFailed              the console says why and begins no session
    - SignInRefused
    - IdentityProviderUnavailable
    - IdentityProviderInvalid
"""


class ReplicationMonitorError(Exception):
    """Base of every error raised on purpose."""


class Retryable(ReplicationMonitorError):
    """Trying the same again later may work."""


class Permanent(ReplicationMonitorError):
    """Trying the same again changes nothing: a person has to mend something."""


class QlikUnavailable(Retryable):
    """Qlik did not answer, or answered that it cannot at the moment."""


class StoreUnavailable(Retryable):
    """DynamoDB did not take a read or a write."""


class SecretsUnavailable(Retryable):
    """Secrets Manager did not answer."""


class NotificationFailed(Retryable):
    """SNS did not take a message."""


class IncidentChanged(Retryable):
    """Someone else wrote the incident since it was read."""


class DecisionNotDelivered(Retryable):
    """Step Functions did not take an approver's decision."""


class QlikAccessDenied(Permanent):
    """Qlik refuses the credentials, or the account lacks a permission."""


class QlikLicenseMissing(Permanent):
    """Qlik Enterprise Manager has no licence for its API."""


class QlikEndpointInvalid(Permanent):
    """Nothing that speaks Qlik's API answers at QLIK_API_ENDPOINT."""


class QlikCertificateInvalid(Permanent):
    """Qlik's TLS certificate is expired, for another host, or signed by an unknown authority."""


class QlikRequestRefused(Permanent):
    """Qlik understood the request and refused it; the message carries its error code."""


class QlikAnswerInvalid(Permanent):
    """Qlik answered with something that is not the documented shape."""


class ConfigurationError(Permanent):
    """A setting or a secret is missing or out of range; the message names it."""


class IncidentNotFound(Permanent):
    """No incident with this id is stored."""


class ModelUnusable(ReplicationMonitorError):
    """The model gave no proposal that can be used."""


class ModelUnavailable(ModelUnusable):
    """The model could not be asked, did not answer in time, or refused."""


class ModelAnswerInvalid(ModelUnusable):
    """The model answered outside the agreed form or range."""


class ModelBudgetSpent(ModelUnusable):
    """One more question could cost more than a day allows; the message names the cap."""


class ApprovalLinkRefused(ReplicationMonitorError):
    """An approval link cannot be used."""


class ApprovalLinkInvalid(ApprovalLinkRefused):
    """The link is malformed, tampered with, another approver's, or signed by an unknown key."""


class SignInFailed(ReplicationMonitorError):
    """The OpenID Connect provider did not sign somebody in."""


class SignInRefused(SignInFailed):
    """What came from the OpenID Connect provider does not prove who somebody is."""


class IdentityProviderUnavailable(SignInFailed):
    """The OpenID Connect provider did not answer, or answered that it cannot at the moment."""


class IdentityProviderInvalid(SignInFailed):
    """What answers at OIDC_ISSUER does not speak as that provider should."""
