"""Mails that need an administrator: those rejected for good, and those that may or may not have arrived."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, cast, func, select, update
from sqlmodel import col

from database.engine import Database
from mails.delivery import mail
from mails.kind import queue_without_jobs
from models.mails import Mail, MailState

ALL = "all"


async def listing(database: Database) -> Sequence[Any]:
    """Give id, template, state, time and reason of each, the oldest first."""
    waiting = mail.state.in_([MailState.FAILED, MailState.UNCERTAIN])
    found = select(mail.id, mail.template, mail.state, mail.created_at, mail.error).where(waiting).order_by(mail.id)
    async with database.transaction() as tx:
        return (await tx.exec(found)).all()


async def retry(database: Database, which: str) -> int:
    """Queue one mail again, by its id, or 'all' that certainly were not sent; gives how many."""
    name, state = cast(col(Mail.id), String), col(Mail.state)
    certain = state == MailState.FAILED
    chosen = certain if which == ALL else (name == which.lower()) & (certain | (state == MailState.UNCERTAIN))
    again = update(Mail).where(chosen).values(state=MailState.QUEUED, error=None, updated_at=func.now())
    async with database.transaction() as tx:
        queued = (await tx.exec(again.returning(col(Mail.id)))).all()
        await queue_without_jobs(tx)
    return len(queued)
