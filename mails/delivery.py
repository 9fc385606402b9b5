"""Sending one mail, never twice.

A mail is QUEUED until a server has accepted its recipient. Then one conditional UPDATE makes it SENDING, and only the
process that ran it sends the text. A negative answer makes it QUEUED again, or FAILED. Without an answer it is
UNCERTAIN, and only an administrator sends it again.
"""

import asyncio
import traceback
from datetime import timedelta
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from email_validator import EmailNotValidError, validate_email
from sqlmodel import col

import errors
from jobs.kinds import JobContext, Refused, Retry
from mails import templates
from mails.smtp import LOST, Deferred, Rejected, SmtpServer, Unanswered
from mails.subjects import SUBJECTS, MailSubject
from mails.templates import MailData
from models.columns import columns
from models.mails import Mail, MailState
from models.money import Money

STALE = timedelta(hours=24)
"""A mail that was never tried in this time is not sent any more: no process had a mail server."""
mail = columns(Mail)
ROW = sa.select(
    mail.state, mail.template, mail.subject_type, mail.subject_id, mail.language, mail.verified, mail.created_at,
    (mail.updated_at < sa.func.now() - STALE).label("stale"),
).where(mail.id == sa.bindparam("mail", type_=sa.Uuid()))  # fmt: skip

log = structlog.get_logger()


def _mapping(row: Any) -> dict[str, Any] | None:
    """Give the columns of a row by name."""
    return None if row is None else row._asdict()


class Stale(Exception):
    """The mail waited for a mail server for too long, as others may have."""


class Delivery:
    """How one mail is sent."""

    def __init__(self, context: JobContext) -> None:
        settings = context.settings
        url = settings.mail.smtp_url
        self._database = context.database  # without the lease: the states of a mail decide who may change it
        self._server = SmtpServer.of(settings, url.get_secret_value() if url else "")
        self._from = settings.mail.sender or ""
        self._links = {"sign_up": settings.shop.sign_up_url, "site": settings.shop.storefront_url}
        self._server_address = settings.server.public_url
        self._first = context.attempt == 1
        self._last = context.attempt >= settings.mail.tries

    async def deliver(self, id: UUID) -> None:
        """Send a mail unless it was sent. Raises `Retry` to be called again, `Refused` where that would not help."""
        try:
            await self._deliver(id)
        except Deferred as problem:
            if self._last:
                await self._hold(id, MailState.FAILED, f"{problem}, each time it was tried")
            raise Retry(str(problem)) from None
        except Rejected as problem:
            await self._hold(id, MailState.FAILED, str(problem))
        except Unanswered as problem:
            await self._hold(id, MailState.UNCERTAIN, str(problem))
        except (errors.Unavailable, Stale):
            raise
        except Exception as bug:  # noqa: BLE001 - its text may hold people's data
            await self._turn(id, {MailState.SENDING}, MailState.UNCERTAIN, LOST)
            await self._turn(id, {MailState.QUEUED}, MailState.FAILED, f"a bug: {type(bug).__qualname__}")
            trace = "".join(traceback.format_tb(bug.__traceback__))
            log.error("mail_broken", mail=str(id), error=type(bug).__qualname__, trace=trace)  # noqa: TRY400
            raise Refused(f"a bug: {type(bug).__qualname__}") from None

    async def _deliver(self, id: UUID) -> None:
        async with self._database.transaction() as tx:
            row = _mapping((await tx.exec(ROW, params={"mail": id})).one_or_none())
            if row is None or row["state"] in {MailState.SENT, MailState.FAILED}:
                return
            subject = SUBJECTS.get(row["subject_type"])
            if subject is None:
                raise Deferred("this release does not know what it is about")
            found = _mapping((await tx.exec(subject.facts, params={"id": row["subject_id"]})).one_or_none())
        if row["state"] != MailState.QUEUED:  # the process that was sending it has died
            raise Unanswered(LOST)
        if row["stale"] and self._first:
            raise Stale
        unbounded = found is not None and row["verified"] and not found["verified"]  # nothing has counted it
        if found is None or found["address"] is None or unbounded:  # else they want none, or the address is erased
            await self._turn(id, {MailState.QUEUED}, None)
            return
        facts = self._facts(id, row, subject, found)
        try:
            message = templates.write(facts, self._from)
        except ValueError:
            raise Rejected("its headers cannot be written: look at the address and at MAIL_FROM") from None
        text = message.as_bytes(policy=SMTP.clone(utf8=not facts.address.isascii()))
        async with self._server.accepting(parseaddr(self._from)[1], facts.address) as smtp:
            if not await self._turn(id, {MailState.QUEUED}, MailState.SENDING):
                return
            try:
                await smtp.send_data(text)
            except asyncio.CancelledError:
                raise Unanswered(f"{LOST}: the server was stopped") from None
            except (Deferred, Rejected):
                await self._turn(id, {MailState.SENDING}, MailState.QUEUED)
                raise
            await self._turn(id, {MailState.SENDING, MailState.UNCERTAIN}, MailState.SENT)

    def _facts(self, id: UUID, row: Any, subject: MailSubject, found: Any) -> MailData:
        try:
            read = validate_email(found["address"], check_deliverability=False)
        except EmailNotValidError:
            raise Rejected("its address is not one") from None
        return MailData(
            id=id, template=row["template"], at=row["created_at"], subject_type=subject.name,
            subject_id=row["subject_id"], language=row["language"], address=read.ascii_email or read.normalized,
            verified=bool(found["verified"]), owned=found["owned"],
            codes={name: found[f"value_{name}"] for name in subject.codes},
            texts={name: found[f"value_{name}"] for name in subject.texts},
            links=self._links,
            pages=self._pages(subject, found),
            amounts={
                name: Money(found[f"value_{name}"], found[f"value_{name}_currency"]) for name in subject.amounts
            },
        )  # fmt: skip

    def _pages(self, subject: MailSubject, found: Any) -> dict[str, str]:
        """Give the addresses of pages that there are; none to an address that may be somebody else's."""
        paths = {name: found[f"value_{name}"] for name in subject.pages} if found["verified"] else {}
        return {name: f"{self._server_address}{path}" for name, path in paths.items() if path is not None}

    async def _turn(self, id: UUID, was: set[MailState], to: MailState | None, error: str | None = None) -> bool:
        """Move a mail on from a state that it `was` in, or drop it; True if it was in one of them."""
        mine = col(Mail.id) == id, col(Mail.state).in_(was)
        values = {"state": to, "error": error, "updated_at": sa.func.now()}
        change: Any = sa.delete(Mail).where(*mine) if to is None else sa.update(Mail).where(*mine).values(values)
        async with self._database.transaction() as tx:
            return (await tx.exec(change.returning(col(Mail.id)))).first() is not None

    async def _hold(self, id: UUID, state: MailState, reason: str) -> None:
        """Leave a mail to an administrator, unless another process has got further with it."""
        was = MailState.SENDING if state is MailState.UNCERTAIN else MailState.QUEUED
        if await self._turn(id, {was}, state, reason):
            raise Refused(reason) from None
