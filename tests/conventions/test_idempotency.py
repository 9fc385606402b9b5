"""Requests that may be sent twice (G6)."""

import asyncio
from typing import Any

import pytest

from tests.crowd import patiently
from tests.graph import only
from tests.people import Person, World, word

FIELDS = "wishlist { id name visibility }"
TWO = """mutation ($input: CreateWishlistInput!) {
    one: createWishlist(input: $input) { wishlist { id } } two: createWishlist(input: $input) { wishlist { id } } }"""


async def lists(world: World, person: Person) -> int:
    """Count the lists beside the default one."""
    return int(await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1 AND NOT is_default", person.key))


def header(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


async def by_input(person: Person, key: str, **values: Any) -> Any:
    """Make a list with a key in the input, and give it."""
    return (await person.graph.mutate("createWishlist", FIELDS, **{"name": "Eid"} | values, idempotencyKey=key))[
        "wishlist"
    ]


async def by_header(person: Person, key: str, **values: Any) -> Any:
    """Make a list with a key in the header, and give it."""
    return (await person.graph.mutate("createWishlist", FIELDS, header(key), **{"name": "Eid"} | values))["wishlist"]


@pytest.mark.parametrize("make", [by_input, by_header])
class TestIdempotencyKey:
    """Both forms of the key."""

    async def test_anonymous(self, world: World, make: Any) -> None:
        key = word()
        values = {"idempotencyKey": key} if make is by_input else {}
        payload = await world.nobody.mutate("createWishlist", FIELDS, header(key), name="Eid", **values)
        assert (payload["wishlist"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_with_the_same_key(self, world: World, make: Any) -> None:
        me, stranger, key = await world.person(), await world.person(), word()
        mine, theirs = await make(me, key), await make(stranger, key, name="Home")
        assert mine["id"] != theirs["id"]
        assert (await lists(world, me), await lists(world, stranger)) == (1, 1)

    async def test_same_input(self, world: World, make: Any) -> None:
        me, key = await world.person(), word()
        first = await make(me, key, visibility="PUBLIC")
        assert await make(me, key, visibility="PUBLIC") == first
        assert await lists(world, me) == 1

    @pytest.mark.parametrize("values", [{"name": "Home"}, {"visibility": "PUBLIC"}])
    async def test_other_input(self, world: World, make: Any, values: Any) -> None:
        me, key = await world.person(), word()
        await make(me, key)
        given = {"name": "Eid"} | values
        if make is by_input:
            given["idempotencyKey"] = key
        query = "mutation ($input: CreateWishlistInput!) { createWishlist(input: $input) { wishlist { id } } }"
        answer = (await me.graph.send(query, header(key) if make is by_header else {}, input=given)).json()
        extensions = answer["errors"][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("CONFLICT", "idempotency_key_reused")
        assert not extensions["retryable"]
        assert await lists(world, me) == 1

    async def test_other_key(self, world: World, make: Any) -> None:
        me = await world.person()
        assert (await make(me, word()))["id"] != (await make(me, word()))["id"]
        assert await lists(world, me) == 2

    async def test_a_day_later(self, world: World, make: Any) -> None:
        me, key = await world.person(), word()
        first = await make(me, key)
        shift = "UPDATE idempotency_key SET created_at = created_at - $2::interval WHERE customer_id = $1"
        await world.database.pool.execute(shift.replace("$2::interval", "interval '23 hours 59 minutes'"), me.key)
        assert await make(me, key) == first
        await world.database.pool.execute(shift.replace("$2::interval", "interval '2 minutes'"), me.key)
        assert (await make(me, key))["id"] != first["id"]
        assert await lists(world, me) == 2
        assert await world.value("SELECT count(*) FROM idempotency_key WHERE customer_id = $1", me.key) == 1

    async def test_fifty_at_once(self, world: World, make: Any) -> None:
        me, key = await world.person(), word()
        made = await asyncio.gather(*(patiently(lambda: make(me, key)) for _ in range(50)))
        assert len({one["id"] for one in made}) == 1
        assert await lists(world, me) == 1

    async def test_list_that_is_gone(self, world: World, make: Any) -> None:
        """Said so, rather than made anew: whoever sends the old request again did not want a second one."""
        me, key = await world.person(), word()
        first = await make(me, key)
        await me.graph.mutate("deleteWishlist", "deletedWishlistId", wishlistId=first["id"])
        values = {"idempotencyKey": key} if make is by_input else {}
        payload = await me.graph.mutate(
            "createWishlist", FIELDS, header(key) if not values else {}, name="Eid", **values
        )
        assert (payload["wishlist"], only(payload)) == (None, "NotFoundError")
        assert payload["userErrors"][0]["id"] == first["id"]
        assert await lists(world, me) == 0

    async def test_what_failed_is_not_remembered(self, world: World, make: Any) -> None:
        me, key = await world.person(), word()
        assert await make(me, key, name="") is None
        assert (await make(me, key))["name"] == "Eid"

    async def test_length(self, world: World, make: Any) -> None:
        me = await world.person()
        for key in ("k", "k" * 200):
            assert (await make(me, key)) == (await make(me, key))
        query = "mutation ($input: CreateWishlistInput!) { createWishlist(input: $input) { wishlist { id } } }"
        for key in ("", "k" * 201, "k" * 4_000):
            given = {"name": "Eid"} | ({"idempotencyKey": key} if make is by_input else {})
            answer = (await me.graph.send(query, header(key) if make is by_header else {}, input=given)).json()
            extensions = answer["errors"][0]["extensions"]
            assert (extensions["code"], extensions["reason"]) == ("BAD_USER_INPUT", "bad_idempotency_key")
        assert await lists(world, me) == 2


class TestForms:
    """How the two forms of the key go together."""

    async def test_anonymous_header_is_harmless(self, world: World) -> None:
        assert await world.nobody("{ viewer { id } }", header("k" * 4_000)) == {"viewer": None}

    async def test_stranger_to_keys(self, world: World) -> None:
        """Without a key each request makes a list; a null key is none."""
        me = await world.person()
        for values in ({}, {}, {"idempotencyKey": None}):
            await me.graph.mutate("createWishlist", FIELDS, name="Eid", **values)
        assert await lists(world, me) == 3

    async def test_input_goes_first(self, world: World) -> None:
        me, key = await world.person(), word()
        first = (await me.graph.mutate("createWishlist", FIELDS, header(word()), name="Eid", idempotencyKey=key))[
            "wishlist"
        ]
        assert await by_input(me, key) == first

    async def test_two_lists_of_one_document(self, world: World) -> None:
        """The header stands for the whole request: sent again, it gives the same two lists."""
        me, key = await world.person(), word()
        first = await me.graph(TWO, header(key), input={"name": "Eid"})
        assert first["one"] != first["two"]
        assert await me.graph(TWO, header(key), input={"name": "Eid"}) == first
        assert await lists(world, me) == 2

    async def test_another_mutation_with_the_same_header(self, world: World) -> None:
        me, them, key = await world.person(), await world.person(), word()
        await me.graph.mutate("followCustomer", "customer { id }", header(key), customerId=them.id)
        query = f'mutation {{ unfollowCustomer(input: {{customerId: "{them.id}"}}) {{ customer {{ id }} }} }}'
        answer = (await me.graph.send(query.replace("unf", "followCustomer: unf"), header(key))).json()
        assert answer["errors"][0]["extensions"]["reason"] == "idempotency_key_reused"
        assert await world.value("SELECT count(*) FROM follow WHERE follower_id = $1", me.key) == 1

    @pytest.mark.parametrize("key", ["k\xe9y", "a b", "%_'\"\\", "k" * 199 + "\xff"])
    async def test_any_header_value(self, world: World, key: str) -> None:
        me = await world.person()
        given = {b"idempotency-key": key.encode("latin-1")}
        payloads = [await me.graph.mutate("createWishlist", FIELDS, given, name="Eid") for _ in range(2)]
        assert payloads[0] == payloads[1]
        assert await lists(world, me) == 1

    async def test_longest_alias(self, world: World) -> None:
        me = await world.person()
        query = f'mutation {{ {"a" * 100}: createWishlist(input: {{name: "Eid"}}) {{ wishlist {{ id }} }} }}'
        assert await me.graph(query, header("k" * 200)) == await me.graph(query, header("k" * 200))
