"""Support sessions, their ratings and solvers, as the viewer may see them."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Integer, Select, and_, case, cast, exists, func, select

import policy.parameters
import policy.sessions
import policy.solvers
import policy.tickets
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from loaders.short_lists import ShortListLoader
from models.columns import columns
from models.customers import Customer
from models.payments import Payment
from models.sessions import (
    MAX_SESSIONS,
    FavoriteSolver,
    Solver,
    SupportSession,
    SupportSessionRating,
    SupportSessionStatus,
)
from models.tickets import Ticket

customer = columns(Customer)
favorite = columns(FavoriteSolver)
payment = columns(Payment)
rating = columns(SupportSessionRating)
session = columns(SupportSession)
solver = columns(Solver)
ticket = columns(Ticket)

NAMELESS, FORMER = "Support", "Former solver"
"""The names of a solver without a name, and of one whose account was deleted. Never the username, which leads to the account."""
DURATION = cast(func.extract("epoch", session.ended_at - session.started_at), Integer).label("duration_seconds")
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


def row(viewer: ViewerKind) -> list[ColumnElement[Any]]:
    """Give the columns of a session's row."""
    rate = and_(policy.sessions.can("rateSession", viewer), ~policy.sessions.is_rated())
    can = [
        policy.sessions.can("completeSession", viewer).label("viewer_can_complete"),
        policy.sessions.can("cancelSession", viewer).label("viewer_can_cancel"),
        rate.label("viewer_can_rate"),
        policy.sessions.can_pay(viewer).label("viewer_can_pay"),
        exists().where(payment.session_id == session.id).label("has_payment"),
    ]
    return [*session, DURATION, *can]


@node_loader
class SessionById(RowLoader[UUID]):
    """A session."""

    graphql_type = "SupportSession"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*row(viewer)).where(session.id == UUID_KEYS, policy.sessions.visible(viewer))


class SessionsByTicket(ShortListLoader):
    """The sessions on a ticket, the oldest first. Reached only through a ticket that the viewer may see."""

    default_page_size = max_page_size = MAX_SESSIONS
    usual_size = 5
    graphql_type = "SupportSession"
    found_by = session.ticket_id
    sorted_by = (session.started_at, session.id)
    row = staticmethod(row)
    visible = staticmethod(policy.sessions.visible_of_ticket)


class SessionsByCustomer(ConnectionLoader):
    """The sessions on a customer's tickets, the latest first. Nobody has so many that sorting them would take long."""

    graphql_type = "SupportSession"
    default_page_size, max_page_size = 10, 50
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"started_at": session.started_at, "id": session.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        rows = select(*row(viewer)).join(Ticket, ticket.id == session.ticket_id)
        return rows.where(ticket.customer_id == parent, policy.tickets.visible(viewer))


class RatingBySession(RowLoader[UUID]):
    """The rating of a session that the viewer may see. A guest does not read the rating given by an account."""

    graphql_type = "SupportSessionRating"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By session."""
        rows = select(*RATING).join(SupportSession, session.id == rating.session_id)
        return rows.where(rating.session_id == UUID_KEYS, policy.sessions.visible(viewer))


@node_loader
class SolverById(RowLoader[UUID]):
    """The card of a solver."""

    graphql_type = "Solver"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return CARDS.where(solver.id == UUID_KEYS, policy.solvers.visible(viewer))


class SolverAtWork(RowLoader[UUID]):
    """The card of a solver, reached through a ticket or session that the viewer may see."""

    graphql_type = "Solver"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return CARDS.where(solver.id == UUID_KEYS, policy.solvers.solver_cards(viewer))


class SupportByCustomer(RowLoader[UUID]):
    """How many sessions a customer had. Reached only through a customer, by themselves and admins."""

    graphql_type = "SupportProfile"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By customer."""
        completed = func.count(session.id).filter(session.status == SupportSessionStatus.COMPLETED)
        rows = select(
            customer.id, func.count(session.id).label("total_sessions"), completed.label("completed_sessions")
        )
        joined = rows.outerjoin(Ticket, ticket.customer_id == customer.id)
        joined = joined.outerjoin(SupportSession, session.ticket_id == ticket.id)
        return joined.where(customer.id == UUID_KEYS).group_by(UUID_TABLE.ordinality, customer.id)


class FavoriteOfViewer(RowLoader[UUID]):
    """A row if a solver is a favorite of the viewer, else nothing."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By solver."""
        mine = select(favorite.solver_id).where(favorite.customer_id == policy.parameters.VIEWER)
        return mine.where(favorite.solver_id == UUID_KEYS)


class FavoriteSolvers(ConnectionLoader):
    """The favorite solvers of a customer, the latest first."""

    graphql_type = "Solver"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"chosen_at": favorite.created_at, "id": favorite.solver_id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        rows = CARDS.add_columns(favorite.created_at.label("chosen_at"))
        rows = rows.join(FavoriteSolver, favorite.solver_id == solver.id)
        return rows.where(favorite.customer_id == parent, policy.solvers.solver_cards(viewer))
