"""A payment in the database, compared with the model."""

from typing import Any
from uuid import UUID

from models.payments import PaymentStatus
from tests.payments.model import Model
from tests.payments.payments import facts, spending
from tests.people import Person, World

ROW = "SELECT status, refunded_minor, flag, razorpay_payment_id, order_id FROM payment WHERE id = $1"
FULFILLED = """
    SELECT (SELECT status FROM "order" WHERE id = $2), (SELECT count(*) FROM receipt WHERE payment_id = $1),
        (SELECT count(*) FROM event WHERE payload->>'payment_id' = $1::text AND payload->>'status' = 'COMPLETED'
            AND payload->>'was' <> 'COMPLETED')
"""


async def compare(world: World, me: Person, payment_id: UUID, model: Model) -> None:
    """Compare the payment of an order, and what follows from it, with the model."""
    row: Any = await world.database.pool.fetchrow(ROW, payment_id)
    names = {one.name: one for one in model.candidates()}
    assert (row["razorpay_payment_id"] in names) if names else (row["razorpay_payment_id"] is None)
    model.completed_by = names.get(row["razorpay_payment_id"])
    assert (row["status"], row["refunded_minor"]) == (model.status, model.refunded)
    assert (row["flag"] in model.flags) if model.flags else (row["flag"] is None)
    completed, refunded = model.completed_by is not None, model.status is PaymentStatus.REFUNDED
    status = "REFUNDED" if refunded else "PAID" if completed else "PENDING"
    found: Any = await world.database.pool.fetchrow(FULFILLED, payment_id, row["order_id"])
    assert tuple(found) == (status, int(completed), int(completed))
    assert await spending(world, me) == await facts(world, me)
