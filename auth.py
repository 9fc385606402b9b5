"""Who asks: from the bearer token of a request to a viewer.

A token passes one path whoever issued it: the header, the issuer it names, a key of that issuer, then the claims.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import Any, NoReturn, Self
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import errors
from credentials import IssuerKey
from jwks import FixedKeys, Keys, KeySet
from models.customers import Role
from settings import Settings

RANK = {Role.CUSTOMER: 1, Role.SOLVER: 2, Role.ADMIN: 3, Role.OWNER: 4, Role.SERVICE: 0}

ALGORITHM = "RS256"
SESSION_TOKEN = "cl_B7d4PD111AAA"  # noqa: S105 - Clerk's public mark of session tokens, in the header `cat`
DEVELOPMENT = "clientele-development"
"""The issuer of development tokens, wherever the server listens: only its key says which server it is."""
LEEWAY_SECONDS = 5
TOKEN_BYTES = 8 * 1024
REMEMBERED = 2_000
END_OF_TIME = 253_402_300_799  # the last second of the year 9999
REQUIRED = ["exp", "iat", "iss", "sub"]
KEYS_OF_ITS_OWN = frozenset({"jku", "x5u", "jwk", "crit"})
JWS = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+\Z", re.ASCII)
KEY_ID = re.compile(r"[\w.-]{1,200}\Z", re.ASCII)
SUBJECT = re.compile(r"[\w-]{1,100}\Z", re.ASCII)


class Standing(IntEnum):
    """The kinds of viewer that policies tell apart; a statement is compiled once for each."""

    ANONYMOUS = 0
    CUSTOMER = 1
    SOLVER = 2
    """Like a customer, but for tickets and sessions."""
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks; `id` and `role` are None for an anonymous one. `new` are those whom this request registered."""

    id: UUID | None = None
    role: Role | None = None
    new: bool = False

    def reaches(self, role: Role) -> bool:
        """Whether this viewer may do what `role` may; SERVICE is reached only by itself and an owner."""
        if self.role is None:
            return False
        if role is Role.SERVICE:
            return self.role in {Role.SERVICE, Role.OWNER}
        return RANK[self.role] >= RANK[role]

    @property
    def standing(self) -> Standing:
        """The kind of viewer that this one is."""
        if self.id is None:
            return Standing.ANONYMOUS
        if self.reaches(Role.ADMIN):
            return Standing.ADMIN
        return Standing.SOLVER if self.reaches(Role.SOLVER) else Standing.CUSTOMER


ANONYMOUS = Viewer()


class Reason(StrEnum):
    """Why a bearer token is refused: the word for programs, the sentence for people."""

    sentence: str

    def __new__(cls, word: str, sentence: str) -> Self:
        """Make a word that carries its sentence."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        return member

    HEADER_REPEATED = "header_repeated", "Send one Authorization header, not several."
    NOT_BEARER = "not_bearer", "Send 'Authorization: Bearer' and a session token, or no such header at all."
    TOKEN_TOO_LARGE = "token_too_large", f"The token is larger than {TOKEN_BYTES} bytes."
    TOKEN_MALFORMED = "token_malformed", "This is not a complete JSON Web Token."
    ALGORITHM_REFUSED = "algorithm_refused", f"Only tokens signed with {ALGORITHM} are taken."
    HEADER_REFUSED = "header_refused", "The token's header names its own key, critical extensions or another type."
    NOT_A_SESSION_TOKEN = "not_a_session_token", "Send the session token, not one made from a JWT template."
    ISSUER_UNKNOWN = "issuer_unknown", "The token comes from an issuer that this server does not trust."
    KEY_UNKNOWN = "key_unknown", "The token's issuer does not have the key that the token names."
    SIGNATURE_INVALID = "signature_invalid", "The token's signature is not that of its issuer."
    TOKEN_EXPIRED = "token_expired", "The token has expired; ask Clerk for a new one and send the request again."
    TOKEN_NOT_YET_VALID = "token_not_yet_valid", "The token is not valid yet; look at the clock of its maker."
    CLAIM_MISSING = "claim_missing", f"The token must have the claims {', '.join(REQUIRED)}."
    CLAIM_MALFORMED = "claim_malformed", "A claim of the token is not of the kind that it must be."
    PARTY_REFUSED = "party_refused", "The token was made for another site (claim azp)."
    SESSION_PENDING = "session_pending", "The sign-in is not complete yet (claim sts); finish it first."
    ACCOUNT_DELETED = "account_deleted", "The account of this token was deleted."


def refuse(reason: Reason) -> NoReturn:
    """Refuse a token: 401, never anonymous access."""
    raise errors.Unauthenticated(reason.sentence, reason=reason)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: whose it is (the Clerk id), who says so, and until when."""

    subject: str
    issuer: str
    expires_at: datetime

    def seconds_left(self) -> float:
        """Tell how long it may be used: until it expires, or, where it has and was taken for its leeway, until that."""
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


class DevelopmentIssuer:
    """The server as its own issuer, where there is no Clerk (A2). Its tokens look like Clerk's."""

    def __init__(self, settings: Settings, issuer_key: IssuerKey) -> None:
        private = load_pem_private_key(issuer_key.pem.encode(), None)
        if not isinstance(private, RSAPrivateKey):
            message = "The development issuer's key must be an RSA key."
            raise TypeError(message)
        self.name = DEVELOPMENT
        self.keys = FixedKeys({issuer_key.id: private.public_key()})
        self._key_id = issuer_key.id
        self._private = private
        self._party = next(iter(settings.clerk_authorized_parties), settings.public_url)

    def token(self, clerk_id: str, *, lifetime: timedelta = timedelta(hours=12)) -> str:
        """Sign a session token for a Clerk id; whether there is such a customer does not matter."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.name, "sub": clerk_id, "iat": now, "nbf": now, "exp": now + lifetime,
            "azp": self._party, "sid": f"sess_{uuid4().hex}",
        }  # fmt: skip
        return jwt.encode(claims, self._private, ALGORITHM, {"kid": self._key_id, "cat": SESSION_TOKEN})


class Verifier:
    """Tells whose token a request bears. `issuers` maps the claim `iss` to where that issuer's keys are."""

    def __init__(self, issuers: Mapping[str, Keys], parties: Sequence[str] = ()) -> None:
        self._issuers = dict(issuers)
        self._parties = tuple(parties)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings, development: DevelopmentIssuer | None) -> Self:
        """Trust Clerk where it is configured, and the development issuer where there is one."""
        issuers: dict[str, Keys] = {}
        if settings.clerk_issuer:
            name = settings.clerk_issuer.rstrip("/")
            issuers[name] = KeySet(f"{name}/.well-known/jwks.json")
        if development is not None:
            issuers[development.name] = development.keys
        return cls(issuers, settings.clerk_authorized_parties)

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
        header, unverified = _opened(token)
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
        subject, expires = claims["sub"], claims["exp"]
        times = [claims[name] for name in ("exp", "iat", "nbf") if name in claims]
        if not SUBJECT.match(subject) or not all(map(_is_time, times)):
            refuse(Reason.CLAIM_MALFORMED)
        if self._parties and claims.get("azp") not in self._parties:
            refuse(Reason.PARTY_REFUSED)
        if claims.get("sts") == "pending":
            refuse(Reason.SESSION_PENDING)
        return Claims(subject, claims["iss"], datetime.fromtimestamp(expires, UTC)), float(expires)


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


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
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


def _is_time(value: object) -> bool:
    """Whether a claim is a NumericDate that a calendar has."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < END_OF_TIME
