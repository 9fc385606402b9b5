"""What can be expected to go wrong, as a tree.

Expected                      a state of the world; built from facts, writes its own sentence
├── Problem                   the person can mend it: an item of the payload's `userErrors`
│   ├── InvalidInput          ├── NotFound            ├── NotAllowed        ├── SignedOut
│   ├── UnsupportedLanguage   ├── UsernameTaken       ├── UsernameInvalid   ├── LastOwner
│   ├── PhoneMismatch         ├── RateLimited
│   └── TicketAlreadyClaimed  ├── IllegalTransition   └── SessionAlreadyRated
└── Refusal                   the client's code, or the moment, is wrong: a GraphQL error with `extensions.code`
    ├── BadInput              ├── Unauthenticated     ├── Forbidden         ├── Conflict
    ├── TooMany               ├── TooSlow             └── Unavailable

What is not in this tree is a bug: `INTERNAL` with a reference for the client, the rest in the log.
"""

from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import ClassVar
from uuid import UUID

ECHO = 100


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


class Expected(Exception):
    """Something that we knew could happen. `str()` is a sentence for people."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without a change."""
        return self.code.retryable


class Problem(Expected):
    """A user error. `field` is the path of the input that it is about, in the names of the graph."""

    graphql_type: ClassVar[str]

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = ["input", *field] if field else None


class InvalidInput(Problem):
    """A value that breaks a rule which the sentence tells."""

    graphql_type = "InvalidInputError"


class NotFound(Problem):
    """What an id names is not there, or not for this viewer: the two look the same."""

    graphql_type = "NotFoundError"
    code = Code.NOT_FOUND

    def __init__(self, what: str, id: str, *field: str) -> None:
        super().__init__(f"There is no such {what}. It may have gone, or its id is not complete.", *field)
        self.id = id[:ECHO]


class NotAllowed(Problem):
    """The viewer's role does not reach."""

    graphql_type = "NotAllowedError"
    code = Code.FORBIDDEN

    def __init__(self, message: str, required_role: str | None = None) -> None:
        super().__init__(message)
        self.required_role = required_role


class SignedOut(Problem):
    """The action needs somebody who is signed in."""

    graphql_type = "SignedOutError"
    code = Code.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Sign in first: this action belongs to an account.")


class UnsupportedLanguage(Problem):
    """A language that this shop is not translated to."""

    graphql_type = "UnsupportedLanguageError"

    def __init__(self, language: str, supported: tuple[str, ...], *field: str) -> None:
        super().__init__(
            f"'{language[:35]}' is not a supported language; choose one of {', '.join(supported)}.", *field
        )
        self.supported_languages = list(supported)


class UsernameTaken(Problem):
    """Somebody has the name, in whatever letter case. `suggestion` is free."""

    graphql_type = "UsernameTakenError"
    code = Code.CONFLICT

    def __init__(self, username: str, suggestion: str) -> None:
        super().__init__(f"The username '{username}' is taken; '{suggestion}' is free.", "username")
        self.suggestion = suggestion


class UsernameInvalid(Problem):
    """A name that breaks the rules of usernames; `rule` says which."""

    graphql_type = "UsernameInvalidError"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message, "username")
        self.rule = rule


class LastOwner(Problem):
    """The shop must keep one owner."""

    graphql_type = "NotAllowedError"
    code = Code.CONFLICT
    required_role = "OWNER"

    def __init__(self) -> None:
        super().__init__("This is the last owner. Make somebody else an owner first.", "role")


class PhoneMismatch(Problem):
    """A ticket's phone number or reference does not fit, or there is no such ticket to link: all look the same."""

    graphql_type = "PhoneMismatchError"

    def __init__(self) -> None:
        message = (
            "No ticket fits. Give the phone number it was sent with, and its reference, as the confirmation has them."
        )
        super().__init__(message, "phoneNumber")


class TicketAlreadyClaimed(Problem):
    """Another solver was faster, or the viewer has it already: `who` begins the sentence."""

    graphql_type = "TicketAlreadyClaimedError"
    code = Code.CONFLICT

    def __init__(self, who: str, solver_id: UUID, claimed_at: datetime) -> None:
        super().__init__(f"{who} had this ticket since {claimed_at:%Y-%m-%d %H:%M:%S} UTC.", "ticketId")
        self.solver_id = solver_id
        self.claimed_at = claimed_at


class IllegalTransition(Problem):
    """A ticket or session does not stand where this can be done to it; `possible` says where it could."""

    graphql_type = "IllegalTransitionError"
    code = Code.CONFLICT

    def __init__(self, what: str, now: str, to: str, possible: str) -> None:
        message = f"This {what} is {now} and cannot become {to}; that is for one that is {possible}."
        super().__init__(message, f"{what}Id")
        self.from_ = str(now)
        self.to = str(to)


class SessionAlreadyRated(Problem):
    """A session is rated once."""

    graphql_type = "SessionAlreadyRatedError"
    code = Code.CONFLICT

    def __init__(self, stars: int, rated_at: datetime) -> None:
        super().__init__(f"You rated this session on {rated_at:%Y-%m-%d}, with {stars} of 5 stars.", "sessionId")
        self.stars = stars
        self.rated_at = rated_at


class RateLimited(Problem):
    """Enough for now; `retry_after` is in whole seconds."""

    graphql_type = "RateLimitedError"
    code = Code.RATE_LIMITED

    def __init__(self, what: str, seconds: float) -> None:
        self.retry_after = max(1, ceil(seconds))
        wait = f"{ceil(self.retry_after / 60)} minutes" if self.retry_after > 60 else f"{self.retry_after} seconds"  # noqa: PLR2004 - of a minute
        super().__init__(f"{what} Try again in {wait}.")


class Refusal(Expected):
    """A GraphQL error: the request as such cannot be answered. `reason` is for programs, finer than the code."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class BadInput(Refusal):
    """The client's code sent what no person could mend: a bad cursor, page size, character."""


class Unauthenticated(Refusal):
    """A bearer token that cannot be trusted; never treated as anonymous."""

    code = Code.UNAUTHENTICATED


class Forbidden(Refusal):
    """The request comes from where none may come from."""

    code = Code.FORBIDDEN


class Conflict(Refusal):
    """The request contradicts one that was already answered."""

    code = Code.CONFLICT


class Unavailable(Refusal):
    """The database cannot be reached, or has no connection left, just now."""

    code = Code.UNAVAILABLE


class TooMany(Refusal):
    """As much is under way for this client as may be at once."""

    code = Code.RATE_LIMITED


class TooSlow(Refusal):
    """The operation was stopped when its time was over."""

    code = Code.TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The operation took longer than {seconds:g} seconds and was stopped.")
