"""What mutations share: ids out of inputs, and requests that may be sent twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, any_, delete, func, inspect, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from context import Context, Info
from models import ids
from models.columns import Table, columns
from models.customers import Customer
from models.inbox import GuestIdempotencyKey, IdempotencyKey

REMEMBERED = timedelta(hours=24)
SWEPT_AT_ONCE = 20
LONGEST_KEY = 200


def parse_id(graphql_type: str, what: str, text: str, *field: str) -> UUID:
    """Read the key of what an input names."""
    found = ids.key_of(graphql_type, text)
    if found is None:
        raise errors.NotFound(what, text, *field)
    return found


def idempotency_key(info: Info, given: str | None) -> str | None:
    """Give a mutation's idempotency key: that of its input, or the header's and the mutation's place in the document."""
    key = info.context.idempotency_key if given is None else given
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise errors.BadInput(f"An idempotency key has 1 to {LONGEST_KEY} characters.", reason="bad_idempotency_key")
    return given or f"{key}:{'.'.join(map(str, info.path.as_list()))}"


async def fetch_first(tx: AsyncSession, rows: Select[Any], **parameters: Any) -> Any:
    """Give the first row of a SELECT over the columns of tables, or None."""
    return (await tx.exec(rows, params=parameters)).first()  # type: ignore[call-overload]


async def lock_customer(tx: AsyncSession, customer_id: UUID, *names: str) -> Any:
    """Read columns of the acting customer, whom `Context.transaction` has locked."""
    customer = columns(Customer)
    return await fetch_first(tx, select(*(customer[name] for name in names)).where(customer.id == customer_id))


async def idempotent(
    context: Context, tx: AsyncSession, mutation: str, key: str | None, request: dict[str, Any],
    make: Callable[[], Awaitable[UUID]], *, guest: str = "",
) -> UUID:  # fmt: skip
    """Make something, unless a request with the same key made it within a day: then give that (G6).

    The key's row is written first, so that a second request waits for the first to end. Whoever has no account is
    known by `guest`, and of that only a digest is kept; where it is empty, they are refused.
    """
    if key is None:
        return await make()
    digest = sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()
    table, owner = _owner(context, guest)
    remembered = columns(table)
    mine = [remembered[name] == value for name, value in {**owner, "key": key}.items()]
    old = remembered.created_at < func.now() - REMEMBERED
    fresh: dict[str, Any] = {"mutation": mutation, "digest": digest, "created_at": func.now(), "answer": None}
    first = insert(table).values(**owner, key=key, **fresh)
    again = first.on_conflict_do_update(index_elements=[*owner, "key"], set_=fresh, where=old)
    done: Any = await tx.exec(again.returning(remembered.key))
    if done.first() is None:
        answered = select(remembered.mutation, remembered.digest, remembered.answer).where(*mine)
        known: Any = (await tx.exec(answered)).one()  # type: ignore[call-overload]
        if (known.mutation, known.digest) != (mutation, digest):
            message = "This idempotency key was used for another request; take a new one for each wish."
            raise errors.Conflict(message, reason="idempotency_key_reused")
        return UUID((known.answer or {})["id"])
    await sweep(tx, table, remembered.created_at, old)
    made = await make()
    await tx.exec(update(table).where(*mine).values(answer={"id": str(made)}))
    return made


def _owner(context: Context, guest: str) -> tuple[type[Table], dict[str, Any]]:
    if guest and context.viewer.id is None:
        return GuestIdempotencyKey, {"guest": context.resources.secrets.hmac_digest("guest", guest)}
    return IdempotencyKey, {"customer_id": context.require_signed_in()}


async def sweep(tx: AsyncSession, table: type[Table], since: ColumnElement[Any], old: ColumnElement[bool]) -> None:
    """Remove a few rows that mean nothing any more: more than one request adds, never many.

    Comes after a request has its own rows and skips what others hold, so that nobody waits in a circle.
    """
    place: ColumnElement[Any] = literal_column("ctid")
    some = select(place).select_from(inspect(table).local_table).where(old).order_by(since).limit(SWEPT_AT_ONCE)
    swept = func.array(some.with_for_update(skip_locked=True).scalar_subquery())
    await tx.exec(delete(table).where(place == any_(swept)), execution_options={"synchronize_session": False})
