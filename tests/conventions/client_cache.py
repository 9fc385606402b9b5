"""A normalised cache as clients have one: each object once, by its id, with what has no id inside of its parent."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from models import ids
from tests.architecture.project import GRAPH
from tests.conventions.field_selection import fields
from tests.graph import Graph

Cache = dict[str, dict[str, Any]]
FIRST = 8
KEPT = frozenset({
    "Customer", "FollowRequest", "Product", "ProductVariant", "Solver", "Store", "SupportSession", "Ticket", "Wishlist",
    "WishlistItem",
})  # fmt: skip
"""The types that mutations change."""


def store(cache: Cache, value: Any) -> Any:
    """Put what an answer has into the cache; gives the value with ids in the places of objects."""
    if isinstance(value, list):
        return [store(cache, one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: store(cache, one) for name, one in value.items() if name != "__typename"}
    if "id" not in kept:
        return kept
    cache.setdefault(kept["id"], {}).update(kept)
    return {"id": kept["id"]}


def everything_of(kind: Any) -> str:
    """Select all fields of a type; of other objects, the ids."""
    return " ".join(fields(kind, 0, FIRST))


def at_paths(kind: GraphQLObjectType | GraphQLInterfaceType, paths: Iterable[str]) -> str:
    """Select all fields of the objects at these paths, such as `session.ticket`."""
    below: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        below.setdefault(name, []).append(rest)
    return " ".join(_at(name, kind.fields[name], rests) for name, rests in below.items())


def _at(name: str, field: GraphQLField, rests: list[str]) -> str:
    of = get_named_type(field.type)
    if not isinstance(of, GraphQLObjectType):
        return name
    page = f"(first: {FIRST})" if "first" in field.args else ""
    own = f"...{of.name}" if "" in rests and of.name in KEPT else ""
    return f"{name}{page} {{ __typename {own} {at_paths(of, [rest for rest in rests if rest])} }}"


def with_fragments(document: str) -> str:
    """Add the fragments that a document uses."""
    used = [name for name in sorted(KEPT) if f"...{name} " in document]
    return " ".join(
        [document, *(f"fragment {name} on {name} {{ {everything_of(GRAPH.type_map[name])} }}" for name in used)]
    )


async def read(graph: Graph, key: str) -> Any:
    """Read an object with all its fields; None if it does not exist for the viewer."""
    known = ids.decode(key)
    assert known
    document = with_fragments(f"query ($id: ID!) {{ node(id: $id) {{ __typename ...{known[0]} }} }}")
    return (await graph(document, id=key))["node"]


async def fill(graph: Graph, keys: Iterable[str], depth: int) -> Cache:
    """Read objects, and those that they refer to, as deep as this; what exists for nobody but a list is left out."""
    cache: Cache = {}
    wanted, found = dict.fromkeys(keys), dict[str, bool]()
    for _ in range(depth + 1):
        for key in wanted:
            found[key] = store(cache, await read(graph, key)) is not None
        wanted = dict.fromkeys(key for one in list(cache) for key in refers(cache[one]) if key not in found)
    return {key: cache[key] for key, exists in found.items() if exists}


def refers(value: Any) -> Iterator[str]:
    """Give the ids of objects of the kept types in a value."""
    if isinstance(value, list):
        for one in value:
            yield from refers(one)
    elif isinstance(value, dict):
        if is_kept(value.get("id")):
            yield value["id"]
        for one in value.values():
            yield from refers(one)


def is_kept(key: Any) -> bool:
    """Whether it is the id of something that mutations change."""
    known = ids.decode(key) if isinstance(key, str) else None
    return known is not None and known[0] in KEPT
