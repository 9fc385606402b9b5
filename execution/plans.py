"""Plans: an operation, worked out once. They hold nothing of any request."""

from collections.abc import Callable, Mapping
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

from execution import completers, strawberry_adapter
from execution.completers import Complete
from execution.readers import NotPlannable, Source, leaves
from execution.selections import Field, Selection, needed_columns

Abstract = GraphQLInterfaceType | GraphQLUnionType


class PlanOptions(NamedTuple):
    """How a schema wants its sources read and its answers written."""

    access: Callable[[type], str]
    """How a plain field is read from a source of a class: an expression over `row` with `{name!r}` or `{name}`."""
    passthrough_scalars: Mapping[str, type]
    """Scalars whose values of a class are left as they are, since whoever writes the JSON writes them the same way."""


class Root(NamedTuple):
    """A field of the root."""

    name: str
    details: FieldDetailsList
    definition: GraphQLField
    complete: Complete
    lookup: strawberry_adapter.FieldInfo | None
    below: list[Selection]


class Plan:
    """An operation, worked out. While it is made it looks at an executor, and lets go of it then."""

    def __init__(self, executor: Executor[Any], root: GraphQLObjectType | None, style: PlanOptions) -> None:
        if root is None:
            raise NotPlannable("no root type")
        self.executor: Any = executor
        self.access, self.passthrough_scalars = style.access, style.passthrough_scalars
        self.root = root
        self.fallbacks = 0
        """How many times in a row it could not be carried through."""
        self.prepared: list[Field] = []
        """Fields whose `info` and arguments are made once for each request."""
        found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
        if found.new_defer_usages:
            raise NotPlannable("@defer")
        if any(one.fragment_variable_values for details in found.grouped_field_set.values() for one in details):
            raise NotPlannable("fragment variables")
        self.roots: list[Root] = []
        for name, details in found.grouped_field_set.items():
            definition = executor.schema.get_field(root, details[0].node.name.value)
            if definition is not None:
                below: list[Selection] = []
                complete = self._completer(definition.type, details, below)
                lookup = strawberry_adapter.root_lookup(definition)
                self.roots.append(Root(name, details, definition, complete, lookup, below))
        self.items = needed_columns([selection for root in self.roots if root.lookup for selection in root.below])
        """Those items of values that the root looks up which are needed_columns, by any, since they may share a loader."""
        self.executor = None
        self._share()

    def _share(self) -> None:
        """Let edges of one family ask for what any of them reads."""
        families: dict[object, list[Field]] = {}
        for field in self.prepared:
            if field.kind.edge:
                families.setdefault(field.kind.edge.family or field, []).append(field)
        for fields in families.values():
            items = needed_columns([selection for field in fields for selection in field.below])
            for field in fields:
                field.items = items

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
            source = Source(self.passthrough_scalars)
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
            raise NotPlannable("@stream")
        if is_leaf_type(item):
            return leaves(item, self.passthrough_scalars, nullable=not must)
        if isinstance(item, GraphQLObjectType):
            return completers.objects(self._selection(item, details, below), required=must)
        return completers.listed(self._completer(kind.of_type, details, below))

    def _selection(self, kind: GraphQLObjectType, details: FieldDetailsList, below: list[Selection]) -> Selection:
        """Collect what is asked of a type."""
        e = self.executor
        found = collect_subfields(e.schema, e.fragments, e.variable_values, e.operation, kind, details)
        if found.new_defer_usages or any(one.fragment_variable_values for one in details):
            raise NotPlannable("@defer or fragment variables")
        below.append(Selection(self, kind, found.grouped_field_set))
        return below[-1]

    def _abstract(self, kind: Abstract, details: FieldDetailsList, below: list[Selection]) -> Complete:
        resolve = kind.resolve_type
        if resolve is None:
            raise NotPlannable("no resolve_type")
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
                raise NotPlannable("a type")
            out = found[1](value, s)
            s.kinds[id(out)] = found[0]
            return out

        return complete
