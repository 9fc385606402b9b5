"""Every loader there is, found by itself, so that none can be left out of a test."""

from collections.abc import Iterator
from pkgutil import walk_packages
from typing import Any

import loaders
from auth import Standing
from database import Statement
from loaders.batches import Batch
from loaders.pages import Connected, paged

for found in walk_packages(loaders.__path__, "loaders."):
    __import__(found.name)


def _below(kind: type) -> Iterator[Any]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)


def _asks(loader: Any) -> bool:
    """Tell a loader from a class that only loaders are made of."""
    base = Connected if issubclass(loader, Connected) else Batch
    return loader.select.__func__ is not base.select.__func__ or getattr(loader, "found_by", None) is not None


BATCHES: list[type[Batch[Any, Any]]] = [loader for loader in dict.fromkeys(_below(Batch)) if _asks(loader)]
CONNECTIONS: list[type[Connected]] = [loader for loader in dict.fromkeys(_below(Connected)) if _asks(loader)]


def takes_text(loader: type[Batch[Any, Any]]) -> bool:
    """Tell whether the keys of a loader are text."""
    return "UUID[]" not in loader.statement(Standing.ADMIN).sql


def needed(connection: type[Connected], by: Standing) -> dict[str, Any]:
    """The parameters that a connection cannot do without, each with some value of its type."""
    statement: Statement = paged(connection, by, frozenset(), False, False, False)
    known = {*statement.values, "keys", "size", "viewer", "currency"}
    numbers = {name for place, name in enumerate(statement.names, 1) if f"${place}::INTEGER" in statement.sql}
    return {name: 1 if name in numbers else "x" for name in sorted(statement.names) if name not in known}
