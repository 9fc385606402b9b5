"""Everything that `execution` knows about Strawberry: the functions behind the resolvers that it generates."""

import dataclasses
from collections.abc import Callable, ItemsView, Sequence, ValuesView
from dataclasses import dataclass
from inspect import isasyncgenfunction
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLResolveInfo,
    GraphQLSchema,
    is_leaf_type,
)
from strawberry.types.arguments import StrawberryArgument, _is_leaf_type, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from execution.field_metadata import Edge, FieldPlan, FieldReads, ListSize
from execution.readers import NeedsPath, NotPlannable

BACKREF = "strawberry-definition"
VIEWS = (ItemsView, ValuesView)


class Parameter(NamedTuple):
    """What an argument becomes."""

    name: str
    """In Python."""
    is_leaf: bool
    """Whether its values need no conversion."""
    takes_null: bool
    """Whether at least null needs none."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What a field is made of. Without a function it is the item of its own name in the source."""

    field: StrawberryField | None
    """None for a field of introspection."""
    name: str
    conditions: Sequence[str]
    reads: FieldReads | None
    """What the field looks at in its source, beside its conditions; None for who knows what."""
    edge: Edge | None
    function: Callable[..., Any] | None
    parent: str | None
    info: str | None
    is_async: bool
    specialized: Callable[[str], Callable[[Any], Any]] | None = None
    """Makes, for a type of the graph, a function of the only item it reads that gives the same value sooner."""
    lookup: Callable[..., tuple[Any, Any]] | None = None
    """For a field of the root: says by what loader and key its value is found, None for no value."""
    parameters: dict[str, "Parameter"] = dataclasses.field(default_factory=dict)
    """By the names of the arguments in the graph."""

    @property
    def item(self) -> str:
        """The item of the source that it is, or that it is made from."""
        return next(iter(getattr(self.function, "reads", FieldReads()).items), "") if self.specialized else self.name

    def static_arguments(self, coerced: dict[str, Any]) -> bool:
        """Whether coerced arguments are good for any request: no value of theirs is made anew for each."""
        return all(name in self.parameters and self.parameters[name].is_leaf for name in coerced)


def field_info(field: GraphQLField, owner: str) -> FieldInfo:
    """Look beneath a field of a type, or say that a plan must not."""
    found = field.extensions.get(BACKREF)
    if owner.startswith("__") and field.resolve:
        return _of_introspection(field.resolve)
    if not isinstance(found, StrawberryField) or found.is_subscription:
        raise NotPlannable("not a Strawberry field")
    conditions = [getattr(extension, "condition", None) for extension in found.extensions]
    if None in conditions:
        raise NotPlannable("a field extension")
    given = [condition for condition in conditions if condition]
    looked_at = frozenset[str]().union(*(getattr(extension, "reads", ()) for extension in found.extensions))
    plan, resolver, name = FieldPlan.of(found), found.base_resolver, found.python_name
    if resolver is None:
        return FieldInfo(
            found, name, given, FieldReads(looked_at | {name}), plan.edge, None, None, None, is_async=False
        )
    parameters: list[Any] = [resolver.parent_parameter, resolver.root_parameter, resolver.info_parameter]
    parent, root, info = (one and one.name for one in parameters)
    if resolver.self_parameter or (parent and root and parent != root):
        raise NotPlannable("a method")
    function: Any = resolver.wrapped_func
    if isasyncgenfunction(function):
        raise NotPlannable("an asynchronous generator")
    reads: FieldReads | None = getattr(function, "reads", None if parent or root else FieldReads())
    if plan.edge:
        reads = FieldReads(frozenset({plan.edge.key}))
    if reads:
        reads = FieldReads(reads.items | looked_at, reads.same_source)
    more = found.is_async, plan.specialized, plan.lookup
    return FieldInfo(found, name, given, reads, plan.edge, function, parent or root, info, *more)


def _of_introspection(resolve: Callable[..., Any]) -> FieldInfo:
    """A field of introspection, with graphql-core's own resolver."""

    def function(source: Any, info: Any, **given: Any) -> Any:
        value = resolve(source, info, **given)
        return list(value) if isinstance(value, VIEWS) else value

    return FieldInfo(None, "", (), None, None, function, "source", "info", is_async=False)


def repair_introspection(schema: GraphQLSchema) -> None:
    """Correct `isOneOf`: Strawberry's resolver fails for wrapped types, and returns false where it should return null."""
    kind: Any = schema.type_map["__Type"]
    kind.fields["isOneOf"] = GraphQLField(GraphQLBoolean, resolve=_is_one_of)


def _is_one_of(kind: Any, _info: Any) -> bool | None:
    if not isinstance(kind, GraphQLInputObjectType):
        return None
    return kind.is_one_of or getattr(kind.extensions.get(BACKREF), "is_one_of", False)


def root_lookup(field: GraphQLField) -> FieldInfo | None:
    """Look beneath a field of the root; None if its own resolver must be called."""
    try:
        found = field_info(field, "")
    except NotPlannable:
        return None
    return found if found.lookup and not found.conditions else None


def list_size(field: GraphQLField) -> ListSize | None:
    """Give what a field declares about the number of its objects."""
    return FieldPlan.of(field.extensions.get(BACKREF)).size


def field_cost(field: GraphQLField) -> int:
    """What one call of a field costs."""
    return FieldPlan.of(field.extensions.get(BACKREF)).cost


def type_cost(kind: GraphQLNamedType) -> int:
    """What a value of a type costs: objects cost 1 unless their type declares otherwise, scalars and enums nothing."""
    definition = kind.extensions.get(BACKREF)
    return 0 if is_leaf_type(kind) else getattr(getattr(definition, "origin", None), "cost", 1)


def is_counted(kind: GraphQLNamedType) -> bool:
    """Whether a value of a type is an object that counts."""
    definition = kind.extensions.get(BACKREF)
    return not is_leaf_type(kind) and getattr(getattr(definition, "origin", None), "is_counted", True)


def max_age(kind: GraphQLNamedType) -> int | None:
    """For how many seconds caches may keep a value of a type; None if the type declares nothing."""
    definition = kind.extensions.get(BACKREF)
    return getattr(getattr(definition, "origin", None), "max_age", None)


class SharedInfo(Info[Any, Any]):
    """The `info` that all parents of a field share in a request. A resolver that reads its path needs the reference executor."""

    @property
    def path(self) -> Any:
        raise NeedsPath("info.path")


def shared_info(raw: GraphQLResolveInfo[Any], kind: FieldInfo) -> Any:
    """The `info` of a field, for all parents."""
    return SharedInfo(_raw_info=raw, _field=kind.field) if kind.field else raw


def full_info(raw: GraphQLResolveInfo[Any], kind: FieldInfo) -> Info[Any, Any]:
    """The `info` of a root field."""
    return Info(_raw_info=raw, _field=cast("StrawberryField", kind.field))


def _parameter(argument: StrawberryArgument, registry: Any) -> Parameter:
    kind = argument.type
    takes_null = isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe)
    while isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        kind = kind.of_type
    if has_enum_definition(kind):
        kind = kind.__strawberry_definition__
    return Parameter(argument.python_name, _is_leaf_type(kind, registry), takes_null)


def arguments(kind: FieldInfo, coerced: dict[str, Any], info: Info[Any, Any]) -> dict[str, Any]:
    """Convert coerced arguments to those of the function, by Python names, once for all parents."""
    if kind.field is None:
        return coerced
    schema, field, known = info.schema, kind.field, kind.parameters
    registry = schema.schema_converter.scalar_registry
    if not known and field.arguments:
        known.update(
            (schema.config.name_converter.from_argument(each), _parameter(each, registry)) for each in field.arguments
        )
    made, rest = dict[str, Any](), dict[str, Any]()
    for given, value in coerced.items():
        name, is_leaf, takes_null = known[given]
        if is_leaf or (takes_null and value is None):
            made[name] = value
        else:
            rest[given] = value
    if rest:
        made |= convert_arguments(rest, field.arguments, scalar_registry=registry, config=schema.config, info=info)
    for extension in kind.field.extensions:
        made = extension.map_arguments(made)
    return made
