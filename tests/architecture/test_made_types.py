"""Types that are made: their names and descriptions read as if somebody had written them."""

import pytest
import strawberry
from graphql import GraphQLSchema

from schema.connections import ConnectionOf, describe_connections
from tests.architecture.project import GRAPH


@strawberry.type
class Category:
    name: str


@strawberry.type
class OrderLine:
    name: str


@strawberry.type
class Query:
    categories: ConnectionOf[Category]
    order_lines: ConnectionOf[OrderLine]


@pytest.fixture(scope="module")
def small() -> GraphQLSchema:
    made = strawberry.Schema(Query)._schema
    describe_connections(made.type_map.values())
    return made


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("CategoryConnection", "A page of categories."),
        ("CategoryEdge", "A category in a list."),
        ("OrderLineConnection", "A page of order lines."),
        ("OrderLineEdge", "An order line in a list."),
        ("Category", None),
    ],
)
def test_connections(small: GraphQLSchema, name: str, description: str | None) -> None:
    assert small.type_map[name].description == description


def test_every_connection_is_described() -> None:
    made = {name: kind for name, kind in GRAPH.type_map.items() if name.endswith(("Connection", "Edge"))}
    assert {name for name, kind in made.items() if not kind.description} == set()
    assert made["ProductConnection"].description == "A page of products."
