"""Support sessions: the work of solvers on tickets, and what their customers thought of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlmodel import Field

from models.columns import Table, counter, enum_column, foreign_key, never_negative, primary_key, timestamp

MAX_SESSIONS = 50
"""How many sessions one ticket can have."""
MAX_STARS = 5


class SupportSessionStatus(StrEnum):
    """The status of a support session."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SupportTier(StrEnum):
    """How long a session is expected to take."""

    QUICK = "QUICK"
    STANDARD = "STANDARD"
    EXTENDED = "EXTENDED"


class Solver(Table, table=True):
    """Somebody who solves tickets. Outlives their account, since finished sessions name them."""

    __tablename__ = "solver"
    __table_args__: Any = (never_negative("ratings_count", "stars_total", "completed_sessions"),)

    id: UUID = primary_key()
    customer_id: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None, unique=True)
    ratings_count: int = counter()
    stars_total: int = counter()
    """The sum of all stars, so that the average stays exact."""
    completed_sessions: int = counter()
    created_at: datetime = timestamp(now=True)


class SupportSession(Table, table=True):
    """A period of work on a ticket; a ticket may have several, one at a time."""

    __tablename__ = "session"
    __table_args__: Any = (
        Index("session_of_ticket_idx", "ticket_id", "started_at", "id"),
        Index("session_of_solver_idx", "solver_id", "started_at", "id"),
        Index("session_active_key", "ticket_id", unique=True, postgresql_where=text("status = 'ACTIVE'")),
        CheckConstraint("(status = 'ACTIVE') = (ended_at IS NULL)", name="ended"),
    )

    id: UUID = primary_key()
    ticket_id: UUID = foreign_key("ticket.id")
    solver_id: UUID = foreign_key("solver.id", on_delete="RESTRICT")
    status: SupportSessionStatus = enum_column(SupportSessionStatus, SupportSessionStatus.ACTIVE)
    tier: SupportTier = enum_column(SupportTier, SupportTier.STANDARD)
    notes: str | None = None
    started_at: datetime = timestamp(now=True)
    ended_at: datetime | None = timestamp()


class SupportSessionRating(Table, table=True):
    """What a customer thought of a completed session: one each."""

    __tablename__ = "session_rating"
    __table_args__: Any = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    session_id: UUID = foreign_key("session.id", primary_key=True)
    customer_id: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None, index=True)
    stars: int = Field(sa_type=SmallInteger)
    comment: str | None = None
    rated_at: datetime = timestamp(now=True)


class FavoriteSolver(Table, table=True):
    """A favorite solver of a customer."""

    __tablename__ = "favorite_solver"
    __table_args__: Any = (
        Index("favorite_solver_list_idx", "customer_id", "created_at", "solver_id"),
        Index("favorite_solver_solver_idx", "solver_id"),
    )

    customer_id: UUID = foreign_key("customer.id", primary_key=True)
    solver_id: UUID = foreign_key("solver.id", primary_key=True)
    created_at: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = {Solver: "set null", SupportSessionRating: "set null", FavoriteSolver: "cascade"}
EXPORTED_WITH_CUSTOMER = {
    Solver: ("ratings_count", "stars_total", "completed_sessions", "created_at"),
    SupportSessionRating: ("session_id", "stars", "comment", "rated_at"),
    FavoriteSolver: ("solver_id", "created_at"),
}
