"""Clients of the sandbox, for tests of the client itself."""

from typing import Any
from uuid import uuid4

from errors.payments import PaymentProviderErrorReason
from payments.calls import Calls
from payments.client import Razorpay
from settings import Settings
from tests.payments.sandbox import SandboxServer
from tests.variables import changed

TIMEOUT, UNAVAILABLE = PaymentProviderErrorReason.TIMEOUT, PaymentProviderErrorReason.UNAVAILABLE


def impatient(settings: Settings, sandbox: SandboxServer, **options: Any) -> Razorpay:
    """A client that waits for half a second."""
    own = changed(settings, razorpay_read_seconds=0.5, **options).razorpay
    return Razorpay(sandbox.keys, Calls(sandbox.keys, sandbox.url, own))


async def paid(razorpay: Razorpay, sandbox: SandboxServer, amount: int = 50_000, **how: Any) -> dict[str, Any]:
    """An order that was paid."""
    return await sandbox.pay(await razorpay.create_order(uuid4(), amount, "INR"), **how)
