"""The kinds of column that tables share, so that each is decided once."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Enum, MetaData, func, inspect
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def columns(table: type["Table"]) -> Any:
    """Give a table's columns by name, for SELECTs: as expressions of SQL they have types that a checker can follow."""
    return inspect(table).local_table.c


def alias(table: type["Table"]) -> Any:
    """Give the columns of a table under a new name, for SELECTs that look at it once more."""
    return inspect(table).local_table.alias().c


class Table(SQLModel):
    """What every table inherits: names of constraints that do not depend on the day they were made."""

    metadata = MetaData(naming_convention=NAMES)


def primary_key() -> UUID:
    """Give the primary key: a UUID that grows with time, made here so that any PostgreSQL will do."""
    made: UUID = Field(default_factory=uuid7, primary_key=True)
    return made


def timestamp(*, now: bool = False, index: bool = False) -> Any:
    """Hold a point in time, in UTC; `now` for the time of the transaction."""
    default: dict[str, Any] = {"sa_column_kwargs": {"server_default": func.now()}} if now else {"default": None}
    return Field(sa_type=DateTime(timezone=True), nullable=not now, index=index, **default)


def enum_column(of: type[StrEnum], default: StrEnum) -> Any:
    """Hold one word of an enum, stored as text with a CHECK: readable in psql, easy to extend."""
    server_default = {"server_default": default.value}
    return Field(default=default, sa_type=_words_of(of), sa_column_kwargs=server_default, nullable=False)


def optional_enum_column(of: type[StrEnum]) -> Any:
    """Hold one word of an enum, or none."""
    return Field(default=None, sa_type=_words_of(of), nullable=True)


def _words_of(of: type[StrEnum]) -> Any:
    return Enum(
        of,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda e: [m.value for m in e],
        name=of.__name__.lower(),
    )


def foreign_key(to: str, *, on_delete: str = "CASCADE", **options: Any) -> Any:
    """Refer to the foreign key `table.column`."""
    return Field(foreign_key=to, ondelete=on_delete, **options)  # type: ignore[call-overload]


def bool_column(*, on: bool) -> Any:
    """Hold a yes or no that a person may set."""
    return Field(default=on, sa_column_kwargs={"server_default": "true" if on else "false"})


def minor_units(*, required: bool = True) -> Any:
    """Hold an amount of money in minor units of a currency; a required one is 0 unless it is given."""
    if not required:
        return Field(default=None, sa_type=BigInteger, nullable=True)
    return Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


def counter() -> Any:
    """Hold a count kept in the transaction of what it counts; the table's CHECK keeps it from going below zero."""
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


def never_negative(*columns: str) -> CheckConstraint:
    """Build the CHECK that guards counters."""
    return CheckConstraint(" AND ".join(f"{column} >= 0" for column in columns), name="counters")
