"""Sessions, the solvers who hold them, and what customers think of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from errors import InvalidInput, NotAllowed, NotFound
from errors.tickets import IllegalTransition, SessionAlreadyRated
from inputs.scalars import URL
from loaders import sessions as found
from loaders.tickets import TicketOfSession
from models import transitions
from models.sessions import SessionStatus, SessionTier
from resolvers import customers, sessions, solvers
from schema.connections import Connection, Edge, Node
from schema.errors import Payload
from schema.fields import connection, edge, field, mutation

if TYPE_CHECKING:
    from schema.tickets import Ticket

TicketRef = Annotated["Ticket", strawberry.lazy("schema.tickets")]
SessionRef = Annotated["Session", strawberry.lazy("schema.sessions")]
SolverRef = Annotated["Solver", strawberry.lazy("schema.sessions")]


@strawberry.type(
    description="Somebody who solves tickets, as customers get to know them. It tells nothing of their account but name "
    "and picture, and stays when the account is gone."
)
class Solver(Node):
    """T5, T6."""

    name: str = field(
        "What to call them: 'Support' where they have given no name, 'Former solver' where the account is gone."
    )
    avatar_url: URL | None = field("The picture; null where there is none.", resolver=customers.avatar)
    average_rating: float | None = field("The mean of all stars, 1 to 5; null while nobody has rated them.")
    ratings_count: int = field("How many sessions with them were rated.")
    completed_sessions: int = field("How many sessions they completed.")


@strawberry.type(description="A solver in a list.")
class SolverEdge(Edge[SolverRef]):
    """Relay."""

    chosen_at: datetime = field("When the customer made them a favourite.")


@strawberry.type(description="A page of solvers.")
class SolverConnection(Connection[SolverEdge, SolverRef]):
    """Relay."""


SolverPage = Annotated["SolverConnection", strawberry.lazy("schema.sessions")]


@strawberry.type(description="What the customer thought of a session.")
class SessionRating:
    """T6."""

    stars: int = field("1 (bad) to 5 (excellent).")
    comment: str | None = field("What they said, if anything.")
    rated_at: datetime = field("When they said it.")


@strawberry.type(description="A stretch of work on a ticket. A ticket may have several, one at a time.")
class Session(Node):
    """T5."""

    ticket: TicketRef = edge(TicketOfSession, "ticket_id", "What it is about.")
    solver: Solver | None = edge(
        found.SolverAtWork,
        "solver_id",
        "Who works on it. Null where the viewer and the solver have a block between them; the work goes on.",
    )
    status: SessionStatus = field("Where it stands.")
    tier: SessionTier = field("How much time it is meant to take.")
    started_at: datetime = field("When it began.")
    ended_at: datetime | None = field("When it was completed or cancelled; null while it is active.")
    duration_seconds: int | None = field("How long it took; null while it is active.")
    notes: str | None = field("What the solver wrote of it when completing it. The customer can read it.")
    rating: SessionRating | None = edge(
        found.RatingBySession, "id", "What the customer thought of it; null until they say so."
    )


@strawberry.type(description="A session in a list.")
class SessionEdge(Edge[SessionRef]):
    """Relay."""


@strawberry.type(description="A page of sessions.")
class SessionConnection(Connection[SessionEdge, SessionRef]):
    """Relay."""


@strawberry.type(description="What support a customer had.")
class SupportProfile:
    """T7; its source is counted for the customer."""

    total_sessions: int = field("How many sessions there were on their tickets, cancelled ones among them.")
    completed_sessions: int = field("How many of them were completed.")
    favorite_solvers: SolverPage = connection(
        found.FavoriteSolvers,
        "id",
        "Whom they would like again, the latest first. Solvers with a block between are left out.",
    )


@strawberry.type(description="What came of a mutation about a session.")
class SessionPayload(Payload):
    """T5, T6."""

    session: Session | None = field("The session as it is now; null where it failed.")


@strawberry.type(description="What came of beginning a session.")
class StartSessionPayload(SessionPayload):
    """T5."""


@strawberry.type(description="What came of completing a session.")
class CompleteSessionPayload(SessionPayload):
    """T5."""


@strawberry.type(description="What came of giving a session up.")
class CancelSessionPayload(SessionPayload):
    """T5."""


@strawberry.type(description="What came of rating a session.")
class RateSessionPayload(SessionPayload):
    """T6."""


@strawberry.type(description="What came of choosing a favourite.")
class AddFavoriteSolverPayload(Payload):
    """T9."""

    solver: Solver | None = field("The favourite; null where it failed.")


@strawberry.type(description="What came of forgetting a favourite.")
class RemoveFavoriteSolverPayload(Payload):
    """T9."""

    solver: Solver | None = field("Who is no favourite now; null where it failed.")
    removed: bool | None = field("Whether they were one; null where it failed.")


@strawberry.type
class Mutations:
    """What solvers do in sessions, and customers after them."""

    start_session: StartSessionPayload = mutation(
        sessions.start,
        f"Begin to work on a ticket; it can have {sessions.MOST} sessions. {transitions.describe('startSession')}",
        errors=(InvalidInput, NotFound, NotAllowed, IllegalTransition),
    )
    complete_session: CompleteSessionPayload = mutation(
        sessions.complete,
        f"End an active session, and move its ticket. {transitions.describe('completeSession')}",
        errors=(InvalidInput, NotFound, NotAllowed, IllegalTransition),
    )
    cancel_session: CancelSessionPayload = mutation(
        sessions.cancel,
        f"Give an active session up, and move its ticket. {transitions.describe('cancelSession')}",
        errors=(NotFound, NotAllowed, IllegalTransition),
    )
    rate_session: RateSessionPayload = mutation(
        sessions.rate,
        "Rate a completed session on a ticket of the viewer's, once.",
        errors=(InvalidInput, NotFound, NotAllowed, SessionAlreadyRated),
    )
    add_favorite_solver: AddFavoriteSolverPayload = mutation(
        solvers.add_favorite,
        "Remember a solver whom the viewer would like again; repeats have no further effect.",
        errors=(NotFound,),
    )
    remove_favorite_solver: RemoveFavoriteSolverPayload = mutation(
        solvers.remove_favorite, "Forget a favourite solver.", errors=(NotFound,)
    )
