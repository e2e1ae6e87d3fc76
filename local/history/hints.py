"""What to do about the refusals of AWS that a command on this machine meets most often."""

from qlik_monitor.errors import ReplicationMonitorError, StoreUnavailable

HINTS = {
    "ResourceNotFoundException": "there is no such table in this account and region",
    "NoCredentialsError": "no AWS credentials were found: try `aws sts get-caller-identity`",
    "ExpiredTokenException": "the AWS credentials have expired: log in again",
    "UnrecognizedClientException": "AWS does not know these credentials",
    "AccessDeniedException": "these credentials lack a permission on the table; --help names all",
    "EndpointConnectionError": "nothing answers there: check the region and the network",
}


def with_hint(error: ReplicationMonitorError) -> str:
    """Return an error's sentence, with what to do about it where that is known."""
    if isinstance(error, StoreUnavailable):
        for code, hint in HINTS.items():
            if str(error).endswith(code):
                return f"{error}: {hint}"
    return str(error)
