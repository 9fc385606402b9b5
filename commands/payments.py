"""Payments compared with Razorpay."""

from typing import TYPE_CHECKING

import typer

from auth import secrets
from commands.running import failure, run
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database
    from payments.client import Razorpay

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `reconcile` a command of its own."""


@app.command("reconcile")
def reconcile_payments() -> None:
    """Compare with Razorpay what nothing was heard of for 15 minutes, and say what differed."""
    from errors.payments import PaymentProvider, PaymentsNotConfigured
    from payments.client import Razorpay

    settings = Settings()
    given = secrets.load(settings)
    if given.razorpay is None:
        raise failure(f"{PaymentsNotConfigured()} Set RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRETS.")

    async def compare(database: "Database") -> int:
        async with Razorpay.open(settings, given) as razorpay:
            errors = await _compare_payments(database, razorpay)
            try:
                return errors + await _compare_account(database, razorpay)
            except PaymentProvider as error:
                raise failure(f"The account could not be compared. {error}") from None

    errors = run(compare)
    if errors:
        raise failure(f"{errors} could not be compared")


async def _compare_payments(database: "Database", razorpay: "Razorpay") -> int:
    """Compare payments, and give how many could not be."""
    from actions.reconciliation import reconcile_all
    from models import ids

    checked, differences, errors = 0, 0, 0
    async for found in reconcile_all(database, razorpay):
        checked, differences = checked + found.checked, differences + len(found.differences)
        errors += len(found.errors)
        for one in found.differences:
            typer.echo(f"{ids.encode('Payment', one.payment_id)}  was {one.was}; now {one.now}")
        for payment_id, reason in found.errors:
            typer.echo(f"{ids.encode('Payment', payment_id)}  {reason}", err=True)
    typer.echo(f"{checked} payments compared, {differences} differed")
    return errors


async def _compare_account(database: "Database", razorpay: "Razorpay") -> int:
    """Compare what is in the account since two weeks, and give how many could not be."""
    from actions.account_reconciliation import compare_account

    found = await compare_account(database, razorpay, lambda: False, everything=True)
    for id in found.differences:
        typer.echo(f"{id}  had not been reported")
    for id, reason in found.errors:
        typer.echo(f"{id}  {reason}", err=True)
    typer.echo(f"{len(found.differences)} attempts to pay and refunds had not been reported")
    return len(found.errors)
