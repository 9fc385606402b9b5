"""Events of the last days, as they were published: ids and words of enums, never what a person has written."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

from models.columns import Table


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's type xid8: the id of a transaction, which is never used again."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Give the name of the type."""
        return "xid8"


ischema_names["xid8"] = TransactionId  # so that Alembic's comparison knows it


class RecordedEvent(Table, table=True):
    """An event, in the transaction that made the change. `events.reader` says how rows are read without losing any.

    The primary key contains the time, so that the table can be partitioned by it.
    """

    __tablename__ = "event"
    __table_args__: Any = (Index("event_transaction_id_id_idx", "transaction_id", "id"),)

    # PostgreSQL computes the defaults of a row in this order, so a transaction has its id before any of its events has.
    transaction_id: int = Field(
        sa_column=Column(TransactionId, server_default=func.pg_current_xact_id(), nullable=False)
    )
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), server_default=func.now(), primary_key=True))
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str
    payload: dict[str, Any] = Field(sa_type=JSONB)


class EventRetention(Table, table=True):
    """One row: up to which transaction events may have been deleted, so that a gap is noticed."""

    __tablename__ = "event_retention"
    __table_args__: Any = (CheckConstraint("single", name="single"),)

    single: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    swept_through: int = Field(sa_type=TransactionId)


ERASED_WITH_CUSTOMER = {
    RecordedEvent: "kept because it has ids of tickets and payments only, and is deleted after EVENT_DAYS"
}
EXPORTED_WITH_CUSTOMER = {RecordedEvent: "left out because it has ids only, of changes that the export itself shows"}
