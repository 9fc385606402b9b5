"""Stores and sources, which everybody may see."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, select

from auth.viewer import ViewerKind
from loaders.batches import RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.stores import Source, Store

store = columns(Store)
source = columns(Source)

STORE = list(store)
SOURCE = list(source)


@node_loader
class StoreById(RowLoader[UUID]):
    """A store."""

    graphql_type = "Store"
    columns = STORE
    found_by = store.id


class StoreBySlug(RowLoader[str]):
    """A store, by slug."""

    graphql_type = "Store"
    columns = STORE
    found_by = store.slug


class Stores(ConnectionLoader):
    """All stores by name, or those whose name contains a text."""

    graphql_type = "Store"
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"name": store.name, "id": store.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the text, without wildcards."""
        rows = select(*STORE)
        if "search" in given:
            text = func.lower(bindparam("search", type_=Text))
            rows = rows.where(func.strpos(func.lower(store.name), text) > 0)
        return rows


@node_loader
class SourceById(RowLoader[UUID]):
    """A source."""

    graphql_type = "Source"
    columns = SOURCE
    found_by = source.id
