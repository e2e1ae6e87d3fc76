"""Signing keys: HMAC-SHA256 over texts, and keys derived for one purpose each."""

import base64
import hashlib
import hmac
from typing import Annotated, Self

from pydantic import Field, SecretStr

from qlik_monitor.domain.model import Frozen


class SigningKey(Frozen):
    """A key, and the name by which what it signed says so."""

    key_id: Annotated[str, Field(min_length=1, max_length=64)]
    key: SecretStr

    def sign(self, text: str) -> str:
        """Return the HMAC-SHA256 of a text, url-safe and without padding."""
        secret = self.key.get_secret_value().encode()
        # What a stranger sends may hold anything, lone surrogates included.
        digest = hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def has_signed(self, text: str, signature: str) -> bool:
        """Tell whether a signature is this key's, in a time that tells nothing of the right one."""
        given = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self.sign(text).encode(), given)

    def derived(self, purpose: str) -> Self:
        """Return a key for one purpose: nothing that it signs is good for another one."""
        return self.model_copy(update={"key": SecretStr(self.sign(f"derived key\n{purpose}"))})
