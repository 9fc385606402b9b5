"""What can be expected to go wrong, as a tree.

KnownError                built from facts, writes its own sentence for people
├── UserErrorException    the user can correct it: an item of the payload's `userErrors`, with a GraphQL type of its own
│   ├── InvalidInput, NotFound, NotAllowed, SignedOut, LimitReached, RateLimited
│   └── errors.<area>     what can go wrong in one area, for example errors.customers.UsernameTaken
├── errors.collection     UserErrors: all mistakes of one input
└── RequestError          the request itself cannot be answered: a GraphQL error with `extensions.code`
    └── BadInput, Unauthenticated, Forbidden, Conflict, TooMany, RateExceeded, TooLarge, TooSlow, Unavailable

What is not in this tree is a bug: the client gets `INTERNAL` with a reference, the details are in the log.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Annotated, ClassVar

from execution.outage import Outage

MAX_ECHO_CHARS = 100


class Code(StrEnum):
    """Kinds of error for programs: all values of `extensions.code` in GraphQL errors."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_COMPLEX = "TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self in {Code.RATE_LIMITED, Code.TIMEOUT, Code.UNAVAILABLE, Code.INTERNAL}


class UserErrorCode(StrEnum):
    """Those codes that user errors have."""

    UNAUTHENTICATED = Code.UNAUTHENTICATED
    FORBIDDEN = Code.FORBIDDEN
    NOT_FOUND = Code.NOT_FOUND
    BAD_USER_INPUT = Code.BAD_USER_INPUT
    CONFLICT = Code.CONFLICT
    RATE_LIMITED = Code.RATE_LIMITED
    UNAVAILABLE = Code.UNAVAILABLE


@dataclass(frozen=True)
class GraphType:
    """The type of a user error's fact in the graph, where it is not that of the annotation: a scalar or an enum.

    For an object type the fact is the object's key, and `name` is the field that leads to the object. Its nullability
    and whether it is a list are still those of the annotation.
    """

    type: str
    name: str | None = None


class KnownError(Exception):
    """An error that was foreseen. `str()` is a sentence for people."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self.code.retryable


class UserErrorException(KnownError):
    """Something that the user can correct: an item of `userErrors` in the payload of a mutation.

    A class directly below this one is a type of the graph, named like the class with `Error` behind it. Its docstring is
    the description of the type, and its annotations are the fields beside those of the interface `UserError`:
    `Annotated[type, description]`, with a `GraphType` where the type of the graph cannot be seen from the annotation.
    A class further below is given to clients as the type of its parent.
    """

    graphql_type: ClassVar[str]

    def __init__(self, message: str, *field: str) -> None:
        """`field` is the path of the input value at fault, in the names of the graph."""
        super().__init__(message)
        self.field = ["input", *field] if field else None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        UserErrorCode(cls.code)  # raises ValueError for a code that user errors do not have
        if UserErrorException in cls.__bases__:
            cls.graphql_type = f"{cls.__name__}Error"


class InvalidInput(UserErrorException):
    """A value breaks a rule. `message` says which rule, `field` where the value is."""


class NotFound(UserErrorException):
    """The input has an id of something that does not exist, or that this viewer may not see: the two look the same."""

    code = Code.NOT_FOUND
    id: Annotated[str, "The id as it was sent, cut after 100 characters."]

    def __init__(self, what: str, id: str, *field: str) -> None:
        super().__init__(f"This {what} does not exist, or you cannot see it. Check that the id is complete.", *field)
        self.id = id[:MAX_ECHO_CHARS]


class NotAllowed(UserErrorException):
    """The viewer may not do this."""

    code = Code.FORBIDDEN
    required_role: Annotated[
        str | None, "The role that may do this. Null if the reason is not the viewer's role.", GraphType("Role")
    ]

    def __init__(self, message: str, required_role: str | None = None, *field: str) -> None:
        super().__init__(message, *field)
        self.required_role = required_role


class SignedOut(UserErrorException):
    """The request is anonymous, and this needs an account: sign in first."""

    code = Code.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Sign in first: this needs an account.")


def _in_words(seconds: int) -> str:
    if seconds > 60:  # noqa: PLR2004 - in a minute
        return f"{ceil(seconds / 60)} minutes"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


class RateLimited(UserErrorException):
    """Too many attempts in a short time."""

    code = Code.RATE_LIMITED
    retry_after: Annotated[int, "After how many seconds the same request may succeed."]

    def __init__(self, what: str, seconds: float) -> None:
        self.retry_after = max(1, ceil(seconds))
        super().__init__(f"{what} Try again in {_in_words(self.retry_after)}.")


class LimitReached(UserErrorException):
    """The viewer has reached the maximum number, for example of wishlists."""

    code = Code.CONFLICT
    limit: Annotated[int, "The maximum number."]

    def __init__(self, message: str, limit: int, *field: str) -> None:
        super().__init__(message, *field)
        self.limit = limit


class RequestError(KnownError):
    """A GraphQL error: the request cannot be answered. `reason` is for programs, finer than the code."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class BadInput(RequestError):
    """The client's code sent what its user cannot correct: a bad cursor, page size, character."""


class Unauthenticated(RequestError):
    """A bearer token that cannot be trusted; never treated as anonymous."""

    code = Code.UNAUTHENTICATED


class Forbidden(RequestError):
    """The request comes from an origin that may not send any."""

    code = Code.FORBIDDEN


class Conflict(RequestError):
    """The request contradicts one that was already answered."""

    code = Code.CONFLICT


class Unavailable(RequestError, Outage):
    """The database cannot be reached, or has no free connection, at the moment."""

    code = Code.UNAVAILABLE


class TooMany(RequestError):
    """The client has as many operations or subscriptions open as it may have at once."""

    code = Code.RATE_LIMITED


class RateExceeded(TooMany):
    """The client has used up its points for operations."""

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(1, ceil(seconds))
        super().__init__(f"You have used up your points for operations. Try again in {_in_words(self.retry_after)}.")


class TooLarge(RequestError):
    """The operation was stopped, since it reads or returns too much."""

    code = Code.TOO_COMPLEX

    def __init__(self, what: str) -> None:
        """`what` begins the sentence."""
        super().__init__(f"{what} and was stopped. Use a smaller `first`, or several operations.")


class TooSlow(RequestError):
    """The operation was stopped when its time limit was reached."""

    code = Code.TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The operation took longer than {seconds:g} seconds and was stopped.")
