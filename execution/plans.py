"""Plans: an operation analysed and compiled once, to be run for many requests. They hold no data of a request."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
)  # fmt: skip
from graphql.execution.collect_fields import FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.executor import Executor

from execution import completers, strawberry_adapter
from execution.completers import Complete
from execution.field_metadata import Columns, JoinedColumns
from execution.readers import FunctionBuilder, NativeScalar, NotPlannable, leaves
from execution.selections import Field, Selection, edges_of, needed_columns

Abstract = GraphQLInterfaceType | GraphQLUnionType


class PlanOptions(NamedTuple):
    """How sources are read and scalars written, for one schema."""

    accessor: Callable[[type], str]
    """Gives for a class of sources the expression that reads a field from `row`, with `{name!r}` or `{name}` for the field."""
    native_scalars: Mapping[str, NativeScalar]
    """Scalars by name, and the class of the values that are usual for them."""


class Root(NamedTuple):
    """A root field."""

    name: str
    details: FieldDetailsList
    definition: GraphQLField
    complete: Complete
    lookup: strawberry_adapter.FieldInfo | None
    below: list[Selection]


def _below(fields: "Iterable[Field | Root]") -> list[Selection]:
    return [selection for field in fields for selection in field.below]


def _with_joins(fields: "Sequence[Field | Root]") -> Columns | None:
    """The columns that the values of fields need, with those of other rows that a statement can fetch with them."""
    columns = needed_columns(_below(fields))
    if columns is None:
        return None
    joined: dict[tuple[str, object], list[Field]] = {}
    for field in edges_of(_below(fields)):
        edge = field.field_info.edge
        if edge and field.is_joinable:
            joined.setdefault((edge.key, edge.family), []).append(field)
    return columns | {JoinedColumns(key, family, _joined(same)) for (key, family), same in joined.items()}


def _joined(fields: Sequence[Field]) -> Columns:
    """The same for joined rows, which must have whatever any edge of their family needs."""
    return (fields[0].own_columns or frozenset()) | (_with_joins(fields) or frozenset())


def _may_share(kind: GraphQLNamedType, definition: GraphQLField) -> bool:
    """Whether values of a field may be found by a loader of values of this type."""
    other = get_named_type(definition.type)
    return other is kind or is_abstract_type(kind) or is_abstract_type(other)


class Plan:
    """A compiled operation. It refers to an executor only while it is being built."""

    def __init__(self, executor: Executor[Any], root: GraphQLObjectType | None, options: PlanOptions) -> None:
        if root is None:
            raise NotPlannable("no root type")
        self.executor: Any = executor
        self.accessor, self.native_scalars = options.accessor, options.native_scalars
        self.root = root
        self.fields = 0
        """How many fields it has."""
        self.fallbacks = 0
        """How many times in a row it could not be completed."""
        self.prepared: list[Field] = []
        """Fields whose `info` and arguments are prepared once for each request."""
        found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
        if found.new_defer_usages:
            raise NotPlannable("@defer")
        if any(one.fragment_variable_values for details in found.grouped_field_set.values() for one in details):
            raise NotPlannable("fragment variables")
        self.roots: list[Root] = []
        self.fields += len(found.grouped_field_set)
        for name, details in found.grouped_field_set.items():
            definition = executor.schema.get_field(root, details[0].node.name.value)
            if definition is not None:
                below: list[Selection] = []
                complete = self._completer(definition.type, details, below)
                lookup = strawberry_adapter.root_lookup(definition)
                self.roots.append(Root(name, details, definition, complete, lookup, below))
        self.executor = None
        self._families: dict[object, list[Field]] = {}
        self._root_columns: dict[tuple[object, str], Columns | None] = {}
        self._share_columns()

    def _share_columns(self) -> None:
        """Let all edges of one family load the columns that any of them needs."""
        for field in self.prepared:
            if field.field_info.edge:
                self._families.setdefault(field.field_info.edge.family or field, []).append(field)
        for fields in self._families.values():
            own_columns = needed_columns(_below(fields))
            for field in fields:
                field.own_columns = own_columns
        for fields in self._families.values():
            columns = _with_joins(fields)
            for field in fields:
                field.columns = columns

    def root_columns(self, family: object, root: Any) -> Columns | None:
        """The columns that rows of a root field need: such fields may share a loader, with each other and with edges.

        Those of other types do not, unless they are of an interface or union.
        """
        key = family, root.name
        if key not in self._root_columns:
            kind = get_named_type(root.definition.type)
            sharing = [other for other in self.roots if other.lookup and _may_share(kind, other.definition)]
            self._root_columns[key] = _with_joins([*sharing, *self._families.get(family, ())])
        return self._root_columns[key]

    def event_columns(self, family: object) -> Columns | None:
        """The columns that the root of a subscription's answer needs, and edges to rows of the same loader."""
        key = family, ""
        if key not in self._root_columns:
            self._root_columns[key] = _with_joins([*self.roots, *self._families.get(family, ())])
        return self._root_columns[key]

    def completers(
        self, type_: GraphQLOutputType, details: FieldDetailsList, below: list[Selection]
    ) -> tuple[Complete, Complete]:
        """Build functions that complete one value of a type and a list of them; adds the selections on it to `below`."""
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLObjectType):
            selection = self._selection(inner, details, below)
            return completers.object_(selection, required=required), completers.objects(selection, required=required)
        complete = self._completer(type_, details, below)
        return complete, completers.for_each(complete)

    def _completer(self, type_: GraphQLOutputType, details: FieldDetailsList, below: list[Selection]) -> Complete:
        if isinstance(type_, GraphQLNonNull):
            if isinstance(type_.of_type, GraphQLList):
                return self._list(type_.of_type, details, below, required=True)
            return completers.non_null(self._completer(type_.of_type, details, below))
        if isinstance(type_, GraphQLList):
            return self._list(type_, details, below, required=False)
        if is_leaf_type(type_):
            builder = FunctionBuilder(self.native_scalars)
            builder.leaf("row", type_, nullable=True)
            return completers.leaf(builder)
        if isinstance(type_, GraphQLObjectType):
            return completers.object_(self._selection(type_, details, below), required=False)
        return self._abstract(cast("Abstract", type_), details, below)

    def _list(
        self, type_: GraphQLList[Any], details: FieldDetailsList, below: list[Selection], *, required: bool
    ) -> Complete:
        item: Any = get_nullable_type(type_.of_type)
        nullable = item is type_.of_type
        if any(directive.name.value == "stream" for one in details for directive in one.node.directives or ()):
            raise NotPlannable("@stream")
        if is_leaf_type(item):
            return leaves(item, self.native_scalars, nullable=nullable, required=required)
        if isinstance(item, GraphQLObjectType):
            made = completers.objects(self._selection(item, details, below), required=not nullable)
        else:
            made = completers.list_of(self._completer(type_.of_type, details, below))
        return completers.non_null(made) if required else made

    def _selection(self, type_: GraphQLObjectType, details: FieldDetailsList, below: list[Selection]) -> Selection:
        """Collect the fields selected on a type."""
        executor = self.executor
        found = collect_subfields(
            executor.schema, executor.fragments, executor.variable_values, executor.operation, type_, details
        )
        if found.new_defer_usages or any(one.fragment_variable_values for one in details):
            raise NotPlannable("@defer or fragment variables")
        self.fields += len(found.grouped_field_set)
        below.append(Selection(self, type_, found.grouped_field_set))
        return below[-1]

    def _abstract(self, type_: Abstract, details: FieldDetailsList, below: list[Selection]) -> Complete:
        resolve = type_.resolve_type
        if resolve is None:
            raise NotPlannable("no resolve_type")
        possible: dict[str | None, tuple[Selection, Complete]] = {}
        for one in self.executor.schema.get_possible_types(type_):
            selection = self._selection(one, details, below)
            selection.is_possible_type = True
            possible[one.name] = selection, completers.object_(selection, required=False)

        def complete(value: Any, run: Any) -> Any:
            if value is None:
                return None
            found = possible.get(cast("Any", resolve)(value, run.abstract, type_))
            if found is None:
                raise NotPlannable("a type")
            output = found[1](value, run)
            run.selections[id(output)] = found[0]
            return output

        return complete
