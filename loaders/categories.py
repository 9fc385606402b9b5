"""Brands, and the tree of categories."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select

from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader, RowsLoader
from loaders.joins import names
from loaders.nodes import node_loader
from loaders.pages import NO_PARENT, ConnectionLoader
from loaders.translations import translated
from models.categories import Brand, Category
from models.columns import columns

brand = columns(Brand)
category = columns(Category)

BRAND = list(brand)
CATEGORY = translated(category, "name")

MAX_DEPTH = 100
"""How many levels are read upwards at most, so that a cycle, which no constraint forbids, ends."""


@node_loader
class BrandById(RowLoader[UUID]):
    """A brand."""

    graphql_type = "Brand"
    columns = BRAND
    joined_columns = names(BRAND, "description")
    found_by = brand.id


class BrandBySlug(RowLoader[str]):
    """A brand, by slug."""

    graphql_type = "Brand"
    columns = BRAND
    found_by = brand.slug


class Brands(ConnectionLoader):
    """All brands by name."""

    graphql_type = "Brand"
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"name": brand.name, "id": brand.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """All."""
        return select(*BRAND)


@node_loader
class CategoryById(RowLoader[UUID]):
    """A category."""

    graphql_type = "Category"
    columns = CATEGORY
    joined_columns = names(CATEGORY)
    found_by = category.id


class CategoryBySlug(RowLoader[str]):
    """A category, by slug."""

    graphql_type = "Category"
    columns = CATEGORY
    found_by = category.slug


class CategoriesByParent(RowsLoader):
    """The children of a category; those of `NO_PARENT` are the roots."""

    graphql_type = "Category"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By parent."""
        parent = func.coalesce(category.parent_id, literal(NO_PARENT))
        rows = select(*CATEGORY, parent.label("parent")).where(parent == UUID_KEYS)
        return rows.order_by(category.position, category.name, category.id)


class AncestorsByCategory(RowsLoader):
    """The categories above a category, from the root down to its parent."""

    graphql_type = "Category"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By climbing."""
        start = select(UUID_TABLE.ordinality, category.parent_id.label("above"), literal(0).label("height"))
        climb = start.where(category.id == UUID_KEYS).cte("climb", recursive=True)
        step = select(climb.c.ordinality, category.parent_id, climb.c.height + 1).join(
            climb, category.id == climb.c.above
        )
        climb = climb.union_all(step.where(climb.c.height < MAX_DEPTH))
        rows = select(*CATEGORY, climb.c.ordinality).join(climb, category.id == climb.c.above)
        return rows.order_by(climb.c.ordinality, climb.c.height.desc())
