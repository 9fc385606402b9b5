"""Plans: an operation, worked out once. They hold nothing of any request."""

from collections.abc import Callable
from typing import Any, cast

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

from execution import strawberries
from execution.readers import Reader, Source, Unusual, condition, predicate

Abstract = GraphQLInterfaceType | GraphQLUnionType
Complete = Callable[[Any, Any], Any]
Access = Callable[[type], str]
"""How a plain field is read from a source of a class: an expression over `row` with `{name!r}` or `{name}`."""


class Field:
    """A field of a selection: where its value comes from, and how it is completed."""

    __slots__ = ("complete", "definition", "details", "guard", "kind", "name", "number", "owner", "plan")

    def __init__(
        self, plan: "Plan", owner: GraphQLObjectType, name: str, details: FieldDetailsList, of: GraphQLField
    ) -> None:
        self.plan, self.owner, self.name, self.details, self.definition = plan, owner, name, details, of
        self.kind = strawberries.kind(of)
        expression = condition(self.kind.conditions)
        self.guard = predicate(expression) if expression else None
        self.complete: Complete = plan.completer(of.type, details)
        self.number = -1
        if self.waits or self.kind.info or of.args:
            self.number = len(plan.prepared)
            plan.prepared.append(self)

    @property
    def waits(self) -> bool:
        """Whether its values come when the whole level is there."""
        return self.kind.edge is not None or self.kind.is_async

    def write(self, source: Source, access: str) -> None:
        """Write the lines that read and complete the field."""
        kind = self.kind
        if self.waits:
            source.items.append(f"{self.name!r}: None")
            return
        if kind.function is None:
            expression = access.format(name=kind.name)
        else:
            given = [f"{kind.parent}=row"] if kind.parent else []
            given += [f"{kind.info}=s.infos[{self.number}]"] if kind.info else []
            given += [f"**s.arguments[{self.number}]"] if self.definition.args else []
            expression = f"{source.name(kind.function, 'r')}({', '.join(given)})"
        guard = condition(kind.conditions)
        value = source.value(expression, guard)
        kind_: Any = self.definition.type
        required = isinstance(kind_, GraphQLNonNull)
        inner = kind_.of_type if required else kind_
        if is_leaf_type(inner):
            source.leaf(value, inner, nullable=not required or guard is not None)
            source.items.append(f"{self.name!r}: {value}")
        else:
            source.items.append(f"{self.name!r}: {source.name(self.complete, 'c')}({value}, s)")


class Selection:
    """What is asked of objects of one type at one place."""

    __slots__ = ("_access", "_constants", "fields", "readers", "waiting")

    def __init__(self, plan: "Plan", kind: GraphQLObjectType, groups: dict[str, FieldDetailsList]) -> None:
        self._access = plan.access
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
        if hasattr(of, "__await__"):
            raise Unusual("an awaitable")
        source, access = Source(), self._access(of)
        for name, field in self.fields.items():
            if isinstance(field, Field):
                field.write(source, access)
            else:
                source.items.append(f"{name!r}: {field!r}")
        made = self.readers[of] = source.build()
        return made


class Plan:
    """An operation, worked out. While it is made it looks at an executor, and lets go of it then."""

    def __init__(self, executor: Executor[Any], root: GraphQLObjectType, access: Access) -> None:
        self.executor: Any = executor
        self.access = access
        self.root = root
        self.prepared: list[Field] = []
        """Fields whose `info` and arguments are made once for each request."""
        found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
        if found.new_defer_usages:
            raise Unusual("@defer")
        self.roots: list[tuple[str, FieldDetailsList, GraphQLField, Complete]] = []
        for name, details in found.grouped_field_set.items():
            definition = executor.schema.get_field(root, details[0].node.name.value)
            if definition is None:
                continue
            self.roots.append((name, details, definition, self.completer(definition.type, details)))
        self.executor = None

    def completer(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete:
        """Work out how values of a type are completed."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self.completer(kind.of_type, details))
        if isinstance(kind, GraphQLList):
            if any(directive.name.value == "stream" for one in details for directive in one.node.directives or ()):
                raise Unusual("@stream")
            return _listed(self.completer(kind.of_type, details))
        if is_leaf_type(kind):
            source = Source()
            source.leaf("row", kind, nullable=True)
            return _leaf(source)
        if isinstance(kind, GraphQLObjectType):
            return _object(self.selection(kind, details))
        return self._abstract(cast("Abstract", kind), details)

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
            one.name: _object(self.selection(one, details)) for one in self.executor.schema.get_possible_types(kind)
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


def _leaf(source: Source) -> Complete:
    source.items.append("'_': row")
    read = source.build()
    return lambda value, s: read(value, s)["_"]


def _object(selection: Selection) -> Complete:
    readers, waiting = selection.readers, selection.waiting

    def complete(value: Any, s: Any) -> Any:
        if value is None:
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
