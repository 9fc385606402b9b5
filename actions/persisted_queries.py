"""Documents that clients have registered by their SHA-256, shared by all processes, and no more of them than is allowed.

Anybody may register documents. So where there are too many, those that were never asked for again are deleted before
those that were, of which each time the ones that were not used for the longest time. A part of the store is for new ones.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import sqlalchemy as sa

from database.compiled import Compiled
from database.statements import Statement
from database.transactions import Transaction
from jobs.kinds import Timer, register_timer
from jobs.sweeps import sweep
from models.documents import PersistedQuery

TABLE = sa.inspect(PersistedQuery).local_table
KEPT_FOR = timedelta(days=30)
"""How long one is kept that nobody uses."""
LOCK = 31_935_750_939_960_691
"""The number of the advisory lock of all writers: `queries` in ASCII. Under it, what is counted stays as it is."""
ROOM = 0.95
"""What is left of a full store after a deletion, so that not each registration deletes something."""
PREFERRED = 0.8
"""The part of the store in which documents that were asked for again are safe from new ones."""

FIND = Statement(
    sa.select(TABLE.c.text).where(TABLE.c.hash == sa.bindparam("hash", type_=sa.LargeBinary)), "PersistedQuery"
)
TAKE_LOCK = Compiled(sa.text("SELECT pg_advisory_xact_lock(:lock)"))
ADD = Compiled(
    sa.text("""
    INSERT INTO persisted_query (hash, text, bytes)
    SELECT hash, text, octet_length(text) FROM unnest(:hashes, :texts) AS given (hash, text)
    ON CONFLICT (hash) DO UPDATE SET last_used_at = now(), used_again = true
""").bindparams(sa.bindparam("hashes", type_=sa.ARRAY(sa.LargeBinary)), sa.bindparam("texts", type_=sa.ARRAY(sa.Text)))
)
MEASURE = Compiled(sa.text("SELECT count(*) AS number, coalesce(sum(bytes), 0)::bigint AS bytes FROM persisted_query"))
EVICT = Compiled(
    sa.text("""
    DELETE FROM persisted_query USING (
        SELECT hash, row_number() OVER best AS number, sum(bytes) OVER best AS total FROM (
            SELECT *, used_again AND row_number() OVER latest <= :preferred
                AND sum(bytes) OVER latest <= :preferred_bytes AS is_preferred
            FROM persisted_query WINDOW latest AS (PARTITION BY used_again ORDER BY last_used_at DESC, hash)
        ) AS known
        WINDOW best AS (ORDER BY is_preferred DESC, last_used_at DESC, hash)
    ) AS ranked
    WHERE ranked.hash = persisted_query.hash AND (number > :number OR total > :bytes)
""").bindparams(
        *(sa.bindparam(name, type_=sa.BigInteger) for name in ("number", "bytes", "preferred", "preferred_bytes"))
    )
)
TOUCH = Compiled(
    sa.text("""
    UPDATE persisted_query SET last_used_at = now(), used_again = true
    WHERE hash = ANY(:hashes) AND (NOT used_again OR last_used_at < now() - interval '30 minutes')
""").bindparams(sa.bindparam("hashes", type_=sa.ARRAY(sa.LargeBinary)))
)

register_timer(
    Timer("persisted_queries.sweep", timedelta(hours=1), sweep(TABLE, sa.func.now() - KEPT_FOR > TABLE.c.last_used_at))
)


async def add(tx: Transaction, documents: Mapping[bytes, str], *, most: int, most_bytes: int) -> None:
    """Register documents by their hashes; delete others if there are more than `most`, or they have more bytes."""
    await tx.exec(TAKE_LOCK, {"lock": LOCK})
    await tx.exec(ADD, {"hashes": list(documents), "texts": list(documents.values())})
    number, size = (await tx.exec(MEASURE)).one()
    if number > most or size > most_bytes:
        preferred = {"preferred": int(most * PREFERRED), "preferred_bytes": int(most_bytes * PREFERRED)}
        await tx.exec(EVICT, {"number": int(most * ROOM), "bytes": int(most_bytes * ROOM)} | preferred)


async def touch(tx: Transaction, hashes: Iterable[bytes]) -> None:
    """Note that documents are in use."""
    await tx.exec(TAKE_LOCK, {"lock": LOCK})  # rows would be locked in another order than by a deletion
    await tx.exec(TOUCH, {"hashes": list(hashes)})
