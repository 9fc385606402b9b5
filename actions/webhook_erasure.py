"""What remains of failed webhook messages when the account that they are about is deleted."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, any_, func, literal_column, update
from sqlmodel import col, select

from database.transactions import Transaction
from jobs.kinds import Timer, WorkContext, register_timer
from jobs.sweeps import BATCH
from models.customers import DeletedAccount
from models.inbox import WebhookMessage, WebhookStatus

FAILED_KEPT = timedelta(days=90)
TOO_OLD = "nobody has replayed it for 90 days"
ERASED = "the account that it was about is deleted"


async def erase_deleted(tx: Transaction, subject: str | None = None) -> bool:
    """Erase the bodies of failed messages about a deleted account, or about any of them, and never replay these.

    Of any of them at most BATCH; True if there may be more.
    """
    limit = BATCH if subject is None else None
    mine = col(WebhookMessage.subject).is_not(None) if subject is None else col(WebhookMessage.subject) == subject
    return await _erase(tx, ERASED, limit, mine, col(WebhookMessage.subject).in_(select(DeletedAccount.clerk_id)))


async def erase_old(tx: Transaction) -> bool:
    """Erase the bodies of failed messages that nobody has replayed for long: at most BATCH; True if there may be more."""
    return await _erase(tx, TOO_OLD, BATCH, col(WebhookMessage.received_at) < func.now() - FAILED_KEPT)


async def _erase(tx: Transaction, error: str, limit: int | None, *where: ColumnElement[bool]) -> bool:
    place: ColumnElement[Any] = literal_column("ctid")
    failed = select(place).select_from(WebhookMessage).where(col(WebhookMessage.status) == WebhookStatus.FAILED, *where)
    some = failed.limit(limit).with_for_update().scalar_subquery()
    values = {"status": WebhookStatus.IGNORED, "body": b"", "subject": None, "error": error, "updated_at": func.now()}
    erased = update(WebhookMessage).where(place == any_(func.array(some))).values(values)
    return (await tx.exec(erased)).rowcount == limit


async def sweep(context: WorkContext) -> None:
    """Erase what was kept at the moment of a deletion, and what nobody has replayed for long."""
    for erase in (erase_deleted, erase_old):
        more = True
        while more and not context.stopping.is_set():
            async with context.transaction() as tx:
                more = await erase(tx)


register_timer(Timer("webhooks.erase", timedelta(hours=1), sweep))
