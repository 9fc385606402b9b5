"""Selections: the fields selected on objects of one type, and how each is read and completed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from execution.completers import Batch, Compiled
from execution.field_metadata import ColumnInfo, Columns
from execution.joined_objects import add_joined
from execution.readers import FunctionBuilder, NotPlannable, condition, for_all, predicate

if TYPE_CHECKING:
    from execution.plans import Plan

MAX_CLASSES = 32
"""For how many classes of sources a field or selection keeps what is compiled: each statement has a class of its own."""


def make_room(compiled: dict[type, Any]) -> None:
    """Drop what was compiled first, and with it the class, whose statement may be gone."""
    if len(compiled) >= MAX_CLASSES:
        del compiled[next(iter(compiled))]


def union_of(reads: Iterable[set[str] | None]) -> set[str] | None:
    """Unite sets of items; None, for all items, if any of them is None."""
    found = list(reads)
    return None if None in found else set[str]().union(*cast("list[set[str]]", found))


def needed_columns(below: "list[Selection]") -> frozenset[str] | None:
    """The columns that selections need of their sources; None for all."""
    items = union_of(selection.reads for selection in below) if below else None
    return None if items is None else frozenset(items)


def edges_of(below: "Iterable[Selection]") -> "Iterator[Field]":
    """The edges that lead on from the sources of selections."""
    for selection in below:
        for field in selection.fields.values():
            if isinstance(field, Field):
                reads = field.field_info.reads
                if field.field_info.edge is not None:
                    yield field
                elif reads is not None and reads.same_source:
                    yield from edges_of(field.below)


def _contains_variable(value: Any) -> bool:
    """Whether a value in a document is or contains a variable."""
    if isinstance(value, VariableNode):
        return True
    inner = [*getattr(value, "values", ()), *(field.value for field in getattr(value, "fields", ()))]
    return any(map(_contains_variable, inner))


class Field:
    """A field of a selection: how its value is read and completed."""

    __slots__ = (
        "_key_readers",
        "below",
        "columns",
        "complete",
        "complete_many",
        "constant",
        "definition",
        "details",
        "field_info",
        "guard",
        "index",
        "name",
        "own_columns",
        "owner",
        "static_arguments",
    )  # fmt: skip

    def __init__(
        self, plan: "Plan", owner: GraphQLObjectType, name: str, details: FieldDetailsList, of: GraphQLField
    ) -> None:
        self.owner, self.name, self.details, self.definition = owner, name, details, of
        self.field_info = strawberry_adapter.field_info(of, owner.name)
        expression = condition(self.field_info.conditions)
        self.guard = predicate(expression) if expression else None
        self._key_readers: dict[type, Callable[[list[Any]], list[Any]]] = {}
        self.below: list[Selection] = []
        """The selections on its values: one for each type that they may have."""
        self.columns: Columns | None = None
        """The columns that an edge needs of its values; None for all."""
        self.own_columns: frozenset[str] | None = None
        """The same without columns of other rows that could be fetched with them."""
        self.complete, self.complete_many = plan.completers(of.type, details, self.below)
        self.constant = not any(_contains_variable(one.value) for one in details[0].node.arguments or ())
        """Whether its arguments contain no variable."""
        self.static_arguments: dict[str, Any] | None = None
        """Its coerced arguments, once known, if they are the same for all requests."""
        self.index = -1
        if self.is_batched or self.field_info.info or of.args:
            self.index = len(plan.prepared)
            plan.prepared.append(self)

    @property
    def is_batched(self) -> bool:
        """Whether its values are loaded for all objects of a level at once."""
        return self.field_info.edge is not None or self.field_info.is_async

    def keys(self, rows: list[Any]) -> list[Any]:
        """The keys of an edge in its sources; None where its conditions are not met."""
        classes = {row.__class__ for row in rows}
        if len(classes) > 1:
            return [self._keys_of(row.__class__)([row])[0] for row in rows]
        return self._keys_of(classes.pop())(rows)

    def _keys_of(self, kind: type) -> Callable[[list[Any]], list[Any]]:
        """Compile the function that reads the keys of sources of a class."""
        made = self._key_readers.get(kind)
        edge = self.field_info.edge
        if made is None and edge is not None:
            column: ColumnInfo | None = getattr(kind, "columns", {}).get(edge.key)
            key, guard = column.expression if column else f"row[{edge.key!r}]", condition(self.field_info.conditions)
            make_room(self._key_readers)
            made = self._key_readers[kind] = for_all(key if guard is None else f"{key} if {guard} else None")
        return cast("Callable[[list[Any]], list[Any]]", made)

    @property
    def is_joinable(self) -> bool:
        """Whether a statement for its sources may fetch its values, too."""
        edge, columns = self.field_info.edge, self.own_columns
        return edge is not None and columns is not None and columns <= edge.joinable and not self.field_info.conditions

    @property
    def is_column(self) -> bool:
        """Whether it is a leaf, and made from one item of its source alone."""
        info, inner = self.field_info, get_nullable_type(self.definition.type)
        return is_leaf_type(inner) and (info.function is None or info.specialized is not None) and not info.conditions

    @property
    def is_grid(self) -> bool:
        """Whether its values are lists of lists."""
        type_: Any = get_nullable_type(self.definition.type)
        return isinstance(type_, GraphQLList) and isinstance(get_nullable_type(type_.of_type), GraphQLList)

    @property
    def reads(self) -> set[str] | None:
        """The items of its source that it reads; None if this is not known."""
        reads = self.field_info.reads
        if reads is None or not reads.same_source:
            return None if reads is None else set(reads.items)
        return union_of([set(reads.items), *(selection.reads for selection in self.below)])

    def compile(self, builder: FunctionBuilder, accessor: str, columns: Mapping[str, ColumnInfo]) -> None:
        """Add the lines that read and complete the field, or leave its place open if its values are loaded later."""
        info = self.field_info
        column = columns.get(info.item)
        if self.is_batched:
            builder.items.append(f"{self.name!r}: None")
            return
        item = column.expression if column else accessor.format(name=info.item)
        if info.specialized is not None:
            expression = f"{builder.name(info.specialized(self.owner.name), 'z')}({item})"
        elif info.function is None:
            expression = item
        else:
            arguments = [f"{info.parent}=row"] if info.parent else []
            arguments += [f"{info.info}=run.resolve_infos[{self.index}]"] if info.info else []
            arguments += [f"**run.arguments[{self.index}]"] if self.definition.args else []
            expression = f"{builder.name(info.function, 'r')}({', '.join(arguments)})"
        guard = condition(info.conditions)
        required, inner = isinstance(self.definition.type, GraphQLNonNull), get_nullable_type(self.definition.type)
        is_plain = info.function is None and info.specialized is None and not (guard and required)
        if is_plain and column and builder.is_guaranteed(column, self.definition.type):
            written = builder.written(expression, column, inner)
            builder.items.append(f"{self.name!r}: {written if guard is None else f'{written} if {guard} else None'}")
            return
        value = builder.value(expression, guard)
        if info.function is not None:
            builder.names["Coroutine"] = CoroutineType
            builder.lines.append(
                f"if {value}.__class__ is Coroutine: {value}.close(); raise NotPlannable('a coroutine')"
            )
        if is_leaf_type(inner):
            builder.leaf(value, inner, nullable=not required)
            builder.items.append(f"{self.name!r}: {value}")
        else:
            builder.items.append(f"{self.name!r}: {builder.name(self.complete, 'c')}({value}, run)")


class Selection:
    """The fields selected on objects of one type."""

    __slots__ = ("_accessor", "_batches", "_native_scalars", "compiled", "fallible", "fields", "is_possible_type")

    def __init__(self, plan: "Plan", type_: GraphQLObjectType, groups: dict[str, FieldDetailsList]) -> None:
        self._accessor, self._native_scalars = plan.accessor, plan.native_scalars
        if type_.is_type_of is not None:
            raise NotPlannable("is_type_of")
        self.fields: dict[str, Field | str] = {}
        for name, details in groups.items():
            selected = details[0].node.name.value
            definition = plan.executor.schema.get_field(type_, selected)
            if selected == "__typename":
                self.fields[name] = type_.name
            elif definition is not None:
                self.fields[name] = Field(plan, type_, name, details, definition)
        fields = [field for field in self.fields.values() if isinstance(field, Field)]
        self.fallible = [field for field in fields if field.is_batched or field.below or field.is_grid]
        """The fields whose values may contain a failure although the object itself was completed."""
        self.is_possible_type = False
        """Whether it is for one possible type of an interface or union: `resolve_type` may read any item of the source."""
        self.compiled: dict[type, Compiled] = {}
        """By the class of the sources."""
        self._batches: dict[tuple[Field, ...], Batch] = {}

    @property
    def reads(self) -> set[str] | None:
        """The items of its sources that its fields read; None if this is not known."""
        return (
            None
            if self.is_possible_type
            else union_of(field.reads for field in self.fields.values() if isinstance(field, Field))
        )

    def compile(self, of: type) -> Compiled:
        """Compile the reader for sources of a class; also gives the fields that it leaves out."""
        if hasattr(of, "__await__") or issubclass(of, Exception | UndefinedType):
            raise NotPlannable("an awaitable or an exception")
        builder, accessor = FunctionBuilder(self._native_scalars), self._accessor(of)
        columns: dict[str, ColumnInfo] = getattr(of, "columns", {})
        later: tuple[Field, ...] = ()
        for name, field in self.fields.items():
            if isinstance(field, str):
                builder.items.append(f"{name!r}: {field!r}")
            elif not add_joined(builder, field, of):
                field.compile(builder, accessor, columns)
                later += (field,) if field.is_batched else ()
        make_room(self.compiled)
        batch = self._batches.setdefault(later, Batch(later)) if later else None  # sources of all classes go together
        made = self.compiled[of] = builder.build(), batch
        return made
