"""The development issuer: signs session tokens as Clerk does, with a key of this server."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from auth.jwks import FixedKeys
from auth.refusals import ALGORITHM, MAX_LIFETIME_SECONDS
from auth.secrets import IssuerKey
from settings import Settings

SESSION_TOKEN = "cl_B7d4PD111AAA"  # noqa: S105 - Clerk's public mark of session tokens, in the header `cat`
DEVELOPMENT = "clientele-development"
"""The issuer of development tokens, wherever the server listens: only its key says which server it is."""


class DevelopmentIssuer:
    """The server as its own issuer, where there is no Clerk. Its tokens look like Clerk's."""

    def __init__(self, settings: Settings, issuer_key: IssuerKey) -> None:
        private = load_pem_private_key(issuer_key.pem.encode(), None)
        if not isinstance(private, RSAPrivateKey):
            message = "The development issuer's key must be an RSA key."
            raise TypeError(message)
        self.name = DEVELOPMENT
        self.keys = FixedKeys({issuer_key.id: private.public_key()})
        self._key_id = issuer_key.id
        self._private = private
        self._party = next(iter(settings.clerk.authorized_parties), settings.server.public_url)

    def token(self, clerk_id: str, *, lifetime: timedelta = timedelta(hours=12)) -> str:
        """Sign a session token for a Clerk id, whether or not such a customer exists; ValueError for more than a day."""
        if lifetime.total_seconds() > MAX_LIFETIME_SECONDS:
            message = f"A token is valid for at most {MAX_LIFETIME_SECONDS} seconds."
            raise ValueError(message)
        now = datetime.now(UTC)
        claims = {
            "iss": self.name, "sub": clerk_id, "iat": now, "nbf": now, "exp": now + lifetime,
            "azp": self._party, "sid": f"sess_{uuid4().hex}",
        }  # fmt: skip
        return jwt.encode(claims, self._private, ALGORITHM, {"kid": self._key_id, "cat": SESSION_TOKEN})
