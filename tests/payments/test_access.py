"""Who sees payments, orders and statistics, by every path (C8, Y4, C9)."""

from typing import Any

import pytest

from models import ids
from models.orders import OrderLine
from models.payments import AttemptStatus, Payment
from tests.graph import Graph
from tests.payments.payments import AMOUNT, for_order, payment, razorpay
from tests.people import Person, World, word

PAYMENT = "id status amount { amount currencyCode } refunded { amount } receipt { number } refunds { amount { amount } status }"
ORDER = "id number status total { amount } lines { title quantity total { amount } listing { id } } payments { id } viewerCanPay"
CUSTOMER = f"""query ($id: ID!) {{ customer(id: $id) {{
    payments {{ nodes {{ id }} totalCount }} orders {{ nodes {{ {ORDER} }} totalCount }}
    stats {{ totalOrders totalSpent {{ amount currencyCode }} averageOrderValue {{ amount }} favoriteStores }}
}} }}"""


def payment_id(of: Payment) -> str:
    return ids.encode("Payment", of.id)


def order_id(of: Payment) -> str:
    assert of.order_id
    return ids.encode("Order", of.order_id)


async def bought(world: World, me: Person, *, paid: bool = True) -> Payment:
    """Make an order of two lines, paid or not."""
    made = await for_order(world, me)
    listing = await world.listing(await world.variant(), price_minor=2_500)
    rows: list[dict[str, Any]] = [
        {"position": 0, "listing_id": listing.id, "title": "Noor Linen Shirt", "quantity": 2, "unit_minor": 2_500},
        {"position": 1, "listing_id": None, "title": "Scarf", "quantity": 1, "unit_minor": 5_000},
    ]
    await world.save(*(OrderLine(order_id=made.order_id, **row) for row in rows))
    if paid:
        await razorpay(world, made).report(word(), "CAPTURED")
    return made


async def both(graph: Graph, made: Payment) -> tuple[Any, Any]:
    """Look up a payment and its order, by their own fields and as nodes: it must be the same."""
    query = f"""query ($p: ID!, $o: ID!) {{ payment(id: $p) {{ {PAYMENT} }} order(id: $o) {{ {ORDER} }}
        nodes(ids: [$p, $o]) {{ id }} }}"""
    found = await graph(query, p=payment_id(made), o=order_id(made))
    assert [one and one["id"] for one in found["nodes"]] == [
        found[name] and found[name]["id"] for name in ("payment", "order")
    ]
    return found["payment"], found["order"]


class TestLookups:
    """`payment`, `order` and `node`."""

    async def test_anonymous_and_strangers(self, world: World) -> None:
        private, public = await world.person(is_private=True, show_orders=True), await world.person(show_orders=True)
        for graph in (world.nobody, (await world.person()).graph, (await world.solver()).graph):
            assert await both(graph, await bought(world, private)) == (None, None)
            assert await both(graph, await bought(world, public, paid=False)) == (None, None)

    async def test_the_customer_and_admins(self, world: World) -> None:
        me, admin = await world.person(is_private=True), await world.person(role="ADMIN")
        made = await bought(world, me)
        for graph in (me.graph, admin.graph):
            paid, order = await both(graph, made)
            assert (paid["status"], paid["amount"]) == ("COMPLETED", {"amount": "100.00", "currencyCode": "AED"})
            assert (paid["receipt"]["number"][:3], paid["refunded"]["amount"], paid["refunds"]) == ("RC-", "0.00", [])
            assert (order["status"], order["total"]["amount"], len(order["payments"])) == ("PAID", "100.00", 1)
            shirt, scarf = order["lines"]
            assert (shirt["title"], shirt["quantity"], shirt["total"]["amount"]) == ("Noor Linen Shirt", 2, "50.00")
            assert (shirt["listing"] is None, scarf["listing"]) == (False, None)

    async def test_others_see_paid_orders_without_payments(self, world: World) -> None:
        me = await world.person(show_orders=True)
        made = await bought(world, me)
        paid, order = await both((await world.person()).graph, made)
        assert (paid, order["payments"], order["viewerCanPay"]) == (None, [], False)

    @pytest.mark.parametrize(("status", "refunded"), [("PENDING", False), ("PROCESSED", True)])
    async def test_refunds_are_shown(self, world: World, status: str, *, refunded: bool) -> None:
        me, pay = await world.person(), word()
        made = await for_order(world, me)
        await razorpay(world, made).report(pay, "CAPTURED")
        await razorpay(world, made).refund(pay, word(), AMOUNT, status)
        found, order = await both(me.graph, made)
        assert found["refunds"] == [{"amount": {"amount": "100.00"}, "status": status}]
        assert (found["status"], order["status"]) == (("REFUNDED", "REFUNDED") if refunded else ("COMPLETED", "PAID"))

    async def test_who_can_pay_and_refund(self, world: World) -> None:
        me, admin = await world.person(), await world.person(role="ADMIN")
        made, pay = await for_order(world, me), word()
        query = "query ($p: ID!, $o: ID!) { payment(id: $p) { viewerCanRefund } order(id: $o) { viewerCanPay } }"

        async def can(graph: Graph) -> tuple[bool, bool]:
            found = await graph(query, p=payment_id(made), o=order_id(made))
            return found["payment"]["viewerCanRefund"], found["order"]["viewerCanPay"]

        assert (await can(me.graph), await can(admin.graph)) == ((False, True), (False, False))
        for attempt, status, can_pay in ((word(), "FAILED", True), (pay, "AUTHORIZED", False)):
            await razorpay(world, made).report(attempt, status)
            assert await can(me.graph) == (False, can_pay)
        await razorpay(world, made).report(pay, "CAPTURED")
        assert (await can(me.graph), await can(admin.graph)) == ((False, False), (True, False))
        await razorpay(world, made).refund(pay, word(), AMOUNT, "PENDING")
        assert await can(admin.graph) == (False, False)


class TestCustomer:
    """`Customer.payments`, `orders` and `stats`."""

    @pytest.mark.parametrize("shows", [True, False])
    async def test_others(self, world: World, *, shows: bool) -> None:
        me = await world.person(show_orders=shows)
        made = await bought(world, me)
        await bought(world, me, paid=False)
        for graph in (world.nobody, (await world.person()).graph):
            found = (await graph(CUSTOMER, id=me.id))["customer"]
            assert found["payments"] is None
            if not shows:
                assert (found["orders"], found["stats"]) == (None, None)
                continue
            assert [one["id"] for one in found["orders"]["nodes"]] == [order_id(made)]
            assert (found["orders"]["totalCount"], found["stats"]["totalOrders"]) == (1, 1)

    async def test_a_private_account_shows_followers(self, world: World) -> None:
        me, follower = await world.person(is_private=True, show_orders=True), await world.person()
        made = await bought(world, me)
        assert (await follower.graph(CUSTOMER, id=me.id))["customer"]["orders"] is None
        await world.follow(follower, me)
        found = (await follower.graph(CUSTOMER, id=me.id))["customer"]
        assert [one["id"] for one in found["orders"]["nodes"]] == [order_id(made)]
        assert (await both(follower.graph, made))[1]["id"] == order_id(made)

    async def test_stats_by_currency(self, world: World) -> None:
        me = await world.person()
        for amount, currency in ((10_000, "AED"), (5_001, "AED"), (700, "JPY")):
            made, pay = await for_order(world, me, total_minor=amount, currency=currency), word()
            await razorpay(world, made).report(pay, "CAPTURED")
        free = await payment(world, me, amount_minor=300)
        await razorpay(world, free).report(word(), "CAPTURED")
        await razorpay(world, made).refund(pay, word(), 200)
        stats = (await me.graph(CUSTOMER, id=me.id))["customer"]["stats"]
        assert stats["totalSpent"] == [
            {"amount": "153.01", "currencyCode": "AED"}, {"amount": "500", "currencyCode": "JPY"}
        ]  # fmt: skip
        assert (stats["totalOrders"], stats["averageOrderValue"]) == (3, [{"amount": "75.01"}, {"amount": "700"}])

    async def test_nothing_bought(self, world: World) -> None:
        me = await world.person()
        await world.follow_store(me, await world.store())
        await world.execute("UPDATE customer SET following_stores_count = 1 WHERE id = $1", me.key)
        stats = (await me.graph(CUSTOMER, id=me.id))["customer"]["stats"]
        assert stats == {"totalOrders": 0, "totalSpent": [], "averageOrderValue": [], "favoriteStores": 1}


class TestAll:
    """`payments`, for admins."""

    QUERY = "query ($s: [PaymentStatus!], $f: Boolean) { payments(status: $s, flagged: $f, first: 100) { nodes { id flag status } } }"

    async def test_nobody_else(self, world: World) -> None:
        for graph in (world.nobody, (await world.person()).graph, (await world.solver()).graph):
            answer = (await graph.send(self.QUERY)).json()
            assert answer["data"] == {"payments": None}
            assert answer["errors"][0]["extensions"]["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}

    async def test_by_status_and_flag(self, world: World) -> None:
        admin, me = await world.person(role="ADMIN"), await world.person()
        pending, flagged = await payment(world, me), await payment(world, me)
        await razorpay(world, flagged).report(word(), AttemptStatus.CAPTURED, amount_minor=1)

        async def found(**given: Any) -> set[str]:
            nodes = (await admin.graph(self.QUERY, **given))["payments"]["nodes"]
            return {one["id"] for one in nodes} & {payment_id(pending), payment_id(flagged)}

        assert await found() == {payment_id(pending), payment_id(flagged)}
        assert await found(f=True) == await found(s=["FAILED"]) == {payment_id(flagged)}
        assert await found(f=False) == await found(s=["PENDING", "REFUNDED"]) == {payment_id(pending)}
        assert await found(s=["PENDING"], f=True) == await found(s=[]) == set()
