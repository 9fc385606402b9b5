"""What mutations share: ids out of inputs, and requests that may be sent twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from context import Context, Info
from models import ids
from models.inbox import IdempotencyKey

REMEMBERED = timedelta(hours=24)
LONGEST_KEY = 200


def named(graphql_type: str, what: str, text: str, *field: str) -> UUID:
    """Read the key of what an input names."""
    found = ids.key_of(graphql_type, text)
    if found is None:
        raise errors.NotFound(what, text, *field)
    return found


def key_of(info: Info, given: str | None) -> str | None:
    """Give a mutation's idempotency key: that of its input, or the header's and the mutation's place in the document."""
    key = info.context.idempotency_key if given is None else given
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise errors.BadInput(f"An idempotency key has 1 to {LONGEST_KEY} characters.", reason="bad_idempotency_key")
    return given or f"{key}:{'.'.join(map(str, info.path.as_list()))}"


async def once(
    context: Context, session: AsyncSession, mutation: str, key: str | None, request: dict[str, Any],
    make: Callable[[], Awaitable[UUID]],
) -> UUID:  # fmt: skip
    """Make something, unless a request with the same key made it within a day: then give that (G6).

    The key's row is written first, so that a second request waits for the first to end.
    """
    if key is None:
        return await make()
    customer, digest = context.signed_in(), sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()
    mine = col(IdempotencyKey.customer_id) == customer, col(IdempotencyKey.key) == key
    old = col(IdempotencyKey.created_at) < func.now() - REMEMBERED
    await session.exec(delete(IdempotencyKey).where(*mine[:1], old))
    row = {"customer_id": customer, "key": key, "mutation": mutation, "digest": digest}
    fresh = await session.exec(
        insert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(col(IdempotencyKey.key))
    )
    if fresh.first() is None:
        known = (await session.exec(select(IdempotencyKey).where(*mine))).one()
        if (known.mutation, known.digest) != (mutation, digest):
            message = "This idempotency key was used for another request; take a new one for each wish."
            raise errors.Conflict(message, reason="idempotency_key_reused")
        return UUID((known.answer or {})["id"])
    made = await make()
    await session.exec(update(IdempotencyKey).where(*mine).values(answer={"id": str(made)}))
    return made
