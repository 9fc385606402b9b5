"""Sessions, their ratings, and the solvers who hold them, as their viewer may see them."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Integer, Select, case, cast, func, select

import policy.sessions
import policy.solvers
import policy.tickets
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader, RowsLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.customers import Customer
from models.sessions import FavoriteSolver, Session, SessionRating, SessionStatus, Solver
from models.tickets import Ticket

customer = columns(Customer)
favorite = columns(FavoriteSolver)
rating = columns(SessionRating)
session = columns(Session)
solver = columns(Solver)
ticket = columns(Ticket)

NAMELESS, FORMER = "Support", "Former solver"
"""What a solver is called who has given no name, and one whose account is gone. Never the username, which leads to the account."""
SESSION = [
    *session,
    cast(func.extract("epoch", session.ended_at - session.started_at), Integer).label("duration_seconds"),
]
RATING = [rating.session_id, rating.stars, rating.comment, rating.rated_at]
SOLVER = [
    solver.id,
    func.coalesce(customer.name, case((customer.id.is_(None), FORMER), else_=NAMELESS)).label("name"),
    customer.picture_url,
    cast(case((solver.ratings_count > 0, cast(solver.stars_total, Float) / solver.ratings_count)), Float).label(
        "average_rating"
    ),
    solver.ratings_count,
    solver.completed_sessions,
]
CARDS = select(*SOLVER).select_from(Solver).outerjoin(Customer, customer.id == solver.customer_id)


@node_loader
class SessionById(RowLoader[UUID]):
    """A session."""

    graphql_type = "Session"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*SESSION).where(session.id == UUID_KEYS, policy.sessions.visible(viewer))


class SessionsByTicket(RowsLoader):
    """The sessions on a ticket, in their order. Reached only through a ticket, which its policy has let pass."""

    graphql_type = "Session"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By ticket."""
        rows = select(*SESSION).where(session.ticket_id == UUID_KEYS, policy.sessions.visible_of_ticket(viewer))
        return rows.order_by(session.started_at, session.id)


class SessionsByCustomer(ConnectionLoader):
    """The sessions on a customer's tickets, the latest first. Nobody has so many that sorting them would take long."""

    graphql_type = "Session"
    default_page_size, max_page_size = 10, 50
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"started_at": session.started_at, "id": session.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        rows = select(*SESSION).join(Ticket, ticket.id == session.ticket_id)
        return rows.where(ticket.customer_id == parent, policy.tickets.visible(viewer))


class RatingBySession(RowLoader[UUID]):
    """The rating of a session. Reached only through a session, which its policy has let pass."""

    graphql_type = "SessionRating"
    columns = RATING
    found_by = rating.session_id


@node_loader
class SolverById(RowLoader[UUID]):
    """The card of a solver."""

    graphql_type = "Solver"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return CARDS.where(solver.id == UUID_KEYS, policy.solvers.visible(viewer))


class SolverAtWork(RowLoader[UUID]):
    """The card of a solver, where a ticket or session names them that its policy has let pass."""

    graphql_type = "Solver"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return CARDS.where(solver.id == UUID_KEYS, policy.solvers.solver_cards(viewer))


class SupportByCustomer(RowLoader[UUID]):
    """How many sessions a customer had. Reached only through a customer, for their own eyes and admins'."""

    graphql_type = "SupportProfile"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By customer."""
        completed = func.count(session.id).filter(session.status == SessionStatus.COMPLETED)
        rows = select(
            customer.id, func.count(session.id).label("total_sessions"), completed.label("completed_sessions")
        )
        joined = rows.outerjoin(Ticket, ticket.customer_id == customer.id)
        joined = joined.outerjoin(Session, session.ticket_id == ticket.id)
        return joined.where(customer.id == UUID_KEYS).group_by(UUID_TABLE.place, customer.id)


class FavoriteSolvers(ConnectionLoader):
    """Whom a customer would like again, the latest first."""

    graphql_type = "Solver"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"chosen_at": favorite.created_at, "id": favorite.solver_id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        rows = CARDS.add_columns(favorite.created_at.label("chosen_at"))
        rows = rows.join(FavoriteSolver, favorite.solver_id == solver.id)
        return rows.where(favorite.customer_id == parent, policy.solvers.solver_cards(viewer))
