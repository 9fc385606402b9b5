"""Every loader there is, found by itself, so that none can be left out of a test."""

from collections.abc import Iterator
from pkgutil import walk_packages
from typing import Any

import loaders
from auth.viewer import ViewerKind
from database.statements import Statement
from execution.field_metadata import Columns, Edge, FieldPlan, JoinedColumns
from loaders.batches import StatementLoader
from loaders.page_statements import page_statement
from loaders.pages import ConnectionLoader

for found in walk_packages(loaders.__path__, "loaders."):
    __import__(found.name)


def _below(kind: type) -> Iterator[Any]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)


def _asks(loader: Any) -> bool:
    """Tell a loader from a class that only loaders are made of."""
    base = ConnectionLoader if issubclass(loader, ConnectionLoader) else StatementLoader
    return loader.select.__func__ is not base.select.__func__ or getattr(loader, "found_by", None) is not None


BATCHES: list[type[StatementLoader[Any, Any]]] = [
    loader for loader in dict.fromkeys(_below(StatementLoader)) if _asks(loader)
]
CONNECTIONS: list[type[ConnectionLoader]] = [
    loader for loader in dict.fromkeys(_below(ConnectionLoader)) if _asks(loader)
]


def takes_text(loader: type[StatementLoader[Any, Any]]) -> bool:
    """Tell whether the keys of a loader are text."""
    return "UUID[]" not in loader.statement(ViewerKind.ADMIN).sql


def edges(graphql_type: str) -> list[Edge]:
    """The edges of a type whose values a statement for its rows can fetch, too."""
    from tests.architecture.project import GRAPH  # building the graph takes time that most tests need not

    fields = getattr(GRAPH.type_map.get(graphql_type), "fields", {}).values()
    found = (FieldPlan.of(field.extensions.get("strawberry-definition")).edge for field in fields)
    return [edge for edge in found if edge is not None and edge.joinable]


def joined_columns(graphql_type: str, depth: int = 3) -> Columns:
    """The keys of a type's edges, and all columns that can be joined by them, and by those of these rows in their turn."""
    found: set[str | JoinedColumns] = set()
    for edge in edges(graphql_type) if depth else ():
        loader: Any = edge.family
        found |= {
            edge.key,
            JoinedColumns(edge.key, loader, edge.joinable | joined_columns(loader.graphql_type, depth - 1)),
        }
    return frozenset(found)


def needed(connection: type[ConnectionLoader], by: ViewerKind) -> dict[str, Any]:
    """The parameters that a connection cannot do without, each with some value of its type."""
    statement: Statement = page_statement(connection, by, frozenset(), False, False, False)
    known = {*statement.values, "keys", "size", "viewer", "currency"}
    numbers = {name for place, name in enumerate(statement.names, 1) if f"${place}::INTEGER" in statement.sql}
    return {name: 1 if name in numbers else "x" for name in sorted(statement.names) if name not in known}
