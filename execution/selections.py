"""Selections: what is asked of objects of one type at one place, and how each field of them is read and completed."""

from collections.abc import Iterable
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import UndefinedType

from execution import strawberry_adapter
from execution.field_metadata import ColumnInfo
from execution.readers import NotPlannable, Reader, Source, condition, predicate

if TYPE_CHECKING:
    from execution.plans import Plan


def united(reads: Iterable[set[str] | None]) -> set[str] | None:
    """Unite what several look at."""
    found = list(reads)
    return None if None in found else set[str]().union(*cast("list[set[str]]", found))


def needed_columns(below: "list[Selection]") -> frozenset[str] | None:
    """Say which items of the objects of an edge are needed_columns; None for all."""
    items = united(selection.reads for selection in below) if below else None
    return None if items is None else frozenset(items)


def _varies(value: Any) -> bool:
    """Whether a value in a document has a variable in it."""
    if isinstance(value, VariableNode):
        return True
    inner = [*getattr(value, "values", ()), *(field.value for field in getattr(value, "fields", ()))]
    return any(map(_varies, inner))


class Field:
    """A field of a selection: where its value comes from, and how it is completed."""

    __slots__ = (
        "below", "complete", "constant", "definition", "details", "each", "guard", "items", "kind", "name", "number",
        "owner", "static_arguments",
    )  # fmt: skip

    def __init__(
        self, plan: "Plan", owner: GraphQLObjectType, name: str, details: FieldDetailsList, of: GraphQLField
    ) -> None:
        self.owner, self.name, self.details, self.definition = owner, name, details, of
        self.kind = strawberry_adapter.field_info(of, owner.name)
        expression = condition(self.kind.conditions)
        self.guard = predicate(expression) if expression else None
        self.below: list[Selection] = []
        """What is asked of its values: a selection for each type that they may have."""
        self.items: frozenset[str] | None = None
        """Those items of its values that are needed_columns, for an edge; None for all."""
        self.complete, self.each = plan.completers(of.type, details, self.below)
        self.constant = not any(_varies(one.value) for one in details[0].node.arguments or ())
        """Whether no variable is among its arguments."""
        self.static_arguments: dict[str, Any] | None = None
        """Its arguments, once they are known and the same for every request."""
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
    def reads(self) -> set[str] | None:
        """The items of its source that are looked at; None for who knows which."""
        reads = self.kind.reads
        if reads is None or not reads.same_source:
            return None if reads is None else set(reads.items)
        return united([set(reads.items), *(selection.reads for selection in self.below)])

    def write(self, source: Source, access: str, promise: ColumnInfo | None) -> None:
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
            source.lines.append(
                f"if {value}.__class__ is Coroutine: {value}.close(); raise NotPlannable('a coroutine')"
            )
        inner = get_nullable_type(self.definition.type)
        if is_leaf_type(inner):
            source.leaf(value, inner, nullable=not required)
            source.items.append(f"{self.name!r}: {value}")
        else:
            source.items.append(f"{self.name!r}: {source.name(self.complete, 'c')}({value}, s)")


class Selection:
    """What is asked of objects of one type at one place."""

    __slots__ = ("_access", "_passthrough_scalars", "deep", "fields", "one_of_many", "readers", "waiting")

    def __init__(self, plan: "Plan", kind: GraphQLObjectType, groups: dict[str, FieldDetailsList]) -> None:
        self._access, self._passthrough_scalars = plan.access, plan.passthrough_scalars
        if kind.is_type_of is not None:
            raise NotPlannable("is_type_of")
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
        """Where something may be failed when the object itself is not."""
        self.one_of_many = False
        """Whether the type was found out by looking at the source, who knows at what of it."""
        self.readers: dict[type, Reader] = {}

    @property
    def reads(self) -> set[str] | None:
        """The items of its sources that are looked at; None for who knows which."""
        return (
            None
            if self.one_of_many
            else united(field.reads for field in self.fields.values() if isinstance(field, Field))
        )

    def reader(self, of: type) -> Reader:
        """Write the reader for sources of a class."""
        if hasattr(of, "__await__") or issubclass(of, Exception | UndefinedType):
            raise NotPlannable("an awaitable or an exception")
        source, access = Source(self._passthrough_scalars), self._access(of)
        promises: dict[str, ColumnInfo] = getattr(of, "columns", {})
        for name, field in self.fields.items():
            if isinstance(field, Field):
                field.write(source, access, promises.get(field.kind.name))
            else:
                source.items.append(f"{name!r}: {field!r}")
        made = self.readers[of] = source.build()
        return made
