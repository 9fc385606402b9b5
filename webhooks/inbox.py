"""The inbox: each signed message has one effect, in the transaction that records it; a failed one is kept for a replay.

The body is kept only while the message may have to be replayed. Afterwards its id is enough, and personal data that is
not stored cannot outlive its account.
"""

import math
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

import asyncpg
import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

import errors
from actions.webhook_erasure import erase_deleted
from database.compiled import Compiled
from database.engine import Database
from database.failures import is_only_of_statement
from database.transactions import Transaction
from models.inbox import WebhookEffect, WebhookMessage, WebhookStatus

UNKNOWN_KIND = "unknown"
NO_BODY = b""

Handler = Callable[[Transaction, dict[str, Any]], Awaitable[object]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Provider:
    """A sender of messages: the field that holds the kind of a message, and the handler of each kind.

    `subject` finds whom a message is about; the body of a failed one is erased with the account of that id.
    """

    name: str
    kind_field: str
    handlers: Mapping[str, Handler]
    subject: Callable[[Mapping[str, Any]], str | None]
    effect: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    """What a message reports of what, which has effect once whatever its id is; for providers that do not sign the id."""
    kept: Callable[[bytes, Mapping[str, Any]], bytes] = lambda body, _: body
    """What is kept of the body of a failed message: all that its handler reads."""
    max_seconds: float = math.inf
    """How long a message may take to be answered, where that is shorter than OPERATION_SECONDS."""
    gives_up_on_errors: bool = False
    """Whether the provider ends all messages where some are answered with errors: those of no use are acknowledged."""


class Outcome(StrEnum):
    """The result of one delivery."""

    PROCESSED = "processed"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    FAILED = "failed"


def no_messages(*providers: Provider) -> Counter[tuple[str, str]]:
    """Begin to count messages by provider and outcome: each is shown from the start, so that a first one is an increase."""
    return Counter({(provider.name, outcome.value): 0 for provider in providers for outcome in Outcome})


class Received(NamedTuple):
    """The outcome of a delivery; for a failed one the error, its reference in the log, and whether a retry may succeed."""

    provider: str
    id: str
    outcome: Outcome
    error: str | None = None
    reference: str | None = None
    temporary: bool = False
    unusable: bool = False
    """Whether the message lacks what its effect needs, and is kept: to send it again is of no use."""


class Listed(NamedTuple):
    """A message as `python server.py webhooks list` shows it."""

    provider: str
    id: str
    kind: str
    status: WebhookStatus
    attempts: int
    error: str | None
    received_at: datetime


class PayloadUnusable(Exception):
    """A signed message that lacks what its effect needs. The sentence names fields, never values."""


async def receive(database: Database, provider: Provider, message_id: str, body: bytes) -> Received:
    """Apply a signed message once, however often and however concurrently it is delivered."""
    kind, event = UNKNOWN_KIND, dict[str, Any]()
    try:
        event, kind = _parse(body, provider.kind_field)
        async with database.transaction() as tx:
            handler = provider.handlers.get(kind)
            status = WebhookStatus.PROCESSED if handler else WebhookStatus.IGNORED
            if not await _record_first(tx, provider.name, message_id, kind, status):
                return Received(provider.name, message_id, Outcome.DUPLICATE)
            if handler is not None and not await _record_effect(tx, provider, message_id, event):
                return Received(provider.name, message_id, Outcome.DUPLICATE)
            if handler is not None:
                await handler(tx, event)
    except Exception as error:  # noqa: BLE001 - whatever it is, the message is kept and the provider is to retry
        subject = provider.subject(event)
        message = WebhookMessage(
            provider=provider.name, id=message_id, kind=kind, body=provider.kept(body, event), subject=subject
        )
        return await _keep_failed(database, message, error)
    return Received(provider.name, message_id, Outcome.PROCESSED if handler else Outcome.IGNORED)


async def listing(
    database: Database, status: WebhookStatus | None = WebhookStatus.FAILED, provider: str | None = None,
    limit: int | None = None,
) -> Sequence[Listed]:  # fmt: skip
    """List messages, oldest first: those that failed, those of another status, or with None all; the newest `limit`."""
    message = sa.inspect(WebhookMessage).local_table.c
    wanted = sa.select(*(message[name] for name in Listed._fields)).order_by(
        message.received_at.desc(), message.id.desc()
    )
    wanted = wanted if status is None else wanted.where(message.status == status)
    wanted = wanted if provider is None else wanted.where(message.provider == provider)
    async with database.transaction() as tx:
        found: Any = await tx.exec(wanted.limit(limit))
        return [Listed(*row) for row in reversed([*found])]


async def show(database: Database, message_id: str) -> Sequence[tuple[Listed, bytes]]:
    """Find the messages with an id, which is one of each provider at most, with what is kept of their bodies."""
    message = sa.inspect(WebhookMessage).local_table.c
    columns = [message[name] for name in (*Listed._fields, "body")]
    async with database.transaction() as tx:
        found: Any = await tx.exec(sa.select(*columns).where(message.id == message_id).order_by(message.provider))
        return [(Listed(*row[:-1]), row[-1]) for row in found]


async def replay(database: Database, providers: Sequence[Provider], message_id: str | None = None) -> list[Received]:
    """Try failed messages again, oldest first: one of them, or all."""
    message = sa.inspect(WebhookMessage).local_table.c
    senders = {provider.name: provider for provider in providers}
    failed = sa.select(message.provider, message.id, message.body).where(
        message.status == WebhookStatus.FAILED, message.provider.in_(senders)
    )
    if message_id is not None:
        failed = failed.where(message.id == message_id)
    async with database.transaction() as tx:
        messages = (await tx.exec(failed.order_by(message.received_at))).all()
    return [await receive(database, senders[provider], id, body) for provider, id, body in messages]


def _parse(body: bytes, kind_field: str) -> tuple[dict[str, Any], str]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = "The body is not JSON."
        raise PayloadUnusable(message) from error
    kind = event.get(kind_field) if isinstance(event, dict) else None
    if (
        not isinstance(kind, str)
        or not kind.isascii()
        or not kind.isprintable()
        or not 0 < len(kind) <= errors.MAX_ECHO_CHARS
    ):
        message = f"The body is not an object whose '{kind_field}' is a short word."
        raise PayloadUnusable(message)
    return event, kind


RECORD_EFFECT = Compiled(
    insert(WebhookEffect)
    .values({name: sa.bindparam(name) for name in ("provider", "effect", "message_id")})
    .on_conflict_do_nothing()
    .returning(col(WebhookEffect.effect))
)
RECORD_FIRST = Compiled(
    insert(WebhookMessage)
    .values(attempts=1, body=NO_BODY, **{name: sa.bindparam(name) for name in ("provider", "id", "kind", "status")})
    .on_conflict_do_nothing()
    .returning(col(WebhookMessage.id))
)


async def _record_effect(tx: Transaction, provider: Provider, message_id: str, event: dict[str, Any]) -> bool:
    """Record what a message reports; False if another message, which is done, has reported it before."""
    effect = provider.effect(event)
    given = {"provider": provider.name, "effect": effect, "message_id": message_id}
    if effect is None or (await tx.exec(RECORD_EFFECT, given)).first() is not None:
        return True
    this = col(WebhookMessage.provider) == provider.name, col(WebhookMessage.id) == message_id
    await tx.exec(sa.update(WebhookMessage).where(*this).values(status=WebhookStatus.IGNORED))
    return False


async def _record_first(tx: Transaction, provider: str, message_id: str, kind: str, status: WebhookStatus) -> bool:
    """Record the message as done; True if this transaction is the one to apply it.

    A concurrent second delivery waits here for the transaction of the first to end.
    """
    first = {"provider": provider, "id": message_id, "kind": kind, "status": status}
    if (await tx.exec(RECORD_FIRST, first)).first() is not None:
        return True
    done = {"kind": kind, "status": status, "body": NO_BODY, "subject": None, "error": None}
    again = (
        sa.update(WebhookMessage)
        .where(
            col(WebhookMessage.provider) == provider,
            col(WebhookMessage.id) == message_id,
            col(WebhookMessage.status) == WebhookStatus.FAILED,
        )
        .values(**done, attempts=WebhookMessage.attempts + 1, updated_at=sa.func.now())
        .returning(col(WebhookMessage.id))
    )
    return (await tx.exec(again)).one_or_none() is not None


async def _keep_failed(database: Database, message: WebhookMessage, error: Exception) -> Received:
    """Keep a message whose effect was rolled back, unless another delivery of it has succeeded meanwhile."""
    reference, reason = uuid4().hex[:12], describe(error)
    where = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error(
        "webhook_failed", provider=message.provider, id=message.id, error=reason, reference=reference, where=where
    )
    temporary = isinstance(error, errors.Unavailable)
    received = Received(message.provider, message.id, Outcome.FAILED, reason, reference, temporary)
    if error.__cause__ is not None and temporary and not is_only_of_statement(error.__cause__):
        return received  # without a connection there is no second try: the provider sends it again
    kept = {"kind": message.kind, "body": message.body, "subject": message.subject}
    failed = kept | {"status": WebhookStatus.FAILED, "error": reason}
    keep = insert(WebhookMessage).values(provider=message.provider, id=message.id, attempts=1, **failed)
    keep = keep.on_conflict_do_update(
        index_elements=["provider", "id"],
        set_=failed | {"attempts": WebhookMessage.attempts + 1, "updated_at": sa.func.now()},
        where=col(WebhookMessage.status) == WebhookStatus.FAILED,
    )
    try:
        async with database.transaction() as tx:
            await tx.exec(keep)
            await erase_deleted(tx, message.subject)  # of an account that was deleted before
    except Exception as second:  # noqa: BLE001 - then only the provider has the message, and sends it again
        log.warning("webhook_not_kept", error=describe(second), reference=reference)
        return received
    return received._replace(unusable=isinstance(error, PayloadUnusable))


def describe(error: Exception) -> str:
    """Name an error without any value from the message: the texts of database errors would quote them."""
    if isinstance(error, PayloadUnusable | errors.KnownError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, asyncpg.PostgresError):
        facts = [getattr(error, name, None) for name in ("sqlstate", "table_name", "column_name", "constraint_name")]
        return " ".join([type(error).__name__, *(fact for fact in facts if isinstance(fact, str))])
    return type(error).__name__
