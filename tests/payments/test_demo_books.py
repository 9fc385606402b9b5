"""What the sandbox is told of demo payments agrees with them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from socket import socket

import asyncpg
import pytest

from actions.reconciliation import reconcile_all
from auth.secrets import Secrets
from database.urls import plain_url
from demo import loading, razorpay_books
from mails import outbox
from payments.client import Razorpay
from settings import Settings
from tests.payments.sandbox import SandboxServer
from tests.variables import changed

SCALE = 0.05
UNSETTLED = "UPDATE payment SET created_at = now() - interval '1 hour' WHERE NOT is_unknown"
REFUNDED = "SELECT razorpay_payment_id, sum(amount_minor) AS minor FROM refund GROUP BY 1"


@pytest.fixture
def own(credentials: Secrets, tmp_path: Path) -> Iterator[SandboxServer]:
    """A sandbox of its own: demo payments have the same ids everywhere, and other tests make orders for them."""
    assert credentials.razorpay
    with socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with SandboxServer(tmp_path, credentials.razorpay, bound).running() as made:
            yield made


async def test_nothing_differs(settings: Settings, credentials: Secrets, fresh_url: str, own: SandboxServer) -> None:
    await loading.load(fresh_url, SCALE, progress=False)
    for _ in range(2):  # the second time changes nothing
        await razorpay_books.fill(own.sandbox.store, fresh_url)
    connection = await asyncpg.connect(plain_url(fresh_url))
    await connection.execute(UNSETTLED)
    refunded = await connection.fetch(REFUNDED)
    await connection.close()
    database = await outbox.open_database(settings, credentials, fresh_url)
    async with Razorpay.open(changed(settings, razorpay_url=own.url), credentials) as razorpay:
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
