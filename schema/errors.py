"""User errors: what a person can mend, as data in the payload of a mutation."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from graphql import GraphQLAbstractType

from errors import Code
from errors.customers import UsernameRule
from inputs import enums  # noqa: F401 - makes the enums part of the graph
from inputs.scalars import LanguageTag
from loaders.sessions import SolverAtWork
from models.customers import Role
from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus
from schema.fields import UserErrorSource, edge, field

if TYPE_CHECKING:
    from schema.sessions import Solver

SolverRef = Annotated["Solver", strawberry.lazy("schema.sessions")]


@strawberry.interface(description="Something that the person can mend. Each implementor carries what helps to do so.")
class UserError:
    """The interface; its sources are `errors.Problem`s that were told."""

    message: str = field("A sentence for people that says what happened and what to do.")
    code: Code = field("The kind of error, for programs.")
    retryable: bool = field("Whether the same request may succeed later without a change.")
    field: list[str] | None = field("The path of the input value that it is about, such as [input, username].")

    @classmethod
    def resolve_type(cls, problem: UserErrorSource, _info: Any, _type: GraphQLAbstractType) -> str:
        """Problems know what they are."""
        return problem.graphql_type

    @classmethod
    def is_type_of(cls, _problem: Any, _info: Any) -> bool:
        """`resolve_type` has decided already."""
        return True


@strawberry.type(description="A value that breaks a rule; the message tells which.")
class InvalidInputError(UserError):
    """`errors.InvalidInput`."""


@strawberry.type(description="What an id names is not there, or not for this viewer: the two look the same.")
class NotFoundError(UserError):
    """`errors.NotFound`."""

    id: str = field("The id as it was sent, cut after 100 characters.")


@strawberry.type(description="The viewer may not do this.")
class NotAllowedError(UserError):
    """`errors.NotAllowed` and its kin."""

    required_role: Role | None = field("The role that may, where a role is what is missing.")


@strawberry.type(description="The action belongs to an account: sign in first.")
class SignedOutError(UserError):
    """`errors.SignedOut`."""


@strawberry.type(description="The shop is not translated to this language.")
class UnsupportedLanguageError(UserError):
    """`errors.UnsupportedLanguage`."""

    supported_languages: list[LanguageTag] = field("The languages that can be chosen.")


@strawberry.type(description="Somebody has this username already, in whatever letter case.")
class UsernameTakenError(UserError):
    """`errors.UsernameTaken`."""

    suggestion: str = field("A username like it that is free.")


@strawberry.type(description="A username that breaks the rules of usernames.")
class UsernameInvalidError(UserError):
    """`errors.UsernameInvalid`."""

    rule: UsernameRule = field("The rule that it breaks.")


@strawberry.type(
    description="No ticket fits what was given; which part is wrong is not told, so that nobody can guess."
)
class PhoneMismatchError(UserError):
    """`errors.PhoneMismatch`."""


@strawberry.type(description="Somebody has the ticket: another solver, who was faster, or the viewer already.")
class TicketAlreadyClaimedError(UserError):
    """`errors.TicketAlreadyClaimed`."""

    claimed_at: datetime = field("Since when.")
    claimed_by: SolverRef | None = edge(
        SolverAtWork, "solver_id", "Who has it. Null where the viewer and the solver have a block between them."
    )


@strawberry.type(description="The status of the ticket does not allow this change.")
class IllegalTicketTransitionError(UserError):
    """`errors.IllegalTicketTransition`."""

    from_: TicketStatus = field("The present status of the ticket.", name="from")
    to: TicketStatus = field("The status that the ticket would have got.")


@strawberry.type(description="The status of the support session does not allow this change.")
class IllegalSupportSessionTransitionError(UserError):
    """`errors.IllegalSupportSessionTransition`."""

    from_: SupportSessionStatus = field("The present status of the session.", name="from")
    to: SupportSessionStatus = field("The status that the session would have got.")


@strawberry.type(description="The viewer rated this session before; a rating stays.")
class SessionAlreadyRatedError(UserError):
    """`errors.SessionAlreadyRated`."""

    stars: int = field("With how many stars.")
    rated_at: datetime = field("When that was.")


@strawberry.type(description="Too often within too short a time.")
class RateLimitedError(UserError):
    """`errors.RateLimited`."""

    retry_after: int = field("How many seconds to wait before the same request may succeed.")


@strawberry.type(description="What came of a mutation.")
class Payload:
    """G3: what every payload has."""

    user_errors: list[UserError] = field("What the person can mend; empty where all went well.")


TYPES = UserError.__subclasses__()
