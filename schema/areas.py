"""Which area of the shop each type and each root field belongs to: the name of the module that defines it.

The documentation in GraphiQL is sorted by it. Nothing has to be declared for a new area.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)
from strawberry import Schema

from errors import UserErrorException

Areas: TypeAlias = dict[str, list[str]]
"""Schema coordinates, such as `Query.wishlist` and `Wishlist`, by the name of the area."""

MODULES = {path.stem for path in Path(__file__).parent.glob("*.py")}
SCALARS, SHARED = "scalars", "shared"


def areas_of(schema: Schema) -> Areas:
    """Sort everything that can be looked up in the documentation."""
    graph = schema._schema  # noqa: SLF001 - graphql-core's own schema
    roots = [kind for kind in (graph.query_type, graph.mutation_type, graph.subscription_type) if kind]
    found = {name: _of_module(kind) for name, kind in graph.type_map.items() if not name.startswith("__")}
    found |= {error.graphql_type: _known(error.__module__) for error in UserErrorException.__subclasses__()}
    fields: dict[str, str | None] = {}
    for root in roots:
        del found[root.name]
        for name, field in root.fields.items():
            area = _known(field.extensions["strawberry-definition"].origin.__module__)
            fields[f"{root.name}.{name}"] = area or found[get_named_type(field.type).name]
            if root is graph.mutation_type:  # its input and its payload are of its area, wherever they are made
                of = [field.type, *(argument.type for argument in field.args.values())]
                found |= {get_named_type(kind).name: area for kind in of}
    _of_rows(graph, found)
    _of_users(graph, found)
    made: defaultdict[str, list[str]] = defaultdict(list)
    for name, area in (fields | found).items():
        made[area or SHARED].append(name)
    return dict(sorted(made.items()))


def _known(module: str) -> str | None:
    """Give the area of a module in any folder; those that define the graph as a whole are none."""
    name = module.rpartition(".")[2]
    return name if name in MODULES - {"root"} else None


def _of_module(kind: GraphQLNamedType) -> str | None:
    if isinstance(kind, GraphQLScalarType):
        return SCALARS
    definition: Any = kind.extensions.get("strawberry-definition")
    made_from = getattr(definition, "origin", None) or getattr(definition, "wrapped_cls", None)
    return _known(made_from.__module__) if made_from else None


def _of_rows(graph: GraphQLSchema, found: dict[str, str | None]) -> None:
    """Put connections and their edges where their rows are."""
    for name, kind in graph.type_map.items():
        if isinstance(kind, GraphQLObjectType) and "cursor" in kind.fields and "node" in kind.fields:
            found[name] = found[name] or found[get_named_type(kind.fields["node"].type).name]
    for name, kind in graph.type_map.items():
        if isinstance(kind, GraphQLObjectType) and "edges" in kind.fields:
            found[name] = found[name] or found[get_named_type(kind.fields["edges"].type).name]


def _of_users(graph: GraphQLSchema, found: dict[str, str | None]) -> None:
    """Put the rest, such as enums that arguments have, where they are used, if that is one area."""
    users: defaultdict[str, set[str | None]] = defaultdict(set)
    for name, kind in graph.type_map.items():
        if name in found:
            for used in _used(kind):
                users[used].add(found[name])
    for name, area in found.items():
        if area is None and len(users[name]) == 1:
            found[name] = next(iter(users[name]))


def _used(kind: GraphQLNamedType) -> Iterator[str]:
    """Name the types of the fields and of the arguments of a type."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return
    for field in kind.fields.values():
        yield get_named_type(field.type).name
        if isinstance(field, GraphQLField):
            yield from (get_named_type(argument.type).name for argument in field.args.values())
