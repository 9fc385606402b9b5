"""Requests that may be sent twice: the second one gets what the first one made."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from actions.queries import sweep
from models.columns import Table, columns
from models.inbox import GuestIdempotencyKey, IdempotencyKey

REMEMBERED = timedelta(hours=24)

Owner = UUID | bytes
"""Whose an idempotency key is: a customer's, by id, or a guest's, by a digest of what they are known by."""


async def idempotent(
    tx: AsyncSession, owner: Owner, mutation: str, key: str | None, request: dict[str, Any],
    make: Callable[[], Awaitable[UUID]],
) -> UUID:  # fmt: skip
    """Make something, unless a request with the same key made it within a day: then give that.

    The key's row is written first, so that a second request waits for the first to end.
    """
    if key is None:
        return await make()
    digest = sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()
    table, owned = _owned(owner)
    remembered = columns(table)
    mine = [remembered[name] == value for name, value in {**owned, "key": key}.items()]
    old = remembered.created_at < func.now() - REMEMBERED
    fresh: dict[str, Any] = {"mutation": mutation, "digest": digest, "created_at": func.now(), "answer": None}
    first = insert(table).values(**owned, key=key, **fresh)
    again = first.on_conflict_do_update(index_elements=[*owned, "key"], set_=fresh, where=old)
    done: Any = await tx.exec(again.returning(remembered.key))
    if done.first() is None:
        answered = select(remembered.mutation, remembered.digest, remembered.answer).where(*mine)
        known: Any = (await tx.exec(answered)).one()  # type: ignore[call-overload]
        if (known.mutation, known.digest) != (mutation, digest):
            message = "This idempotency key was used for another request. Use a new key for each new request."
            raise errors.Conflict(message, reason="idempotency_key_reused")
        return UUID((known.answer or {})["id"])
    await sweep(tx, table, remembered.created_at, old)
    made = await make()
    await tx.exec(update(table).where(*mine).values(answer={"id": str(made)}))
    return made


def _owned(owner: Owner) -> tuple[type[Table], dict[str, Any]]:
    if isinstance(owner, bytes):
        return GuestIdempotencyKey, {"guest": owner}
    return IdempotencyKey, {"customer_id": owner}
