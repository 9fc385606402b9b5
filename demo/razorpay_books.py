"""What the sandbox of Razorpay has to know, so that demo payments can be verified, compared and refunded there."""

from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg

from database.urls import plain_url
from sandbox import entities
from sandbox.store import Entity, Store

ORDERS = """
    SELECT razorpay_order_id AS id, id::text AS receipt, amount_minor, currency, created_at, customer_id IS NULL AS is_unknown,
        (SELECT count(*) FROM payment_attempt WHERE payment_id = payment.id) AS attempts,
        (SELECT coalesce(sum(amount_minor), 0)::bigint FROM payment_attempt
            WHERE payment_id = payment.id AND status = 'CAPTURED') AS paid
    FROM payment WHERE razorpay_order_id IS NOT NULL ORDER BY created_at, id
"""
ATTEMPTS = """
    SELECT a.razorpay_payment_id AS id, p.razorpay_order_id AS order_id, a.status, a.amount_minor, a.currency,
        a.failure_reason, a.first_seen_at AS created_at, (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM refund r
            WHERE r.razorpay_payment_id = a.razorpay_payment_id AND r.status = 'PROCESSED') AS refunded
    FROM payment_attempt a JOIN payment p ON p.id = a.payment_id ORDER BY a.first_seen_at, a.razorpay_payment_id
"""
REFUNDS = """
    SELECT r.razorpay_refund_id AS id, r.razorpay_payment_id AS payment_id, r.id::text AS own, r.amount_minor, a.currency,
        r.created_at FROM refund r JOIN payment_attempt a USING (razorpay_payment_id) ORDER BY r.created_at, r.id
"""


async def fill(store: Store, url: str) -> None:
    """Write all payments of a database that holds demo data into the books of the sandbox."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        orders, attempts, refunds = [await connection.fetch(sql) for sql in (ORDERS, ATTEMPTS, REFUNDS)]
    finally:
        await connection.close()
    with store.transaction() as books:
        for parent, entity in (*_orders(orders), *_payments(attempts), *_refunds(refunds)):
            books.put(entity, parent=parent)


def _orders(rows: Sequence[Any]) -> Iterator[tuple[str | None, Entity]]:
    for row in rows:
        status = "paid" if row["paid"] else "attempted" if row["attempts"] else "created"
        receipt = None if row["is_unknown"] else row["receipt"]
        made = entities.order(row["amount_minor"], row["currency"], receipt, None)
        due = max(0, row["amount_minor"] - row["paid"])
        known = {"status": status, "attempts": row["attempts"], "amount_paid": row["paid"], "amount_due": due}
        yield None, made | known | _identity(row)


def _payments(rows: Sequence[Any]) -> Iterator[tuple[str | None, Entity]]:
    for row in rows:
        captured, failed = row["status"] == "CAPTURED", row["status"] == "FAILED"
        kind = None if not row["refunded"] else "full" if row["refunded"] >= row["amount_minor"] else "partial"
        status = "refunded" if kind == "full" else row["status"].lower()
        problem = entities.FAILED | {"error_description": row["failure_reason"]} if failed else entities.NO_ERROR
        made = entities.payment(row["order_id"], row["amount_minor"], row["currency"], None)
        known = {"status": status, "captured": captured, "amount_refunded": row["refunded"], "refund_status": kind}
        yield row["order_id"], made | known | problem | _identity(row)


def _refunds(rows: Sequence[Any]) -> Iterator[tuple[str | None, Entity]]:
    for row in rows:
        given = {"notes": {"refund_id": row["own"]}, "receipt": row["own"]}
        made = entities.refund(row["payment_id"], row["amount_minor"], row["currency"], given)
        yield row["payment_id"], made | {"status": "processed"} | _identity(row)


def _identity(row: Any) -> Entity:
    return {"id": row["id"], "created_at": int(row["created_at"].timestamp())}
