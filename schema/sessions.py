"""Support sessions, their ratings, and solvers."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from errors import InvalidInput, NotAllowed, NotFound
from errors.tickets import IllegalSupportSessionTransition, IllegalTicketTransition, SessionAlreadyRated
from execution.field_metadata import ListSize
from inputs.scalars import URL
from loaders import sessions as found
from loaders.payments import PaymentsBySession
from loaders.tickets import TicketOfSession
from models import transitions
from models.customers import Role
from models.sessions import MAX_SESSIONS, SupportSessionStatus, SupportTier
from policy.audiences import Audience
from resolvers import customers, sessions, solvers
from schema.connections import Connection, ConnectionOf, Edge, Node
from schema.errors import Payload
from schema.fields import connection, edge, field, mutation, opening
from schema.mutations import mutations
from schema.prices import Money

if TYPE_CHECKING:
    from schema.payments import Payment
    from schema.tickets import Ticket

TicketRef = Annotated["Ticket", strawberry.lazy("schema.tickets")]
PaymentRef = Annotated["Payment", strawberry.lazy("schema.payments")]
SolverRef = Annotated["Solver", strawberry.lazy("schema.sessions")]
SupportRef = Annotated["SupportProfile", strawberry.lazy("schema.sessions")]
SupportSessionPage = ConnectionOf[Annotated["SupportSession", strawberry.lazy("schema.sessions")]]


@strawberry.type(
    description="A person who solves tickets, as customers see them. Separate from the person's account: it shows a name "
    "and a picture, never the username, and stays when the account is deleted."
)
class Solver(Node):
    """The source is a row of `loaders.sessions.SOLVER`."""

    name: str = field("The solver's name. `Support` if they have none, `Former solver` if their account was deleted.")
    avatar_url: URL | None = field("The URL of the solver's picture. Null if there is none.", resolver=customers.avatar)
    average_rating: float | None = field("The average of all ratings, from 1 to 5. Null if there are no ratings yet.")
    ratings_count: int = field("The number of support sessions with this solver that were rated.")
    completed_sessions: int = field("The number of support sessions that this solver has completed.")
    viewer_has_favorited: bool | None = field(
        "Whether the solver is one of the viewer's favorites, see `addFavoriteSolver`. Null if the viewer is not signed in.",
        resolver=solvers.viewer_has_favorited,
    )


@strawberry.type(description="A solver in a list of favorites.")
class SolverEdge(Edge[SolverRef]):
    """An edge of favorites."""

    chosen_at: datetime = field("When the customer added the solver to their favorites.")


@strawberry.type(description="A page of solvers.")
class SolverConnection(Connection[SolverEdge, SolverRef]):
    """A connection has no fields of its own."""


SolverPage = Annotated["SolverConnection", strawberry.lazy("schema.sessions")]


@strawberry.type(description="A customer's rating of a support session.")
class SupportSessionRating:
    """The source is a rating's row."""

    stars: int = field("From 1 (bad) to 5 (excellent).")
    comment: str | None = field("What the customer wrote. Null if they wrote nothing.")
    rated_at: datetime = field("When the session was rated.")


@strawberry.type(
    description="A period in which a solver works on a ticket. A ticket can have several sessions, but only one of them "
    "is active at a time."
)
class SupportSession(Node):
    """The source is a session's row."""

    ticket: TicketRef = edge(TicketOfSession, "ticket_id", "The ticket that the session is about.")
    solver: Solver | None = edge(
        found.SolverAtWork,
        "solver_id",
        "The solver who started the session. Null if the viewer has blocked this solver, or this solver has blocked the viewer.",
    )
    status: SupportSessionStatus = field("The status of the session.")
    tier: SupportTier = field("How long the session is expected to take.")
    started_at: datetime = field("When the session started.")
    ended_at: datetime | None = field("When the session was completed or cancelled. Null while it is active.")
    duration_seconds: int | None = field("How many seconds the session took. Null while it is active.")
    notes: str | None = field(
        "What the solver wrote about the session when completing it. The customer can read it. Null if there is nothing."
    )
    rating: SupportSessionRating | None = edge(
        found.RatingBySession, "id", "The customer's rating of this session. Null if it was not rated."
    )
    price: Money | None = field(
        "What a session of this tier costs, if its payment is created now. A payment that was created before keeps its own "
        "amount. Null if sessions of this tier cost nothing.",
        resolver=sessions.price,
    )
    payments: list[PaymentRef] = edge(
        PaymentsBySession,
        "id",
        "The payment of the session, as a list of at most one. Empty until a payment is created, and for viewers who cannot see it.",
        size=ListSize(1),
    )
    viewer_can_complete: bool = field("Whether the viewer can complete the session with `completeSession`.")
    viewer_can_cancel: bool = field("Whether the viewer can cancel the session with `cancelSession`.")
    viewer_can_rate: bool = field(
        "Whether the viewer can rate the session with `rateSession`. False once it has been rated."
    )
    viewer_can_pay: bool = field(
        "Whether the viewer can pay the session with `createPayment`.", resolver=sessions.viewer_can_pay
    )


@strawberry.type(description="A summary of the support that a customer has received.")
class SupportProfile:
    """The source is counted for the customer."""

    total_sessions: int = field("The number of sessions on the customer's tickets, cancelled ones included.")
    completed_sessions: int = field("The number of completed sessions on the customer's tickets.")
    favorite_solvers: SolverPage = connection(
        found.FavoriteSolvers,
        "id",
        "The customer's favorite solvers, the newest first. Solvers that the viewer has blocked, and solvers that "
        "have blocked the viewer, are not in the list.",
    )


@strawberry.type
class OnCustomer:
    """What support sessions and solvers add to a customer."""

    support: SupportRef | None = edge(
        found.SupportByCustomer,
        "id",
        "A summary of the support that this customer has received.",
        audience=Audience.SELF,
    )
    sessions: SupportSessionPage | None = opening(
        sessions.of_customer,
        "id",
        "The support sessions on this customer's tickets, the newest first.",
        pages_of=found.SessionsByCustomer,
        audience=Audience.SELF,
    )


@strawberry.type(description="The result of a mutation that changes a support session.")
class SessionPayload(Payload):
    """What these payloads share."""

    session: SupportSession | None = field("The session after the change. Null if the mutation failed.")


@strawberry.type(description="The result of a mutation that changes the viewer's favorite solvers.")
class FavoritesPayload(Payload):
    """What these payloads share."""

    support: SupportProfile | None = field(
        "The viewer's support profile, with their favorite solvers after the change. Null if the mutation failed."
    )


@strawberry.type(description="The result of `addFavoriteSolver`.")
class AddFavoriteSolverPayload(FavoritesPayload):
    """The solver is new."""

    solver: Solver | None = field("The solver who is a favorite now. Null if the mutation failed.")


@strawberry.type(description="The result of `removeFavoriteSolver`.")
class RemoveFavoriteSolverPayload(FavoritesPayload):
    """The solver is gone."""

    solver: Solver | None = field("The solver who is no longer a favorite. Null if the mutation failed.")
    removed: bool | None = field("Whether the solver was a favorite before. Null if the mutation failed.")


@mutations
class Mutations:
    """The mutations of support sessions and favorite solvers."""

    start_session: SessionPayload = mutation(
        sessions.start,
        f"Starts a support session on a ticket. A ticket can have at most {MAX_SESSIONS} sessions. If the viewer "
        "has started one that is still active, that session is returned as it is. "
        f"{transitions.describe('startSession')}",
        access=Role.SOLVER,
        errors=(InvalidInput, NotFound, NotAllowed, IllegalTicketTransition),
    )
    complete_session: SessionPayload = mutation(
        sessions.complete,
        "Completes an active support session. Repeating the mutation with the same input has no further effect; other `notes` "
        f"or another `resolved` are an error. {transitions.describe('completeSession')}",
        access=Role.SOLVER,
        errors=(InvalidInput, NotFound, NotAllowed, IllegalTicketTransition, IllegalSupportSessionTransition),
    )
    cancel_session: SessionPayload = mutation(
        sessions.cancel,
        "Cancels an active support session without completing it. The ticket stays with its solver. A session that is "
        "cancelled already is returned as it is. "
        f"{transitions.describe('cancelSession')}",
        access=Role.SOLVER,
        errors=(NotFound, NotAllowed, IllegalTicketTransition, IllegalSupportSessionTransition),
    )
    rate_session: SessionPayload = mutation(
        sessions.rate,
        "Rates a completed support session on one of the viewer's tickets. A session can be rated once, and the rating cannot be changed: repeating the mutation with the same rating has no further effect, another rating is an error.",
        errors=(InvalidInput, NotFound, NotAllowed, SessionAlreadyRated),
    )
    add_favorite_solver: AddFavoriteSolverPayload = mutation(
        solvers.add_favorite,
        "Adds a solver to the viewer's favorites. Nothing changes if the solver is a favorite already. A new ticket can "
        "ask for a favorite by `requestedSolverId`.",
        errors=(NotFound,),
    )
    remove_favorite_solver: RemoveFavoriteSolverPayload = mutation(
        solvers.remove_favorite,
        "Removes a solver from the viewer's favorites. Nothing changes if the solver is not a favorite.",
        errors=(NotFound,),
    )
