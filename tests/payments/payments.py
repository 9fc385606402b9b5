"""Making payments and orders through the tables, and reporting what Razorpay would."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from actions.payments import Attempt, settle
from actions.refunds import RefundReport, settle_refund
from models import references
from models.columns import Table
from models.orders import Order
from models.payments import AttemptStatus, Payment, RefundStatus
from tests.people import Person, World, word

AMOUNT = 10_000


async def order(world: World, of: Person | None = None, **values: Any) -> Order:
    """Make an order, pending unless said otherwise."""
    given = {"number": references.generate(references.ORDER), "currency": "AED", "total_minor": AMOUNT}
    row = Order(**given | {"customer_id": of and of.key} | values)
    await world.save(row)
    return row


async def payment(world: World, of: Person | None = None, **values: Any) -> Payment:
    """Make a payment with an order of Razorpay's, pending unless said otherwise."""
    given = {"amount_minor": AMOUNT, "currency": "AED", "razorpay_order_id": f"order_{word()}"}
    row = Payment(**given | {"customer_id": of and of.key} | values)
    await world.save(row)
    return row


async def for_order(world: World, of: Person | None = None, **values: Any) -> Payment:
    """Make a payment of a new order."""
    bought = await order(world, of, **values)
    return await payment(world, of, order_id=bought.id, amount_minor=bought.total_minor, currency=bought.currency)


@dataclass(frozen=True)
class Razorpay:
    """What Razorpay would report of one of its orders."""

    world: World
    order_id: str | None
    amount: int = AMOUNT
    currency: str = "AED"

    async def report(self, pay: str, status: str, **values: Any) -> UUID | None:
        """Report an attempt, in a transaction of its own."""
        given: dict[str, Any] = {
            "amount_minor": self.amount,
            "currency": self.currency,
            "razorpay_order_id": self.order_id,
        }
        async with self.world.database.transaction() as tx:
            return await settle(
                tx, Attempt(**{"razorpay_payment_id": pay, "status": AttemptStatus(status)} | given | values)
            )

    async def refund(self, pay: str, name: str, amount: int, status: str = "PROCESSED", own: UUID | None = None) -> Any:
        """Report a refund, in a transaction of its own."""
        async with self.world.database.transaction() as tx:
            return await settle_refund(tx, RefundReport(name, pay, amount, self.currency, RefundStatus(status), own))


def razorpay(world: World, of: Payment) -> Razorpay:
    """Give what reports attempts to pay a payment."""
    return Razorpay(world, of.razorpay_order_id, of.amount_minor, of.currency)


async def now(world: World, row: Table) -> Any:
    """Read a row anew."""
    name = row.__tablename__
    return await world.database.pool.fetchrow(f'SELECT * FROM "{name}" WHERE id = $1', row.id)  # type: ignore[attr-defined]


async def spending(world: World, of: Person) -> dict[str, tuple[int, int, int]]:
    """Read what is kept of what a customer has bought and paid."""
    sql = "SELECT currency, orders_count, orders_minor, spent_minor FROM customer_spending WHERE customer_id = $1"
    return {row["currency"]: tuple(row)[1:] for row in await world.database.pool.fetch(sql, of.key)}


async def facts(world: World, of: Person) -> dict[str, tuple[int, int, int]]:
    """Count the same from payments and orders."""
    sql = """
        SELECT p.currency, count(o.id) FILTER (WHERE o.status = 'PAID'),
            coalesce(sum(o.total_minor) FILTER (WHERE o.status = 'PAID'), 0)::bigint,
            sum(p.amount_minor - p.refunded_minor)::bigint
        FROM payment p LEFT JOIN "order" o ON o.id = p.order_id
        WHERE p.customer_id = $1 AND p.completed_at IS NOT NULL GROUP BY p.currency
    """
    return {row["currency"]: tuple(row)[1:] for row in await world.database.pool.fetch(sql, of.key)}
