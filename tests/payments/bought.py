"""A payment of an order, which Razorpay knows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from actions.payments import attach_order
from payments.client import Razorpay
from tests.payments import payments
from tests.payments.payments import AMOUNT
from tests.people import Person, World

SQL = """
    SELECT payment.status, payment.flag, payment.refunded_minor, "order".status AS order_status,
        payment.razorpay_payment_id, payment.failure_reason, payment.checked_at,
        (SELECT count(*) FROM receipt WHERE payment_id = payment.id) AS receipts,
        (SELECT array_agg(status ORDER BY status) FROM payment_attempt WHERE payment_id = payment.id) AS attempts
    FROM payment LEFT JOIN "order" ON "order".id = payment.order_id WHERE payment.id = $1
"""


@dataclass(frozen=True)
class Bought:
    """Something that somebody is about to pay."""

    world: World
    payment_id: UUID
    order_id: str
    customer: Person

    async def row(self) -> Any:
        """Read what has become of it."""
        return await self.world.database.pool.fetchrow(SQL, self.payment_id)

    async def facts(self) -> tuple[str, str, int]:
        """Give the status of the payment and of the order, and how many receipts there are."""
        row = await self.row()
        return row["status"], row["order_status"], row["receipts"]


PAID = ("COMPLETED", "PAID", 1)


async def buy(world: World, razorpay: Razorpay, **values: Any) -> Bought:
    """Make an order, its payment, and Razorpay's order for it."""
    me = await world.person()
    order = await payments.order(world, me)
    payment = await payments.payment(world, me, order_id=order.id, razorpay_order_id=None, **values)
    made = await razorpay.create_order(payment.id, AMOUNT, "AED")
    async with world.database.transaction() as tx:
        await attach_order(tx, payment.id, made)
    return Bought(world, payment.id, made, me)
