"""What the sandbox is told of demo payments agrees with them."""

from datetime import timedelta

import asyncpg

from actions.reconciliation import reconcile_all
from auth.secrets import Secrets
from database.urls import plain_url
from demo import loading, razorpay_books
from mails import outbox
from payments.client import Razorpay
from settings import Settings
from tests.payments.sandbox import SandboxServer

SCALE = 0.05
UNSETTLED = "UPDATE payment SET created_at = now() - interval '1 hour' WHERE NOT is_unknown"
REFUNDED = "SELECT razorpay_payment_id, sum(amount_minor) AS minor FROM refund GROUP BY 1"


async def test_nothing_differs(
    settings: Settings, credentials: Secrets, fresh_url: str, sandbox: SandboxServer, razorpay: Razorpay
) -> None:
    await loading.load(fresh_url, SCALE, progress=False)
    for _ in range(2):  # the second time changes nothing
        await razorpay_books.fill(sandbox.sandbox.store, fresh_url)
    connection = await asyncpg.connect(plain_url(fresh_url))
    await connection.execute(UNSETTLED)
    refunded = await connection.fetch(REFUNDED)
    await connection.close()
    database = await outbox.open_database(settings, credentials, fresh_url)
    try:
        runs = [run async for run in reconcile_all(database, razorpay, timedelta(0))]
    finally:
        await database.close()
    assert sum(run.checked for run in runs) > 3
    assert [(list(run.differences), list(run.errors)) for run in runs] == [([], [])] * len(runs)
    assert refunded
    for row in refunded:
        known = await razorpay.fetch_refunds(row["razorpay_payment_id"])
        assert sum(one.amount_minor for one in known) == row["minor"]
