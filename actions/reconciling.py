"""The timer that compares payments with Razorpay."""

from contextlib import suppress
from datetime import timedelta

import structlog

from actions.account_reconciliation import compare_account
from actions.reconciliation import reconcile_due
from auth import secrets
from errors.payments import PaymentProvider
from jobs.kinds import Timer, WorkContext, register_timer
from payments.client import Razorpay

log = structlog.get_logger()


async def run(context: WorkContext) -> None:
    """Compare what is due. One process of all runs this; a connection to Razorpay is opened for it alone."""
    given = secrets.load(context.settings)
    if given.razorpay is None:
        return
    async with Razorpay.open(context.settings, given) as razorpay:
        found = await reconcile_due(context.database, razorpay, context.stopping.is_set)
        if not found.is_cut_short:
            with suppress(PaymentProvider):  # which is logged where Razorpay is called
                await compare_account(context.database, razorpay, context.stopping.is_set)
    if found.checked or found.errors:
        log.info(
            "payments_reconciled",
            checked=found.checked,
            differences=len(found.differences),
            errors=len(found.errors),
        )


register_timer(Timer("payments.reconcile", timedelta(minutes=5), run))
