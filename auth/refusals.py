"""Why a bearer token is refused."""

from enum import StrEnum
from typing import NoReturn, Self

import errors

ALGORITHM = "RS256"
TOKEN_BYTES = 8 * 1024
MAX_LIFETIME_SECONDS = 24 * 60 * 60
REQUIRED = ["exp", "iat", "iss", "sub", "sid"]


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
    LIFETIME_TOO_LONG = "lifetime_too_long", "The token is valid for more than a day (claims iat and exp)."
    SUBJECT_REFUSED = "subject_refused", "The token is not for a Clerk user (claim sub)."
    PARTY_REFUSED = "party_refused", "The token was made for another site (claim azp)."
    SESSION_PENDING = "session_pending", "The sign-in is not complete yet (claim sts); finish it first."
    ACCOUNT_DELETED = "account_deleted", "The account of this token was deleted."


def refuse(reason: Reason) -> NoReturn:
    """Refuse a token: 401, never anonymous access."""
    raise errors.Unauthenticated(reason.sentence, reason=reason)
