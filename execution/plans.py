"""Plans: an operation, worked out once. They hold nothing of any request."""

from collections.abc import Callable, Iterable, Mapping
from types import CoroutineType
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_nullable_type,
    is_leaf_type,
)  # fmt: skip
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.executor import Executor
from graphql.pyutils import UndefinedType

from execution import completers, strawberries
from execution.completers import Complete
from execution.edges import Promise
from execution.readers import Reader, Source, Unusual, condition, leaves, predicate

Abstract = GraphQLInterfaceType | GraphQLUnionType


def united(needs: Iterable[set[str] | None]) -> set[str] | None:
    """Unite what several look at."""
    found = list(needs)
    return None if None in found else set[str]().union(*cast("list[set[str]]", found))


class Style(NamedTuple):
    """How a schema wants its sources read and its answers written."""

    access: Callable[[type], str]
    """How a plain field is read from a source of a class: an expression over `row` with `{name!r}` or `{name}`."""
    natives: Mapping[str, type]
    """Scalars whose values of a class are left as they are, since whoever writes the JSON writes them the same way."""


class Field:
    """A field of a selection: where its value comes from, and how it is completed."""

    __slots__ = (
        "below", "complete", "definition", "details", "each", "guard", "items", "kind", "name", "number", "owner", "plan",
    )  # fmt: skip

    def __init__(
        self, plan: "Plan", owner: GraphQLObjectType, name: str, details: FieldDetailsList, of: GraphQLField
    ) -> None:
        self.plan, self.owner, self.name, self.details, self.definition = plan, owner, name, details, of
        self.kind = strawberries.kind(of, owner.name)
        expression = condition(self.kind.conditions)
        self.guard = predicate(expression) if expression else None
        self.below: list[Selection] = []
        """What is asked of its values: a selection for each type that they may have."""
        self.items: frozenset[str] | None = None
        """Those items of its values that are needed, for an edge; None for all."""
        self.complete, self.each = plan.completers(of.type, details, self.below)
        self.number = -1
        if self.waits or self.kind.info or of.args:
            self.number = len(plan.prepared)
            plan.prepared.append(self)

    @property
    def waits(self) -> bool:
        """Whether its values come when the whole level is there."""
        return self.kind.edge is not None or self.kind.is_async

    @property
    def is_grid(self) -> bool:
        """Whether its values are lists of lists."""
        kind: Any = get_nullable_type(self.definition.type)
        return isinstance(kind, GraphQLList) and isinstance(get_nullable_type(kind.of_type), GraphQLList)

    @property
    def needs(self) -> set[str] | None:
        """The items of its source that are looked at; None for who knows which."""
        needs = self.kind.needs
        if needs is None or not needs.passes_on:
            return None if needs is None else set(needs.items)
        return united([set(needs.items), *(selection.needs for selection in self.below)])

    def write(self, source: Source, access: str, promise: Promise | None) -> None:
        """Write the lines that read and complete the field."""
        kind = self.kind
        if self.waits:
            source.items.append(f"{self.name!r}: None")
            return
        if kind.specialized is not None:
            expression = f"{source.name(kind.specialized(self.owner.name), 'z')}(row)"
        elif kind.function is None:
            expression = promise.expression if promise else access.format(name=kind.name)
        else:
            given = [f"{kind.parent}=row"] if kind.parent else []
            given += [f"{kind.info}=s.infos[{self.number}]"] if kind.info else []
            given += [f"**s.arguments[{self.number}]"] if self.definition.args else []
            expression = f"{source.name(kind.function, 'r')}({', '.join(given)})"
        guard = condition(kind.conditions)
        required = isinstance(self.definition.type, GraphQLNonNull)
        sure = kind.function is None and kind.specialized is None and not (guard and required)
        if sure and promise and source.kept(promise, self.definition.type):
            source.items.append(
                f"{self.name!r}: {expression if guard is None else f'{expression} if {guard} else None'}"
            )
            return
        value = source.value(expression, guard)
        if kind.function is not None:
            source.names["Coroutine"] = CoroutineType
            source.lines.append(f"if {value}.__class__ is Coroutine: {value}.close(); raise Unusual('a coroutine')")
        kind_: Any = self.definition.type
        required = isinstance(kind_, GraphQLNonNull)
        inner = kind_.of_type if required else kind_
        if is_leaf_type(inner):
            source.leaf(value, inner, nullable=not required)
            source.items.append(f"{self.name!r}: {value}")
        else:
            source.items.append(f"{self.name!r}: {source.name(self.complete, 'c')}({value}, s)")


class Selection:
    """What is asked of objects of one type at one place."""

    __slots__ = ("_access", "_natives", "deep", "fields", "kind", "one_of_many", "readers", "waiting")

    def __init__(self, plan: "Plan", kind: GraphQLObjectType, groups: dict[str, FieldDetailsList]) -> None:
        self._access, self._natives, self.kind = plan.access, plan.natives, kind
        if kind.is_type_of is not None:
            raise Unusual("is_type_of")
        self.fields: dict[str, Field | str] = {}
        for name, details in groups.items():
            asked = details[0].node.name.value
            definition = plan.executor.schema.get_field(kind, asked)
            if asked == "__typename":
                self.fields[name] = kind.name
            elif definition is not None:
                self.fields[name] = Field(plan, kind, name, details, definition)
        fields = [field for field in self.fields.values() if isinstance(field, Field)]
        self.waiting = [field for field in fields if field.waits]
        self.deep = [field for field in fields if field.waits or field.below or field.is_grid]
        """Where something may be amiss when the object itself is not."""
        self.one_of_many = False
        """Whether the type was found out by looking at the source, who knows at what of it."""
        self.readers: dict[type, Reader] = {}

    @property
    def needs(self) -> set[str] | None:
        """The items of its sources that are looked at; None for who knows which."""
        return (
            None
            if self.one_of_many
            else united(field.needs for field in self.fields.values() if isinstance(field, Field))
        )

    def reader(self, of: type) -> Reader:
        """Write the reader for sources of a class."""
        if hasattr(of, "__await__") or issubclass(of, Exception | UndefinedType):
            raise Unusual("an awaitable or an exception")
        source, access = Source(self._natives), self._access(of)
        promises: dict[str, Promise] = getattr(of, "columns", {})
        for name, field in self.fields.items():
            if isinstance(field, Field):
                field.write(source, access, promises.get(field.kind.name))
            else:
                source.items.append(f"{name!r}: {field!r}")
        made = self.readers[of] = source.build()
        return made


def _needed(below: list[Selection]) -> frozenset[str] | None:
    """Say which items of the objects of an edge are needed; None for all."""
    items = united(selection.needs for selection in below) if below else None
    return None if items is None else frozenset(items)


class Root(NamedTuple):
    """A field of the root."""

    name: str
    details: FieldDetailsList
    definition: GraphQLField
    complete: Complete
    lookup: strawberries.Kind | None
    below: list[Selection]


class Plan:
    """An operation, worked out. While it is made it looks at an executor, and lets go of it then."""

    def __init__(self, executor: Executor[Any], root: GraphQLObjectType | None, style: Style) -> None:
        if root is None:
            raise Unusual("no root type")
        self.executor: Any = executor
        self.access, self.natives = style.access, style.natives
        self.root = root
        self.unusual = 0
        """How many times in a row it could not be carried through."""
        self.prepared: list[Field] = []
        """Fields whose `info` and arguments are made once for each request."""
        found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
        if found.new_defer_usages:
            raise Unusual("@defer")
        if any(one.fragment_variable_values for details in found.grouped_field_set.values() for one in details):
            raise Unusual("fragment variables")
        self.roots: list[Root] = []
        for name, details in found.grouped_field_set.items():
            definition = executor.schema.get_field(root, details[0].node.name.value)
            if definition is not None:
                below: list[Selection] = []
                complete = self._completer(definition.type, details, below)
                lookup = strawberries.looked_up(definition)
                self.roots.append(Root(name, details, definition, complete, lookup, below))
        self.items = _needed([selection for root in self.roots if root.lookup for selection in root.below])
        """Those items of values that the root looks up which are needed, by any, since they may share a loader."""
        self.executor = None
        self._share()

    def _share(self) -> None:
        """Let edges of one family ask for what any of them needs."""
        families: dict[object, list[Field]] = {}
        for field in self.prepared:
            if field.kind.edge:
                families.setdefault(field.kind.edge.family or field, []).append(field)
        for fields in families.values():
            needed = _needed([selection for field in fields for selection in field.below])
            for field in fields:
                field.items = needed

    def completers(
        self, kind: GraphQLOutputType, details: FieldDetailsList, below: list[Selection]
    ) -> tuple[Complete, Complete]:
        """Work out how a value of a type is completed, and how a list of such values is; say what is asked below."""
        must = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLObjectType):
            selection = self._selection(inner, details, below)
            return completers.object_(selection, required=must), completers.objects(selection, required=must)
        complete = self._completer(kind, details, below)
        return complete, completers.each_by(complete)

    def _completer(self, kind: GraphQLOutputType, details: FieldDetailsList, below: list[Selection]) -> Complete:
        if isinstance(kind, GraphQLNonNull):
            return completers.required(self._completer(kind.of_type, details, below))
        if isinstance(kind, GraphQLList):
            return self._list(kind, details, below)
        if is_leaf_type(kind):
            source = Source(self.natives)
            source.leaf("row", kind, nullable=True)
            return completers.leaf(source)
        if isinstance(kind, GraphQLObjectType):
            return completers.object_(self._selection(kind, details, below), required=False)
        return self._abstract(cast("Abstract", kind), details, below)

    def _list(self, kind: GraphQLList[Any], details: FieldDetailsList, below: list[Selection]) -> Complete:
        item: Any = kind.of_type
        must = isinstance(item, GraphQLNonNull)
        item = item.of_type if must else item
        if any(directive.name.value == "stream" for one in details for directive in one.node.directives or ()):
            raise Unusual("@stream")
        if is_leaf_type(item):
            return leaves(item, self.natives, nullable=not must)
        if isinstance(item, GraphQLObjectType):
            return completers.objects(self._selection(item, details, below), required=must)
        return completers.listed(self._completer(kind.of_type, details, below))

    def _selection(self, kind: GraphQLObjectType, details: FieldDetailsList, below: list[Selection]) -> Selection:
        """Collect what is asked of a type."""
        e = self.executor
        found = collect_subfields(e.schema, e.fragments, e.variable_values, e.operation, kind, details)
        if found.new_defer_usages or any(one.fragment_variable_values for one in details):
            raise Unusual("@defer or fragment variables")
        below.append(Selection(self, kind, found.grouped_field_set))
        return below[-1]

    def _abstract(self, kind: Abstract, details: FieldDetailsList, below: list[Selection]) -> Complete:
        resolve = kind.resolve_type
        if resolve is None:
            raise Unusual("no resolve_type")
        possible: dict[str | None, tuple[Selection, Complete]] = {}
        for one in self.executor.schema.get_possible_types(kind):
            selection = self._selection(one, details, below)
            selection.one_of_many = True
            possible[one.name] = selection, completers.object_(selection, required=False)

        def complete(value: Any, s: Any) -> Any:
            if value is None:
                return None
            found = possible.get(cast("Any", resolve)(value, s.abstract, kind))
            if found is None:
                raise Unusual("a type")
            out = found[1](value, s)
            s.kinds[id(out)] = found[0]
            return out

        return complete
