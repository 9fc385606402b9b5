"""`server.py payments reconcile`, and `webhooks list`, `show` and `replay` for all providers."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

import server
from database.engine import Database
from models import ids
from payments.client import Razorpay
from settings import Settings
from tests.payments.bought import PAID, buy
from tests.payments.sandbox import SandboxServer
from tests.people import World
from tests.webhooks.razorpay import Sender, event, payment


@pytest.fixture
def command(settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command with the settings of the running server."""
    for name, value in {
        "DATA_FOLDER": str(settings.data_folder), "DATABASE_URL": database_url, "RAZORPAY_URL": str(settings.razorpay.url),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, server.app, [*words])

    return run


async def test_reconcile(command: Any, world: World, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    await world.execute("UPDATE payment SET created_at = created_at - interval '100 days'")
    await sandbox.behave(webhooks="hold")
    bought, strange = await buy(world, razorpay), await buy(world, razorpay)
    await sandbox.pay(bought.order_id)
    await world.execute(
        "UPDATE payment SET razorpay_order_id = $2 WHERE id = $1", strange.payment_id, f"order_{uuid4().hex[:14]}"
    )
    for one in (bought, strange):
        await world.execute(
            "UPDATE payment SET created_at = now() - $2::interval WHERE id = $1", one.payment_id, timedelta(minutes=20)
        )
    ended = await command("payments", "reconcile")
    assert ended.exit_code == 1
    assert f"{ids.encode('Payment', bought.payment_id)}  was PENDING; now COMPLETED" in ended.output
    assert f"{ids.encode('Payment', strange.payment_id)}  The payment provider has refused this" in ended.output
    assert "2 payments compared, 1 differed" in ended.output
    assert await bought.facts() == PAID
    await world.execute(
        "UPDATE payment SET status = 'FAILED', created_at = now() - interval '99 days' WHERE id = $1",
        strange.payment_id,
    )
    ended = await command("payments", "reconcile")
    assert (ended.exit_code, ended.output.splitlines()[-2:]) == (
        0,
        ["0 payments compared, 0 differed", "0 attempts to pay and refunds had not been reported"],
    )


async def test_webhooks(command: Any, world: World, database: Database, razorpay: Razorpay, send: Sender) -> None:
    bought, event_id = await buy(world, razorpay), f"evt{uuid4().hex}"
    wrong = payment(bought.order_id, "10000", email="canary@example.com")
    await send(event("payment.captured", payment=wrong), event_id)
    listed = await command("webhooks", "list", "--provider", "razorpay")
    (line,) = [line for line in listed.output.splitlines() if event_id in line]
    assert line.startswith(
        f"razorpay  {event_id}  payment.captured  FAILED  1  PayloadUnusable: payload.payment: 'amount'"
    )
    assert event_id not in (await command("webhooks", "list", "--provider", "clerk")).output
    shown = await command("webhooks", "show", event_id)
    assert "payment.captured" in shown.output
    assert bought.order_id not in shown.output
    body = await command("webhooks", "show", event_id, "--body")
    assert bought.order_id in body.output
    assert "canary" not in body.output
    assert f"razorpay {event_id}: failed" in (await command("webhooks", "replay", event_id)).output
    for words in (("show", "nothing"), ("replay", "nothing")):
        assert (await command("webhooks", *words)).exit_code == 1
    fine = f"evt{uuid4().hex}"
    await send(event("payment.captured", payment=payment(bought.order_id)), fine)
    assert fine in (await command("webhooks", "list", "--all")).output
    assert fine not in (await command("webhooks", "list")).output
