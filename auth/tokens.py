"""From the bearer token of a request to its claims.

A token is checked in the same order whichever issuer it has: the header, the issuer it names, a key of that issuer, then the claims.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from auth.issuer import SESSION_TOKEN, DevelopmentIssuer
from auth.jwks import Keys, KeySet
from auth.refusals import ALGORITHM, MAX_LIFETIME_SECONDS, REQUIRED, TOKEN_BYTES, Reason, refuse
from settings import Settings

LEEWAY_SECONDS = 5
REMEMBERED = 2_000
END_OF_TIME = 253_402_300_799  # the last second of the year 9999
KEYS_OF_ITS_OWN = frozenset({"jku", "x5u", "jwk", "crit"})
JWS = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+\Z", re.ASCII)
KEY_ID = re.compile(r"[\w.-]{1,200}\Z", re.ASCII)
USER_ID = re.compile(r"user_\w{1,95}\Z", re.ASCII)
"""A Clerk user's id. Those of demo customers have an underscore, too."""
OTHER_ID = re.compile(r"[\w-]{1,100}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a verified token: the Clerk id, the issuer, the expiry, and who acts as the subject, if anybody."""

    subject: str
    issuer: str
    expires_at: datetime
    impersonator: str | None = None

    def seconds_left(self) -> float:
        """Give how long the token may be used: until it expires, or, if it already has, until the leeway ends."""
        left = (self.expires_at - datetime.now(UTC)).total_seconds()
        return left if left > 0 else left + LEEWAY_SECONDS


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A verified token: as good as verifying it again while the key is trusted and it has not expired."""

    claims: Claims
    expires: float
    keys: Keys
    key_id: str
    key: RSAPublicKey


class Verifier:
    """Verifies bearer tokens. `issuers` maps the claim `iss` to the keys of that issuer."""

    def __init__(self, issuers: Mapping[str, Keys], parties: Sequence[str] = ()) -> None:
        self._issuers = dict(issuers)
        self._parties = tuple(parties)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings, development: DevelopmentIssuer | None) -> Self:
        """Trust Clerk where it is configured, and the development issuer where there is one."""
        issuers: dict[str, Keys] = {}
        if settings.clerk.issuer:
            name = settings.clerk.issuer.rstrip("/")
            issuers[name] = KeySet(f"{name}/.well-known/jwks.json")
        if development is not None:
            issuers[development.name] = development.keys
        return cls(issuers, settings.clerk.authorized_parties)

    @property
    def key_sets(self) -> dict[str, KeySet]:
        """The key sets that are fetched, by issuer."""
        return {name: keys for name, keys in self._issuers.items() if isinstance(keys, KeySet)}

    async def verify(self, headers: Sequence[bytes]) -> Claims | None:
        """Verify the values of all Authorization headers; None where there is none, which is an anonymous viewer."""
        if not headers:
            return None
        token = _bearer(headers)
        digest = sha256(token).digest()
        known = self._remembered.get(digest)
        if known is not None:
            if time.time() < known.expires and known.keys.known(known.key_id) is known.key:
                self._remembered.move_to_end(digest)
                return known.claims
            del self._remembered[digest]
        verified = await self._verify(token.decode())
        self._remembered[digest] = verified
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return verified.claims

    async def close(self) -> None:
        """Stop what the key sets do in the background."""
        for keys in self._issuers.values():
            await keys.close()

    async def _verify(self, token: str) -> _Remembered:
        header, unverified = _decode_unverified(token)
        key_id = _check_header(header)
        issuer = unverified.get("iss")
        keys = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if keys is None:
            refuse(Reason.ISSUER_UNKNOWN)
        key = await keys.find(key_id)
        if key is None:
            refuse(Reason.KEY_UNKNOWN)
        return _Remembered(*self._checked(_verified(token, key)), keys, key_id, key)

    def _checked(self, claims: dict[str, Any]) -> tuple[Claims, float]:
        """Check what PyJWT does not: kinds of claims, the site that the token is for, the state of the session."""
        subject, expires, status = claims["sub"], claims["exp"], claims.get("sts", "")
        times = [claims[name] for name in ("exp", "iat", "nbf") if name in claims]
        if not all(map(_is_time, times)) or not _is_id(claims["sid"]) or not isinstance(status, str):
            refuse(Reason.CLAIM_MALFORMED)
        if not USER_ID.match(subject):
            refuse(Reason.SUBJECT_REFUSED)
        if expires - claims["iat"] > MAX_LIFETIME_SECONDS:
            refuse(Reason.LIFETIME_TOO_LONG)
        if self._parties and claims.get("azp") not in self._parties:
            refuse(Reason.PARTY_REFUSED)
        if "".join(status.split()).casefold() == "pending":
            refuse(Reason.SESSION_PENDING)
        expires_at = datetime.fromtimestamp(expires, UTC)
        return Claims(subject, claims["iss"], expires_at, _impersonator(claims)), float(expires)


def _bearer(headers: Sequence[bytes]) -> bytes:
    if len(headers) > 1:
        refuse(Reason.HEADER_REPEATED)
    scheme, _, token = headers[0].partition(b" ")
    token = token.strip(b" ")
    if scheme.lower() != b"bearer" or not token:
        refuse(Reason.NOT_BEARER)
    if len(token) > TOKEN_BYTES:
        refuse(Reason.TOKEN_TOO_LARGE)
    if not JWS.match(token):
        refuse(Reason.TOKEN_MALFORMED)
    return token


def _decode_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read header and claims without trusting them, to learn which key to verify them with."""
    try:
        opened = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        refuse(Reason.TOKEN_MALFORMED)
    return opened["header"], opened["payload"]


def _check_header(header: dict[str, Any]) -> str:
    """Give the key id of a header that asks for nothing unusual."""
    if header.get("alg") != ALGORITHM:
        refuse(Reason.ALGORITHM_REFUSED)
    if KEYS_OF_ITS_OWN & header.keys() or str(header.get("typ", "JWT")).upper() != "JWT":
        refuse(Reason.HEADER_REFUSED)
    if header.get("cat", SESSION_TOKEN) != SESSION_TOKEN:
        refuse(Reason.NOT_A_SESSION_TOKEN)
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not KEY_ID.match(key_id):
        refuse(Reason.KEY_UNKNOWN)
    return key_id


def _verified(token: str, key: RSAPublicKey) -> dict[str, Any]:
    """Let PyJWT check the signature, the times and that nothing is missing. `aud` is not used by session tokens."""
    try:
        return jwt.decode(
            token, key, [ALGORITHM], options={"require": REQUIRED, "verify_aud": False}, leeway=LEEWAY_SECONDS
        )
    except jwt.ExpiredSignatureError:
        refuse(Reason.TOKEN_EXPIRED)
    except jwt.ImmatureSignatureError:
        refuse(Reason.TOKEN_NOT_YET_VALID)
    except jwt.InvalidSignatureError:
        refuse(Reason.SIGNATURE_INVALID)
    except jwt.MissingRequiredClaimError:
        refuse(Reason.CLAIM_MISSING)
    except (jwt.PyJWTError, ValueError, RecursionError):
        refuse(Reason.CLAIM_MALFORMED)


def _impersonator(claims: dict[str, Any]) -> str | None:
    """Read who is signed in as the subject (RFC 8693, claim `act`)."""
    actor = claims.get("act")
    if actor is None:
        return None
    if not isinstance(actor, dict) or not _is_id(actor.get("sub")):
        refuse(Reason.CLAIM_MALFORMED)
    return str(actor["sub"])


def _is_id(value: object) -> bool:
    return isinstance(value, str) and OTHER_ID.match(value) is not None


def _is_time(value: object) -> bool:
    """Whether a claim is a NumericDate that a calendar has."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < END_OF_TIME
