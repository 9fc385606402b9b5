"""`createOrder`: what is ordered, at which prices, and what cannot be."""

import asyncio
from typing import Any

import pytest

from models import ids
from models.listings import Listing
from tests.graph import only
from tests.people import Person, World, word

FIELDS = """order { id number status total { amount currencyCode } viewerCanPay
    lines { title quantity unitPrice { amount } total { amount } listing { id } } }"""


async def on_sale(world: World, minor: int | None = 12_950, **values: Any) -> Listing:
    """Make a listing in stock."""
    variant = await world.variant(inventory=values.pop("inventory", None))
    return await world.listing(variant, **{"price_minor": minor, "availability": "IN_STOCK"} | values)


def line(of: Listing, quantity: int = 1) -> dict[str, Any]:
    """Write a line of an input."""
    return {"listingId": ids.encode("Listing", of.id), "quantity": quantity}


async def order(who: Person, *lines: dict[str, Any], **values: Any) -> Any:
    """Order, and give the payload."""
    return await who.graph.mutate("createOrder", FIELDS, lines=[*lines], **values)


async def orders_of(world: World, who: Person) -> int:
    """Count somebody's orders."""
    return await world.value('SELECT count(*) FROM "order" WHERE customer_id = $1', who.key)  # type: ignore[no-any-return]


class TestWho:
    """Everybody who is signed in."""

    async def test_nobody(self, world: World) -> None:
        assert (
            only(await world.nobody.mutate("createOrder", FIELDS, lines=[line(await on_sale(world))]))
            == "SignedOutError"
        )

    async def test_only_the_customer_sees_it(self, world: World) -> None:
        made = (await order(await world.person(), line(await on_sale(world))))["order"]
        query = "query ($id: ID!) { order(id: $id) { id } }"
        assert (await (await world.person()).graph(query, id=made["id"]))["order"] is None
        admin = await world.person(role="ADMIN")
        assert (await admin.graph(query, id=made["id"]))["order"] == {"id": made["id"]}


class TestPrices:
    """Those of the moment, from the database."""

    async def test_lines_and_total(self, world: World) -> None:
        me, shirt, hat = (
            await world.person(),
            await on_sale(world),
            await on_sale(world, 4_000, availability="PREORDER"),
        )
        made = (await order(me, line(shirt, 2), line(hat)))["order"]
        assert (made["status"], made["viewerCanPay"], made["number"][:3]) == ("PENDING", True, "OR-")
        assert made["total"] == {"amount": "299.00", "currencyCode": "AED"}
        assert [(one["quantity"], one["unitPrice"]["amount"], one["total"]["amount"]) for one in made["lines"]] == [
            (2, "129.50", "259.00"),
            (1, "40.00", "40.00"),
        ]
        assert made["lines"][0]["listing"]["id"] == ids.encode("Listing", shirt.id)

    async def test_a_later_price_changes_nothing(self, world: World) -> None:
        me, shirt = await world.person(), await on_sale(world)
        made = (await order(me, line(shirt)))["order"]
        await world.execute("UPDATE listing SET price_minor = 1 WHERE id = $1", shirt.id)
        await world.execute("DELETE FROM listing WHERE id = $1", shirt.id)
        query = "query ($id: ID!) { order(id: $id) { total { amount } lines { unitPrice { amount } listing { id } } } }"
        found = (await me.graph(query, id=made["id"]))["order"]
        assert found == {"total": {"amount": "129.50"}, "lines": [{"unitPrice": {"amount": "129.50"}, "listing": None}]}

    async def test_prices_that_change_beside(self, world: World) -> None:
        """An order has one of the prices that there were, in its line and in its total."""
        me, shirt = await world.person(), await on_sale(world, 100)
        stop = asyncio.Event()

        async def change() -> None:
            price = 100
            while not stop.is_set():
                price += 1
                await world.execute("UPDATE listing SET price_minor = $2 WHERE id = $1", shirt.id, price)

        changing = asyncio.create_task(change())
        made = [one["order"] for one in await asyncio.gather(*(order(me, line(shirt, 3)) for _ in range(20)))]
        stop.set()
        await changing
        for one in made:
            assert one["lines"][0]["total"] == {"amount": one["total"]["amount"]}
            assert round(float(one["lines"][0]["unitPrice"]["amount"]) * 300) == round(
                float(one["total"]["amount"]) * 100
            )

    async def test_listings_that_are_deleted_beside(self, world: World) -> None:
        """Whoever is first: an order whose line has lost its listing, or an error. Never an order without the line."""
        me = await world.person()
        for _ in range(10):
            shirt = await on_sale(world)
            made, _ = await asyncio.gather(
                order(me, line(shirt)), world.execute("DELETE FROM listing WHERE id = $1", shirt.id)
            )
            if made["order"] is None:
                assert only(made) == "NotFoundError"
            else:
                assert [one["title"] for one in made["order"]["lines"]] != []


UNAVAILABLE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"state": "ENDED"}, "ENDED"),
    ({"minor": None}, "NO_PRICE"),
    ({"availability": "OUT_OF_STOCK"}, "OUT_OF_STOCK"),
    ({"currency": "INR"}, "OTHER_CURRENCY"),
)


class TestUnavailable:
    """Each line that cannot be ordered is named, and nothing is ordered."""

    @pytest.mark.parametrize(("values", "reason"), UNAVAILABLE)
    async def test_one_line(self, world: World, values: dict[str, Any], reason: str) -> None:
        me = await world.person()
        payload = await order(me, line(await on_sale(world)), line(await on_sale(world, **values)))
        assert only(payload) == "ListingUnavailableError"
        (problem,) = payload["userErrors"]
        assert (problem["reason"], problem["field"], problem["code"]) == (
            reason, ["input", "lines", "1", "listingId"], "CONFLICT",
        )  # fmt: skip
        assert (payload["order"], await orders_of(world, me)) == (None, 0)

    async def test_not_enough(self, world: World) -> None:
        """Of one variant, also where two listings of it are ordered. It is not reserved."""
        me, shirt = await world.person(), await on_sale(world, inventory=5)
        again = await world.listing(await world.variant(), price_minor=100, availability="IN_STOCK")
        await world.execute("UPDATE listing SET variant_id = $2 WHERE id = $1", again.id, shirt.variant_id)
        payload = await order(me, line(shirt, 3), line(again, 3))
        (problem,) = payload["userErrors"]
        assert (problem["reason"], problem["available"]) == ("NOT_ENOUGH_IN_STOCK", 2)
        assert problem["field"] == ["input", "lines", "1", "quantity"]
        for _ in range(2):
            assert (await order(me, line(shirt, 3), line(again, 2)))["userErrors"] == []

    async def test_all_at_once(self, world: World) -> None:
        me = await world.person()
        ended, gone = await on_sale(world, state="ENDED"), {"listingId": ids.encode("Listing", me.key), "quantity": 1}
        payload = await order(me, line(ended), gone, line(await on_sale(world)))
        assert [(one["__typename"], one["field"][2]) for one in payload["userErrors"]] == [
            ("ListingUnavailableError", "0"),
            ("NotFoundError", "1"),
        ]


class TestInput:
    """What is refused before anything is read."""

    @pytest.mark.parametrize("quantity", [0, -1, 101, 2**31 - 1])
    async def test_quantity(self, world: World, quantity: int) -> None:
        payload = await order(await world.person(), line(await on_sale(world), quantity))
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"] == ["input", "lines", "0", "quantity"]

    async def test_number_of_lines(self, world: World) -> None:
        me, listings = await world.person(), [await on_sale(world, 100) for _ in range(50)]
        assert (await order(me, *map(line, listings)))["order"]["total"]["amount"] == "50.00"
        for lines in ([], [*listings, await on_sale(world)]):
            payload = await order(me, *map(line, lines))
            assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "lines"])

    async def test_the_same_listing_twice(self, world: World) -> None:
        me, shirt = await world.person(), await on_sale(world)
        payload = await order(me, line(shirt), line(shirt, 2))
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"] == ["input", "lines", "1", "listingId"]

    async def test_ids_of_other_types(self, world: World) -> None:
        me = await world.person()
        for sent in (me.id, "x", "", "9" * 20):
            assert only(await order(me, {"listingId": sent, "quantity": 1})) == "NotFoundError"

    async def test_a_total_that_nobody_can_pay(self, world: World) -> None:
        me = await world.person()
        for values in ({"minor": 30_000_000}, {"minor": 12_345, "currency": "KWD"}, {"minor": 100, "currency": "KPW"}):
            payload = await order(me, line(await on_sale(world, **values), 99))
            assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "lines"])
        assert await orders_of(world, me) == 0


class TestRepeated:
    """With an idempotency key there is one order."""

    async def test_fifty_at_once(self, world: World) -> None:
        me, shirt, key = await world.person(), await on_sale(world), word()
        made = await asyncio.gather(*(order(me, line(shirt), idempotencyKey=key) for _ in range(50)))
        assert len({one["order"]["id"] for one in made}) == 1
        assert await orders_of(world, me) == 1

    async def test_another_order_under_the_same_key(self, world: World) -> None:
        me, shirt, key = await world.person(), await on_sale(world), word()
        await order(me, line(shirt), idempotencyKey=key)
        query = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }"
        (error,) = await me.graph.errors(query, input={"lines": [line(shirt, 2)], "idempotencyKey": key})
        assert error["extensions"]["code"] == "CONFLICT"
        assert await orders_of(world, me) == 1
