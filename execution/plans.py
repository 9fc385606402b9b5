"""Plans: an operation, worked out once. They hold nothing of any request."""

from collections.abc import Callable, Mapping
from types import CoroutineType, NoneType
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    is_leaf_type,
)  # fmt: skip
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.executor import Executor
from graphql.pyutils import UndefinedType

from execution import strawberries
from execution.edges import Promise
from execution.readers import Reader, Source, Unusual, condition, leaves, predicate

Abstract = GraphQLInterfaceType | GraphQLUnionType
Complete = Callable[[Any, Any], Any]


class Style(NamedTuple):
    """How a schema wants its sources read and its answers written."""

    access: Callable[[type], str]
    """How a plain field is read from a source of a class: an expression over `row` with `{name!r}` or `{name}`."""
    natives: Mapping[str, type]
    """Scalars whose values of a class are left as they are, since whoever writes the JSON writes them the same way."""


class Field:
    """A field of a selection: where its value comes from, and how it is completed."""

    __slots__ = ("complete", "definition", "details", "each", "guard", "kind", "name", "number", "owner", "plan")

    def __init__(
        self, plan: "Plan", owner: GraphQLObjectType, name: str, details: FieldDetailsList, of: GraphQLField
    ) -> None:
        self.plan, self.owner, self.name, self.details, self.definition = plan, owner, name, details, of
        self.kind = strawberries.kind(of)
        expression = condition(self.kind.conditions)
        self.guard = predicate(expression) if expression else None
        self.complete, self.each = plan.completers(of.type, details)
        self.number = -1
        if self.waits or self.kind.info or of.args:
            self.number = len(plan.prepared)
            plan.prepared.append(self)

    @property
    def waits(self) -> bool:
        """Whether its values come when the whole level is there."""
        return self.kind.edge is not None or self.kind.is_async

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

    __slots__ = ("_access", "_natives", "fields", "readers", "waiting")

    def __init__(self, plan: "Plan", kind: GraphQLObjectType, groups: dict[str, FieldDetailsList]) -> None:
        self._access, self._natives = plan.access, plan.natives
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
        self.waiting = [field for field in self.fields.values() if isinstance(field, Field) and field.waits]
        self.readers: dict[type, Reader] = {}

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


class Plan:
    """An operation, worked out. While it is made it looks at an executor, and lets go of it then."""

    def __init__(self, executor: Executor[Any], root: GraphQLObjectType | None, style: Style) -> None:
        if root is None:
            raise Unusual("no root type")
        self.executor: Any = executor
        self.access, self.natives = style.access, style.natives
        self.root = root
        self.prepared: list[Field] = []
        """Fields whose `info` and arguments are made once for each request."""
        found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
        if found.new_defer_usages:
            raise Unusual("@defer")
        if any(one.fragment_variable_values for details in found.grouped_field_set.values() for one in details):
            raise Unusual("fragment variables")
        self.roots: list[tuple[str, FieldDetailsList, GraphQLField, Complete, strawberries.Kind | None]] = []
        for name, details in found.grouped_field_set.items():
            definition = executor.schema.get_field(root, details[0].node.name.value)
            if definition is None:
                continue
            lookup = strawberries.looked_up(definition)
            self.roots.append((name, details, definition, self.completer(definition.type, details), lookup))
        self.executor = None

    def completers(self, kind: GraphQLOutputType, details: FieldDetailsList) -> tuple[Complete, Complete]:
        """Work out how a value of a type is completed, and how a list of such values is."""
        required = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLObjectType):
            selection = self.selection(inner, details)
            return _object(selection, required=required), _objects(selection, required=required)
        complete = self.completer(kind, details)
        return complete, lambda values, s: [complete(value, s) for value in values]

    def completer(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete:
        """Work out how a value of a type is completed."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self.completer(kind.of_type, details))
        if isinstance(kind, GraphQLList):
            return self._list(kind, details)
        if is_leaf_type(kind):
            source = Source(self.natives)
            source.leaf("row", kind, nullable=True)
            return _leaf(source)
        if isinstance(kind, GraphQLObjectType):
            return _object(self.selection(kind, details), required=False)
        return self._abstract(cast("Abstract", kind), details)

    def _list(self, kind: GraphQLList[Any], details: FieldDetailsList) -> Complete:
        item: Any = kind.of_type
        required = isinstance(item, GraphQLNonNull)
        item = item.of_type if required else item
        if any(directive.name.value == "stream" for one in details for directive in one.node.directives or ()):
            raise Unusual("@stream")
        if is_leaf_type(item):
            return leaves(item, self.natives, nullable=not required)
        if isinstance(item, GraphQLObjectType):
            return _objects(self.selection(item, details), required=required)
        return _listed(self.completer(kind.of_type, details))

    def selection(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        """Collect what is asked of a type."""
        e = self.executor
        found = collect_subfields(e.schema, e.fragments, e.variable_values, e.operation, kind, details)
        if found.new_defer_usages or any(one.fragment_variable_values for one in details):
            raise Unusual("@defer or fragment variables")
        return Selection(self, kind, found.grouped_field_set)

    def _abstract(self, kind: Abstract, details: FieldDetailsList) -> Complete:
        resolve = kind.resolve_type
        if resolve is None:
            raise Unusual("no resolve_type")
        possible = {
            one.name: _object(self.selection(one, details), required=False)
            for one in self.executor.schema.get_possible_types(kind)
        }

        def complete(value: Any, s: Any) -> Any:
            if value is None:
                return None
            found = possible.get(resolve(value, s.abstract, kind))
            if found is None:
                raise Unusual("a type")
            return found(value, s)

        return complete


def _required(inner: Complete) -> Complete:
    def complete(value: Any, s: Any) -> Any:
        if value is None:
            raise Unusual("null")
        return inner(value, s)

    return complete


def _listed(inner: Complete) -> Complete:
    def complete(value: Any, s: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            raise Unusual("not a list")
        return [inner(item, s) for item in value]

    return complete


def _objects(selection: Selection, *, required: bool) -> Complete:
    readers, waiting = selection.readers, selection.waiting

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            raise Unusual("not a list")
        if not value:
            return []
        kinds = {item.__class__ for item in value}
        kind = kinds.pop()
        if kinds or kind is NoneType:
            return [one(item, s) for item in value]
        read = readers.get(kind) or selection.reader(kind)
        outs = [read(item, s) for item in value]
        if waiting:
            frame = s.frames.get(selection)
            if frame is None:
                frame = s.frames[selection] = ([], [])
            frame[0].extend(value)
            frame[1].extend(outs)
        return outs

    one = _object(selection, required=required)
    return complete


def _leaf(source: Source) -> Complete:
    source.items.append("'_': row")
    read = source.build()
    return lambda value, s: read(value, s)["_"]


def _object(selection: Selection, *, required: bool) -> Complete:
    readers, waiting = selection.readers, selection.waiting

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            if required:
                raise Unusual("null")
            return None
        out = (readers.get(value.__class__) or selection.reader(value.__class__))(value, s)
        if waiting:
            frame = s.frames.get(selection)
            if frame is None:
                frame = s.frames[selection] = ([], [])
            frame[0].append(value)
            frame[1].append(out)
        return out

    return complete
