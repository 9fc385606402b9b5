"""An optional argument that is left out, null, or a variable that is either means the same, however the operation is run."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLArgument, GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_leaf_type
from graphql.pyutils import Undefined

from models import ids
from tests.architecture.project import GRAPH
from tests.graph import Graph
from tests.people import Person, World
from tests.privacy.places import as_literal, sample

WAYS = {
    "Query": "{}", "Customer": "viewer {{ {} }}", "Product": 'product(id: "{product}") {{ {} }}',
    "Store": 'store(id: "{store}") {{ {} }}', "Wishlist": "viewer {{ wishlist {{ {} }} }}",
    "SupportProfile": "viewer {{ support {{ {} }} }}", "ProductVariant": 'product(id: "{product}") {{ variants {{ {} }} }}',
    "Brand": 'product(id: "{product}") {{ brand {{ {} }} }}', "Category": 'product(id: "{product}") {{ category {{ {} }} }}',
    "Image": 'product(id: "{product}") {{ images {{ {} }} }}',
    "Ticket": "viewer {{ tickets {{ nodes {{ {} }} }} }}",
}  # fmt: skip


def has_no_default(argument: GraphQLArgument) -> bool:
    return argument.default_value is Undefined and str(argument.type)[-1] != "!"


def places() -> Iterator[tuple[str, str, str]]:
    """Find each argument without a default in these types."""
    for owner in WAYS:
        kind = GRAPH.type_map[owner]
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            yield from ((owner, name, key) for key, one in field.args.items() if has_no_default(one))


PLACES = list(places())


def forms(owner: str, name: str, key: str, sure: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write the same operation in each of the ways."""
    kind = GRAPH.type_map[owner]
    assert isinstance(kind, GraphQLObjectType)
    field = kind.fields[name]
    required = [
        f"{other}: {as_literal(sample(one.type, other, sure), one.type)}"
        for other, one in field.args.items()
        if str(one.type)[-1] == "!" and one.default_value is Undefined
    ]
    of = get_named_type(field.type)
    below = (
        ""
        if is_leaf_type(of)
        else " { totalCount nodes { __typename } }"
        if of.name.endswith("Connection")
        else " { __typename }"
    )
    for given, variables in ((None, {}), ("null", {}), ("$value", {}), ("$value", {"value": None})):
        arguments = ", ".join(required + ([f"{key}: {given}"] if given else []))
        selected = f"{name}{f'({arguments})' if arguments else ''}{below}"
        head = f"query ($value: {field.args[key].type})" if given == "$value" else "query"
        yield f"{head} {{ {WAYS[owner].format(selected, **sure)} }}", variables


async def same(graph: Graph, operations: Iterator[tuple[str, dict[str, Any]]]) -> Any:
    """Run each several times, at first by the reference executor, then by a plan; gives the one answer of all."""
    answers = [(await graph.send(query, **variables)).json() for (query, variables), _ in product(operations, range(3))]
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


@pytest.fixture
async def me(world: World) -> Person:
    return await world.solver(role="OWNER")


async def rows(world: World, me: Person) -> dict[str, Any]:
    """Make what the ways lead to."""
    variant, store = await world.variant(), await world.store()
    await world.listing(variant, store_id=store.id, price_minor=1000)
    await world.item(await world.default_list(me), variant)
    await world.follow(await world.person(), me)
    await world.session(await world.ticket(me, me))
    return {
        "product": ids.encode("Product", variant.product_id),
        "store": ids.encode("Store", store.id),
        "term": me.username,
    }


async def test_arguments(world: World, me: Person) -> None:
    sure = await rows(world, me)
    assert len(PLACES) > 50
    for owner, name, key in PLACES:
        answer = await same(me.graph, forms(owner, name, key, sure))
        assert "errors" not in answer, (owner, name, key, answer)


class TestInputs:
    """Fields of inputs."""

    async def test_filter(self, world: World, me: Person) -> None:
        await rows(world, me)
        filter_of = GRAPH.type_map["ProductFilter"]
        assert isinstance(filter_of, GraphQLInputObjectType)
        for name, field in filter_of.fields.items():
            asked = "products(first: 3, filter: {%s}) { totalCount nodes { id } }"
            operations = [
                (f"{{ {asked % ''} }}", {}),
                (f"{{ {asked % f'{name}: null'} }}", {}),
                (f"query ($value: {field.type}) {{ {asked % f'{name}: $value'} }}", {}),
                (f"query ($value: {field.type}) {{ {asked % f'{name}: $value'} }}", {"value": None}),
                (
                    "query ($filter: ProductFilter) { products(first: 3, filter: $filter) { totalCount nodes { id } } }",
                    {"filter": {name: None}},
                ),
            ]
            assert (await same(me.graph, iter(operations)))["data"]["products"]["nodes"], name

    async def test_mutation(self, world: World, me: Person) -> None:
        variant = ids.encode("ProductVariant", (await world.variant()).id)
        given = {"variantId": variant}
        first = await me.graph.mutate("addToWishlist", "item { id note priority }", **given, note="Blue", priority=2)
        for more in ({}, {"wishlistId": None, "note": None, "priority": None, "idempotencyKey": None}):
            again = await me.graph.mutate("addToWishlist", "item { id note priority }", **given, **more)
            assert (again["item"], again["userErrors"]) == (first["item"], [])


def test_no_default_is_null() -> None:
    """A default of null would be printed behind every argument that is optional."""
    for kind in GRAPH.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            for one in [field] if isinstance(kind, GraphQLInputObjectType) else field.args.values():
                assert one.default_value is not None, f"{kind.name}: {one}"
