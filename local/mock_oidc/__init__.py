"""A mock OpenID Connect provider: sign-in by a form, codes with PKCE, signed ID tokens, faults."""

from local.mock_oidc.server import MockOidc
from local.mock_oidc.state import USERS, Client, Fault, User

__all__ = ["USERS", "Client", "Fault", "MockOidc", "User"]
