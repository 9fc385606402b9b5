"""Anything by its global id (G1)."""

from typing import Any

import pytest

from models import ids
from models.stores import Source
from tests.areas import declared
from tests.conventions.wrong import names_of_nothing
from tests.people import Person, World, word

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
FOR_ADMINS = ("AuditEntry",)
PUBLIC = ("Brand", "Category", "Listing", "Product", "ProductVariant", "Source", "Store")


async def one_of_each(world: World, me: Person) -> dict[str, Any]:
    """Make something of every type of the graph that has an id."""
    variant, source = await world.variant(), Source(name=word(), slug=word(), base_url="https://source.example")
    await world.save(source)
    request = await world.ask(await world.person(), me)
    solver = await world.solver()
    ticket = await world.ticket(me, solver)
    made = {
        "Brand": (await world.brand()).id, "Category": (await world.category()).id, "Customer": me.key,
        "FollowRequest": request.id, "Listing": (await world.listing(variant)).id, "Product": variant.product_id,
        "ProductVariant": variant.id, "SupportSession": (await world.session(ticket)).id,
        "Solver": await world.solver_key(solver), "Source": source.id, "Ticket": ticket.id, "Store": (await world.store()).id,
    }  # fmt: skip
    for nodes in declared("samples", "nodes"):
        made |= await nodes(world, me)
    return {name: ids.encode(name, key) for name, key in made.items()}


class TestNode:
    """G1."""

    async def test_every_type(self, world: World) -> None:
        me, admin = await world.person(), await world.person(role="ADMIN")
        made = await one_of_each(world, me)
        schema = await world.nobody('{ __type(name: "Node") { possibleTypes { name } } }')
        assert {one["name"] for one in schema["__type"]["possibleTypes"]} == set(made)
        for _ in range(2):
            for name, key in made.items():
                reader = admin if name in FOR_ADMINS else me
                assert await reader.graph(NODE, id=key) == {"node": {"__typename": name, "id": key}}

    async def test_anonymous(self, world: World) -> None:
        """What is public, and nothing else."""
        made = await one_of_each(world, await world.person(is_private=True))
        for name, key in made.items():
            seen = name in (*PUBLIC, "Customer")
            assert await world.nobody(NODE, id=key) == {"node": {"__typename": name, "id": key} if seen else None}

    async def test_stranger(self, world: World) -> None:
        """C8: hidden, it looks like nothing at all, by `node` and by `nodes`."""
        me, stranger = await world.person(show_profile=False), await world.person()
        made = await one_of_each(world, me)
        for name, key in made.items():
            seen = {"__typename": name, "id": key} if name in PUBLIC else None
            assert await stranger.graph(NODE, id=key) == {"node": seen}
            assert await stranger.graph(NODES, ids=[key]) == {"nodes": [seen]}

    async def test_fields_of_its_type(self, world: World) -> None:
        row = await world.product(category_id=(await world.category()).id)
        query = """query ($id: ID!) { node(id: $id) { id ... on Product { title category { ancestors { id } } }
            ... on Customer { username } } }"""
        for _ in range(2):
            found = (await world.nobody(query, id=(key := ids.encode("Product", row.id))))["node"]
            assert found == {"id": key, "title": row.title, "category": {"ancestors": []}}

    @pytest.mark.parametrize("name", ["Customer", "Product", "WishlistItem", "Image", "Query", "product", "Node"])
    async def test_nothing_of_this_id(self, world: World, name: str) -> None:
        """Malformed, unknown, of a type that has no ids: all the same."""
        me = await world.person()
        wrong = [*names_of_nothing(name), *(f"{name}:{me.key}", str(me.key), ids.encode(name, me.key)[:-1])]
        for graph in (me.graph, world.nobody):
            for text in wrong:
                assert await graph(NODE, id=text) == {"node": None}
            assert await graph(NODES, ids=wrong) == {"nodes": [None] * len(wrong)}

    async def test_one_writing_of_an_id(self, world: World) -> None:
        """Whatever is not just as it was given names nothing."""
        key = ids.encode("Brand", (await world.brand()).id)
        for wrong in (f"{key}=", f" {key}", f"{key}\n", key.lower(), f"{key[:4]}!{key[4:]}", f"{key}A"):
            assert await world.nobody(NODE, id=wrong) == {"node": None}
        assert await world.nobody("query ($id: ID!) { product(id: $id) { id } }", id=key) == {"product": None}


class TestNodes:
    """G1."""

    async def test_order_and_repeats(self, world: World) -> None:
        me = await world.person(role="ADMIN")
        made = list((await one_of_each(world, me)).values())
        wanted = [made[3], "x", *made[::-1], "", made[3], names_of_nothing("Brand")[-2]]
        for _ in range(2):
            found = (await me.graph(NODES, ids=wanted))["nodes"]
            assert [one and one["id"] for one in found] == [key if key in made else None for key in wanted]
            assert await me.graph(NODES, ids=[]) == {"nodes": []}

    async def test_one_statement_for_each_type(self, world: World, statements: list[str]) -> None:
        me = await world.person()
        first, second = await one_of_each(world, me), await one_of_each(world, me)
        for _ in range(2):
            statements.clear()
            await me.graph(NODES, ids=[])
            fixed = len(statements)
            for wanted, count in (
                ([*first.values()], len(first)), ([*first.values(), *second.values()], len(first)),
                ([first["Brand"], second["Brand"], "x", first["Brand"]], 1), (["x", "9" * 20], 0),
            ):  # fmt: skip
                statements.clear()
                await me.graph(NODES, ids=wanted)
                assert len(statements) == fixed + count

    async def test_together_with_node(self, world: World, statements: list[str]) -> None:
        """Aliases of `node` share a statement too."""
        keys = [ids.encode("Brand", (await world.brand()).id) for _ in range(3)]
        query = "query ($a: ID!, $b: ID!, $c: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } c: brand(id: $c) { id } }"
        for _ in range(2):
            statements.clear()
            found = await world.nobody(query, a=keys[0], b=keys[1], c=keys[2])
            assert [found[name]["id"] for name in "abc"] == keys
            assert len(statements) == 1
