"""The kinds of column that tables share, so that each is decided once."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Enum, MetaData, func
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Table(SQLModel):
    """What every table inherits: names of constraints that do not depend on the day they were made."""

    metadata = MetaData(naming_convention=NAMES)


def key() -> UUID:
    """Give the primary key: a UUID that grows with time, made here so that any PostgreSQL will do."""
    return Field(default_factory=uuid7, primary_key=True)  # type: ignore[no-any-return]


def moment(*, now: bool = False, index: bool = False) -> Any:
    """A point in time, in UTC; `now` for the time of the transaction."""
    default: dict[str, Any] = {"sa_column_kwargs": {"server_default": func.now()}} if now else {"default": None}
    return Field(sa_type=DateTime(timezone=True), nullable=not now, index=index, **default)  # type: ignore[call-overload]


def choice(of: type[StrEnum], default: StrEnum) -> Any:
    """One word of an enum, stored as text with a CHECK: readable in psql, easy to extend."""
    kind = Enum(of, native_enum=False, create_constraint=True, values_callable=lambda e: [m.value for m in e], name=of.__name__.lower())
    return Field(default=default, sa_type=kind, sa_column_kwargs={"server_default": default.value}, nullable=False)  # type: ignore[call-overload]


def refers(to: str, *, on_delete: str = "CASCADE", **options: Any) -> Any:
    """A foreign key to `table.column`."""
    return Field(foreign_key=to, ondelete=on_delete, **options)


def switch(*, on: bool) -> Any:
    """A yes or no that a person may set."""
    return Field(default=on, sa_column_kwargs={"server_default": "true" if on else "false"})


def counter() -> Any:
    """A count kept in the transaction of what it counts; the table's CHECK keeps it from going below zero."""
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


def never_negative(*columns: str) -> CheckConstraint:
    """Build the CHECK that guards counters."""
    return CheckConstraint(" AND ".join(f"{column} >= 0" for column in columns), name="counters")


__all__ = ["Table", "choice", "counter", "datetime", "key", "moment", "never_negative", "refers", "switch"]
