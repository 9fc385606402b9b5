"""Texts of GraphQL documents that clients name instead of sending: registered by the shop, or by clients themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from models.columns import Table, bool_column, timestamp


class TrustedDocument(Table, table=True):
    """A document that `server.py documents import` has registered. Its text never changes."""

    __tablename__ = "trusted_document"

    id: str = Field(primary_key=True, sa_type=Text)
    """What the manifest calls it: mostly a digest of its text, by which function ever."""
    text: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    """Of its first operation; may be empty."""
    imported_at: datetime = timestamp(now=True)


class PersistedQuery(Table, table=True):
    """A document that a client has registered by its SHA-256 (automatic persisted queries)."""

    __tablename__ = "persisted_query"
    __table_args__: Any = (CheckConstraint("octet_length(hash) = 32", name="sha256"),)

    hash: bytes = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    bytes: int
    """The size of the text in UTF-8, so that the sum can be computed without reading texts."""
    used_again: bool = bool_column(on=False)
    """Whether it was asked for since it was registered: those that were not are deleted first."""
    last_used_at: datetime = timestamp(now=True)
    """At most an hour behind."""
