"""Payments compared with Razorpay."""

from typing import TYPE_CHECKING

import typer

from auth import secrets
from commands.running import failure, run
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `reconcile` a command of its own."""


@app.command("reconcile")
def reconcile_payments() -> None:
    """Compare with Razorpay what nothing was heard of for 15 minutes, and say what differed."""
    from errors.payments import PaymentsNotConfigured

    settings = Settings()
    given = secrets.load(settings)
    if given.razorpay is None:
        raise failure(f"{PaymentsNotConfigured()} Set RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRETS.")

    async def compare(database: "Database") -> tuple[int, int, int]:
        from actions.reconciliation import reconcile_all
        from models import ids
        from payments.client import Razorpay

        checked, differences, errors = 0, 0, 0
        async with Razorpay.open(settings, given) as razorpay:
            async for found in reconcile_all(database, razorpay):
                checked, differences = checked + found.checked, differences + len(found.differences)
                errors += len(found.errors)
                for one in found.differences:
                    typer.echo(f"{ids.encode('Payment', one.payment_id)}  was {one.was}; now {one.now}")
                for payment_id, reason in found.errors:
                    typer.echo(f"{ids.encode('Payment', payment_id)}  {reason}", err=True)
        return checked, differences, errors

    checked, differences, errors = run(compare)
    typer.echo(f"{checked} compared, {differences} differed")
    if errors:
        raise failure(f"{errors} could not be compared")
