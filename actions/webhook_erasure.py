"""What remains of failed webhook messages when the account that they are about is deleted."""

from datetime import timedelta

from sqlalchemy import func, update
from sqlmodel import col, select

from database.transactions import Transaction
from jobs.kinds import Timer, WorkContext, register_timer
from models.customers import DeletedAccount
from models.inbox import WebhookMessage, WebhookStatus

FAILED_KEPT = timedelta(days=90)
TOO_OLD = "nobody has replayed it for 90 days"
ERASED = "the account that it was about is deleted"


async def erase_deleted(tx: Transaction, subject: str | None = None) -> None:
    """Erase the bodies of failed messages about a deleted account, or about all of them, and never replay these."""
    mine = col(WebhookMessage.subject).is_not(None) if subject is None else col(WebhookMessage.subject) == subject
    gone = col(WebhookMessage.subject).in_(select(DeletedAccount.clerk_id))
    values = {"status": WebhookStatus.IGNORED, "body": b"", "subject": None, "error": ERASED, "updated_at": func.now()}
    erased = update(WebhookMessage).where(mine, gone, col(WebhookMessage.status) == WebhookStatus.FAILED)
    await tx.exec(erased.values(values))


async def sweep(tx: Transaction) -> None:
    """Erase what was kept at the moment of a deletion, and what nobody has replayed for long."""
    await erase_deleted(tx)
    old = col(WebhookMessage.received_at) < func.now() - FAILED_KEPT
    values = {"status": WebhookStatus.IGNORED, "body": b"", "subject": None, "error": TOO_OLD}
    failed = update(WebhookMessage).where(col(WebhookMessage.status) == WebhookStatus.FAILED, old)
    await tx.exec(failed.values(values))


async def _sweep(context: WorkContext) -> None:
    async with context.transaction() as tx:
        await sweep(tx)


register_timer(Timer("webhooks.erase", timedelta(hours=1), _sweep))
