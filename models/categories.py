"""Brands, and the tree of categories."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Table, foreign_key, primary_key


class Brand(Table, table=True):
    """A brand, which makes products."""

    __tablename__ = "brand"
    __table_args__: Any = (Index("brand_name_idx", "name", "id"),)

    id: UUID = primary_key()
    name: str
    slug: str = Field(unique=True)
    logo_url: str | None = None
    description: str | None = None


class Category(Table, table=True):
    """A node of the category tree."""

    __tablename__ = "category"
    __table_args__: Any = (CheckConstraint("id <> parent_id", name="not_its_own_parent"),)

    id: UUID = primary_key()
    parent_id: UUID | None = foreign_key("category.id", on_delete="RESTRICT", default=None, index=True)
    name: str
    translations: dict[str, dict[str, str]] | None = Field(default=None, sa_type=JSONB)
    """`name` by language."""
    slug: str = Field(unique=True)
    position: int = 0
