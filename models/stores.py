"""Sources and stores."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.columns import Table, counter, foreign_key, never_negative, primary_key, timestamp


class Source(Table, table=True):
    """A marketplace or shop system that listings come from."""

    __tablename__ = "source"

    id: UUID = primary_key()
    name: str
    slug: str = Field(unique=True)
    base_url: str


class Store(Table, table=True):
    """A store that sells on a source or on its own website."""

    __tablename__ = "store"
    __table_args__: Any = (
        never_negative("followers_count"),
        Index("store_name_idx", "name", "id"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    )

    id: UUID = primary_key()
    source_id: UUID | None = foreign_key("source.id", on_delete="SET NULL", default=None, index=True)
    name: str
    slug: str = Field(unique=True)
    rating: float | None = None
    review_count: int | None = None
    followers_count: int = counter()
    created_at: datetime = timestamp(now=True)
