"""The two quantities that operations are limited by: their cost, and the number of objects that they can return."""

from collections.abc import Callable
from typing import NamedTuple

from graphql import GraphQLField, GraphQLList, get_named_type, get_nullable_type

from execution import strawberry_adapter
from execution.field_metadata import PAGE_ROWS


class Weights(NamedTuple):
    """What a field adds to a quantity."""

    call: int
    """Once for each parent."""
    own: int
    """For each object that it returns."""
    least: int = 0
    """For each object at least, with all that is below it."""


Weigh = Callable[[GraphQLField], Weights]


def objects(field: GraphQLField) -> Weights:
    """Count each object once; an edge counts where its node is not selected."""
    counted = strawberry_adapter.is_counted(get_named_type(field.type))
    of_page = (
        isinstance(get_nullable_type(field.type), GraphQLList) and strawberry_adapter.list_size(field) is PAGE_ROWS
    )
    return Weights(0, int(counted), int(of_page and not counted))


def cost(field: GraphQLField) -> Weights:
    """Add up what fields and types declare."""
    return Weights(strawberry_adapter.field_cost(field), strawberry_adapter.type_cost(get_named_type(field.type)))
