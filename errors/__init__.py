"""What can be expected to go wrong, as a tree.

KnownError                a state of the world; built from facts, writes its own sentence
├── UserErrorException    the user can correct it: an item of the payload's `userErrors`
│   ├── InvalidInput, NotFound, NotAllowed, SignedOut, RateLimited
│   ├── errors.customers  UnsupportedLanguage, UsernameTaken, UsernameInvalid, LastOwner
│   └── errors.tickets    PhoneMismatch, TicketAlreadyClaimed, IllegalTicketTransition,
│                         IllegalSupportSessionTransition, SessionAlreadyRated
└── RequestError          the request itself cannot be answered: a GraphQL error with `extensions.code`
    └── BadInput, Unauthenticated, Forbidden, Conflict, TooMany, TooSlow, Unavailable

What is not in this tree is a bug: `INTERNAL` with a reference for the client, the rest in the log.
"""

from enum import StrEnum
from math import ceil
from typing import ClassVar

MAX_ECHO_CHARS = 100


class Code(StrEnum):
    """Machine-readable reasons; the same words in `extensions.code` and in `UserError.code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_COMPLEX = "TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self in {Code.RATE_LIMITED, Code.TIMEOUT, Code.UNAVAILABLE, Code.INTERNAL}


class KnownError(Exception):
    """Something that we knew could happen. `str()` is a sentence for people."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self.code.retryable


class UserErrorException(KnownError):
    """A user error. `field` is the path of the input that it is about, in the names of the graph."""

    graphql_type: ClassVar[str]

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = ["input", *field] if field else None


class InvalidInput(UserErrorException):
    """A value that breaks a rule which the sentence tells."""

    graphql_type = "InvalidInputError"


class NotFound(UserErrorException):
    """What an id names is not there, or not for this viewer: the two look the same."""

    graphql_type = "NotFoundError"
    code = Code.NOT_FOUND

    def __init__(self, what: str, id: str, *field: str) -> None:
        super().__init__(f"There is no such {what}. It may have gone, or its id is not complete.", *field)
        self.id = id[:MAX_ECHO_CHARS]


class NotAllowed(UserErrorException):
    """The viewer's role does not reach."""

    graphql_type = "NotAllowedError"
    code = Code.FORBIDDEN

    def __init__(self, message: str, required_role: str | None = None) -> None:
        super().__init__(message)
        self.required_role = required_role


class SignedOut(UserErrorException):
    """The action needs somebody who is signed in."""

    graphql_type = "SignedOutError"
    code = Code.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Sign in first: this action belongs to an account.")


class RateLimited(UserErrorException):
    """Enough for now; `retry_after` is in whole seconds."""

    graphql_type = "RateLimitedError"
    code = Code.RATE_LIMITED

    def __init__(self, what: str, seconds: float) -> None:
        self.retry_after = max(1, ceil(seconds))
        wait = f"{ceil(self.retry_after / 60)} minutes" if self.retry_after > 60 else f"{self.retry_after} seconds"  # noqa: PLR2004 - of a minute
        super().__init__(f"{what} Try again in {wait}.")


class RequestError(KnownError):
    """A GraphQL error: the request as such cannot be answered. `reason` is for programs, finer than the code."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class BadInput(RequestError):
    """The client's code sent what no person could mend: a bad cursor, page size, character."""


class Unauthenticated(RequestError):
    """A bearer token that cannot be trusted; never treated as anonymous."""

    code = Code.UNAUTHENTICATED


class Forbidden(RequestError):
    """The request comes from where none may come from."""

    code = Code.FORBIDDEN


class Conflict(RequestError):
    """The request contradicts one that was already answered."""

    code = Code.CONFLICT


class Unavailable(RequestError):
    """The database cannot be reached, or has no connection left, just now."""

    code = Code.UNAVAILABLE


class TooMany(RequestError):
    """As much is under way for this client as may be at once."""

    code = Code.RATE_LIMITED


class TooSlow(RequestError):
    """The operation was stopped when its time was over."""

    code = Code.TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The operation took longer than {seconds:g} seconds and was stopped.")
