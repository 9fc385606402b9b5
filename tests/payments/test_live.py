"""Payments live (L1): who hears of what, and rights that change between events."""

from typing import Any

from models import ids
from tests.payments.payments import payment, razorpay
from tests.people import World, word
from tests.transport.wires import Wire, followed, greeted

UPDATED = "subscription ($id: ID!) { paymentUpdated(paymentId: $id) { id status flag } }"


async def error(wire: Wire) -> Any:
    message = await wire.hear()
    assert message["type"] == "error", message
    (one,) = message["payload"]
    return one["extensions"]["code"], one["message"]


class TestPaymentUpdated:
    """For who may see the payment, at each change of it."""

    async def test_a_stranger_and_nobody_cannot_tell_it_from_none(self, address: str, world: World) -> None:
        made = await payment(world, await world.person())
        missing = ids.encode("Payment", (await world.person()).key)
        for token in (None, (await world.person()).graph.token, (await world.solver()).graph.token):
            async with greeted(address, token) as wire:
                answers = []
                for id in (ids.encode("Payment", made.id), missing, "x"):
                    await wire.ask("1", UPDATED, id=id)
                    answers.append(await error(wire))
                assert answers[0][0] == "NOT_FOUND"
                assert answers == answers[:1] * 3

    async def test_the_customer_and_an_admin_hear(self, address: str, app: Any, world: World) -> None:
        me, admin = await world.person(), await world.person(role="ADMIN")
        for person in (me, admin):
            made, other = await payment(world, me), await payment(world, me)
            key = ids.encode("Payment", made.id)
            async with greeted(address, person.graph.token) as wire:
                await followed(app, 1, wire.ask("1", UPDATED, id=key))
                await razorpay(world, other).report(word(), "CAPTURED")
                for status, told in (("FAILED", "FAILED"), ("FAILED", None), ("CAPTURED", "COMPLETED")):
                    await razorpay(world, made).report("pay" + made.id.hex, status)
                    if told:
                        expected = {"id": key, "status": told, "flag": None}
                        assert await wire.data("1") == {"paymentUpdated": expected}
                await razorpay(world, made).report(word(), "CAPTURED")
                expected = {"id": key, "status": "COMPLETED", "flag": "SECOND_CAPTURE"}
                assert await wire.data("1") == {"paymentUpdated": expected}

    async def test_each_change_of_a_refund_is_heard(self, address: str, app: Any, world: World) -> None:
        """Also of one that changes neither the status of the payment nor what was refunded of it."""
        made, (first, again), name = await payment(world, me := await world.person()), (word(), word()), word()
        gateway = razorpay(world, made)
        refunds = "subscription ($id: ID!) { paymentUpdated(paymentId: $id) { flag refunds { status } } }"
        async with greeted(address, me.graph.token) as wire:
            await followed(app, 1, wire.ask("1", refunds, id=ids.encode("Payment", made.id)))
            for pay, flag in ((first, None), (again, "SECOND_CAPTURE")):
                await gateway.report(pay, "CAPTURED")
                assert await wire.data("1") == {"paymentUpdated": {"flag": flag, "refunds": []}}
            for status in ("PENDING", "FAILED", "PROCESSED"):
                for _ in range(2):  # the same once more is not news
                    await gateway.refund(again, name, 100, status)
                expected = {"flag": "SECOND_CAPTURE", "refunds": [{"status": status}]}
                assert await wire.data("1") == {"paymentUpdated": expected}

    async def test_it_ends_when_the_right_is_gone(self, address: str, app: Any, world: World) -> None:
        admin = await world.person(role="ADMIN")
        made = await payment(world, await world.person())
        async with greeted(address, admin.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=ids.encode("Payment", made.id)))
            await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", admin.key)
            await razorpay(world, made).report(word(), "CAPTURED")
            message = await wire.hear()
            assert (message["type"], message["id"]) == ("complete", "1"), message
