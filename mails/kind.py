"""The kind of job that sends a mail, and the timers of mails."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy import String, cast, func
from sqlmodel import col

from database.transactions import Transaction
from jobs import queue
from jobs.kinds import JobContext, JobKind, Payload, Timer, WorkContext, register, register_timer
from jobs.queue import JOBS
from jobs.sweeps import BATCH, sweep
from mails.delivery import STALE, Delivery, Stale, mail
from mails.smtp import LOST
from models.mails import Mail, MailState
from settings import Settings

KEPT = timedelta(days=30)
LONGEST_SENDING = timedelta(minutes=10)
ID = cast(mail.id, String)
DROPPING = 0x6D61_696C
"""The advisory lock of whoever drops mails, so that no two processes drop, and count, the same: `mail` in ASCII."""

log = structlog.get_logger()


async def _send(context: JobContext, payload: Payload) -> None:
    try:
        await Delivery(context).deliver(UUID(str(payload["mail"])))
    except Stale:
        await drop_stale(context)


def _configure(kind: JobKind, settings: Settings) -> JobKind | None:
    """Leave mails to processes that have a mail server."""
    if settings.mail.smtp_url is None:
        return None
    longest = settings.mail.smtp_seconds * 10 + settings.mail.smtp_acceptance_seconds
    return replace(kind, tries=settings.mail.tries, retry_seconds=settings.mail.retry_seconds, run_seconds=longest)


async def _queue_again(tx: Transaction, payload: Payload, chosen: bool) -> bool:
    """Have a mail sent again; one that may have arrived only if it was chosen by itself."""
    states = [MailState.FAILED, *([MailState.UNCERTAIN] if chosen else [])]
    mine = col(Mail.id) == UUID(str(payload["mail"])), col(Mail.state).in_(states)
    again: Any = sa.update(Mail).where(*mine).values(state=MailState.QUEUED, error=None, updated_at=func.now())
    return (await tx.exec(again.returning(col(Mail.id)))).first() is not None


MAIL = register(JobKind("mails.send", _send, configure=_configure, before_retry=_queue_again))
register(
    JobKind(
        "mail",
        _send,
        configure=_configure,
        before_retry=_queue_again,
        decode=lambda raw: {"mail": raw.decode()},
    )
)
"""The jobs that servers of the release before still queue."""


def jobs_for(queued: sa.Select[Any]) -> Any:
    """Build the INSERT of a job for each mail in a SELECT with `id`; one that has a job keeps it."""
    rows = queued.subquery("queued")
    name = cast(rows.c.id, String)
    payload = func.jsonb_build_object(sa.literal_column("'mail'"), name).label("payload")
    return queue.enqueue_rows(MAIL, sa.select(payload, name.label("key")))


async def queue_without_jobs(tx: Transaction) -> None:
    """Give each queued mail a job, and leave none SENDING without one."""
    alone = ~queue.has_job(MAIL, ID)
    await tx.exec(queue.drop_held(MAIL, sa.select(ID).where(mail.state == MailState.QUEUED)))
    await tx.exec(jobs_for(sa.select(mail.id).where(mail.state == MailState.QUEUED, alone)))
    abandoned = mail.updated_at < func.now() - LONGEST_SENDING  # one of the release before may still send it
    left = sa.update(Mail).where(mail.state == MailState.SENDING, alone, abandoned)
    await tx.exec(left.values(state=MailState.UNCERTAIN, error=LOST, updated_at=func.now()))


async def drop_stale(context: WorkContext) -> None:
    """Drop the mails that were never tried in `STALE`, with their jobs, and log once how many."""
    tried = sa.select(JOBS.c.id).where(
        JOBS.c.entrypoint == MAIL.name,
        JOBS.c.attempts > 0,
        JOBS.c.headers["key"].astext == func.concat(f"{MAIL.name}:", ID),
    )
    old = mail.state == MailState.QUEUED, mail.updated_at < func.now() - STALE, ~tried.exists()
    stale = sa.delete(Mail).where(mail.id.in_(sa.select(mail.id).where(*old).limit(BATCH))).returning(mail.id)
    count, more = 0, True
    while more and not context.stopping.is_set():
        async with context.transaction() as tx:
            await tx.exec(sa.select(func.pg_advisory_xact_lock(DROPPING)))
            dropped = [str(row[0]) for row in await tx.exec(stale)]
            await tx.exec(queue.drop_waiting(MAIL, dropped))
        count, more = count + len(dropped), len(dropped) == BATCH
    if count:
        log.warning("mails_dropped", count=count, reason="no process could send them within 24 hours")


async def _repair(context: WorkContext) -> None:
    await drop_stale(context)
    async with context.transaction() as tx:
        await queue_without_jobs(tx)


register_timer(Timer("mails.repair", timedelta(minutes=10), _repair))
register_timer(
    Timer(
        "mails.sweep",
        timedelta(minutes=10),
        sweep(sa.inspect(Mail).local_table, (mail.state == MailState.SENT) & (mail.updated_at < func.now() - KEPT)),
    )
)
