"""What fields and objects cost, and how long lists are: shown in the SDL by the directives of the cost specification.

https://ibm.github.io/graphql-specs/cost-spec.html
"""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLList, GraphQLNamedType, get_nullable_type
from strawberry.schema_directive import Location

from execution.field_metadata import PAGE_ROWS, FieldPlan, ListSize

SEARCH = 10
"""Finding rows by what somebody typed."""
COUNT = 5
"""Counting rows, which is a query of its own."""
HISTORY = 10
"""Reading all the prices that the listings of a variant ever had."""
FACETS = 50
"""Counting rows by all their facets."""
MUTATION = 10


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INTERFACE, Location.OBJECT],
    name="cost",
    description="On a type of objects: what each object costs, instead of 1. On a field: what the field costs in addition to "
    "the objects that it returns.",
)
class CostDirective:
    """The weight is a number, as text."""

    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="The number of objects that this list counts as in the cost: the value of the first argument in "
    "`slicingArguments` that is given; otherwise `assumedSize`.",
)
class ListSizeDirective:
    """For a connection, `sized_fields` are the lists on its page."""

    assumed_size: int
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool = False


def show_costs(types: Iterable[GraphQLNamedType]) -> None:
    """Add the directives to the definitions that a schema is printed from."""
    for kind in types:
        definition: Any = kind.extensions.get("strawberry-definition")
        cost = getattr(getattr(definition, "origin", None), "cost", 1)
        if cost != 1:
            _add(definition, CostDirective(weight=str(cost)))
        for field in getattr(kind, "fields", {}).values():
            if isinstance(field, GraphQLField):
                _show_field(field)


def _show_field(field: GraphQLField) -> None:
    made: Any = field.extensions.get("strawberry-definition")
    plan = FieldPlan.of(made)
    if plan.cost:
        _add(made, CostDirective(weight=str(plan.cost)))
    if plan.size is not None and plan.size is not PAGE_ROWS:
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        _add(made, _list_size(plan.size, [name for name in plan.size.arguments if name in field.args], is_list=is_list))


def _list_size(size: ListSize, arguments: list[str], *, is_list: bool) -> ListSizeDirective:
    return ListSizeDirective(
        assumed_size=size.default if size.usual is None else size.usual,
        slicing_arguments=arguments or strawberry.UNSET,
        sized_fields=strawberry.UNSET if is_list else ["edges", "nodes"],
    )


def _add(definition: Any, directive: object) -> None:
    """Fields that several types share, and schemas that are built again, get it once."""
    if not any(isinstance(one, type(directive)) for one in definition.directives or ()):
        definition.directives = [*(definition.directives or ()), directive]
