"""Requests that may be sent twice: the second one gets what the first one returned, and changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, func, inspect, select, update
from sqlalchemy.dialects.postgresql import insert

import errors
from database.compiled import Compiled
from database.transactions import Transaction
from jobs.kinds import Timer, register_timer
from jobs.sweeps import sweep
from models.columns import Table, columns
from models.inbox import GuestIdempotencyKey, IdempotencyKey

REMEMBERED = timedelta(hours=24)
ADAPTERS: dict[str, TypeAdapter[Any]] = {}


class Statements:
    """What is done to the rows of one kind of owner."""

    def __init__(self, table: type[Table], owned_by: str) -> None:
        row = columns(table)
        key = {owned_by: bindparam("owner", type_=row[owned_by].type), "key": bindparam("own_key", type_=row.key.type)}
        mine = [row[name] == value for name, value in key.items()]
        old = row.created_at < func.now() - REMEMBERED
        fresh: dict[str, Any] = {
            "mutation": bindparam("mutation", type_=row.mutation.type),
            "digest": bindparam("digest", type_=row.digest.type),
            "created_at": func.now(),
        }
        first = insert(table).values(**key, **fresh)
        again = first.on_conflict_do_update(index_elements=list(key), set_=fresh | {"answer": None}, where=old)
        self.begin = Compiled(again.returning(row.key))
        """Gives a row if no request with the key was sent within a day."""
        self.find = Compiled(select(row.mutation, row.digest, row.answer).where(*mine))
        kept = bindparam("kept_answer", type_=row.answer.type)
        self.keep = Compiled(update(table).where(*mine).values(answer=kept))


CUSTOMERS, GUESTS = Statements(IdempotencyKey, "customer_id"), Statements(GuestIdempotencyKey, "guest")

P = ParamSpec("P")
T = TypeVar("T")
Owner = UUID | bytes
"""Whose an idempotency key is: a customer's, by id, or a guest's, by a digest of what they are known by."""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that its client has given a key."""

    mutation: str
    key: str
    digest: bytes
    """Of the input: a key stands for one input only."""


def digest(content: dict[str, Any]) -> bytes:
    """Give the digest of an input."""
    return sha256(orjson.dumps(content, default=_plain, option=orjson.OPT_SORT_KEYS)).digest()


def _plain(value: Any) -> Any:
    return [value.value] if hasattr(value, "value") else str(value)  # a `Some` tells null from what was not sent


async def run_once(
    tx: Transaction, owner: Owner, request: KeyedRequest | None, action: Callable[Concatenate[Transaction, P], Awaitable[T]],
    *arguments: P.args, **options: P.kwargs,
) -> T:  # fmt: skip
    """Run an action, unless a request with the same key did so within a day: then give what it returned.

    The key's row is written first, so that a second request waits for the first to end. Results are kept as JSON, by
    the annotation of what the action returns.
    """
    if request is None:
        return await action(tx, *arguments, **options)
    statements = GUESTS if isinstance(owner, bytes) else CUSTOMERS
    mine = {"owner": owner, "own_key": request.key}
    begin = {**mine, "mutation": request.mutation, "digest": request.digest}
    result = _adapter(action)
    if (await tx.exec(statements.begin, begin)).first() is None:
        known: Any = (await tx.exec(statements.find, mine)).one()
        if (known.mutation, known.digest) != (request.mutation, request.digest):
            message = "This idempotency key was used for another request. Use a new key for each new request."
            raise errors.Conflict(message, reason="idempotency_key_reused")
        return _remembered(result, known.answer)  # type: ignore[no-any-return]
    made = await action(tx, *arguments, **options)
    answer = {"result": result.dump_python(made, mode="json")}
    await tx.exec(statements.keep, {**mine, "kept_answer": answer})
    return made


def _remembered(result: TypeAdapter[Any], answer: dict[str, Any]) -> Any:
    """Give a result again. Another release may have written it, whose action returned something else."""
    try:
        return result.validate_python(answer["result"])
    except (KeyError, ValidationError):
        message = (
            "This was done when it was first sent, but another version of the server did it, and its result cannot be "
            "given again. Nothing was done a second time: read what you need by a query."
        )
        raise errors.Conflict(message, reason="idempotency_result_unknown") from None


def _adapter(action: Callable[..., Any]) -> TypeAdapter[Any]:
    """Give what converts the results of an action. Functions are known by name: one may be made for each request."""
    name = f"{action.__module__}.{action.__qualname__}"
    if name not in ADAPTERS:
        ADAPTERS[name] = TypeAdapter(get_type_hints(action)["return"])
    return ADAPTERS[name]


def _forget(name: str, table: type[Table]) -> Timer:
    expired = columns(table).created_at < func.now() - REMEMBERED
    return Timer(name, timedelta(minutes=10), sweep(inspect(table).local_table, expired))


register_timer(_forget("idempotency_keys.sweep", IdempotencyKey))
register_timer(_forget("guest_idempotency_keys.sweep", GuestIdempotencyKey))
