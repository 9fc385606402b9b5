"""What administrators see of the queue, and how they have a held job run again."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from database.engine import Database
from database.transactions import Transaction
from jobs.kinds import KINDS
from jobs.queue import JOBS, QUEUED, STATUS

ALL = "all"
STATES = {"failed": "held", "picked": "running"}
"""States whose names differ from pgqueuer's."""


async def listing(database: Database, *, everything: bool = False) -> Sequence[Any]:
    """Give kind, id, state, attempts, time and reason of the jobs that are held, or of all, the oldest first."""
    rows = sa.select(
        JOBS.c.entrypoint, JOBS.c.id, STATUS, JOBS.c.attempts, JOBS.c.created, JOBS.c.headers["reason"].astext
    ).order_by(JOBS.c.id)  # fmt: skip
    async with database.transaction() as tx:
        found: Any = await tx.exec(rows if everything else rows.where(STATUS == "failed"))
        return [(kind, id, STATES.get(state, state), *others) for kind, id, state, *others in found]


async def retry(database: Database, which: str) -> int:
    """Put one held job back into the queue, by its id, or all of them; gives how many."""
    if which != ALL and not which.isdecimal():
        return 0
    held = sa.select(JOBS.c.id, JOBS.c.entrypoint, JOBS.c.payload).where(STATUS == "failed").order_by(JOBS.c.id)
    chosen = held if which == ALL else held.where(JOBS.c.id == int(which))
    async with database.transaction() as tx:
        rows: Any = (await tx.exec(chosen.with_for_update())).all()
        ready = [row.id for row in rows if await _allow(tx, row.entrypoint, row.payload, chosen=which != ALL)]
        again = {"status": QUEUED, "attempts": 0, "execute_after": sa.func.now(), "updated": sa.func.now()}
        headers = JOBS.c.headers.op("-")("reason")
        await tx.exec(
            sa.update(JOBS)
            .where(JOBS.c.id == sa.any_(sa.literal(ready, sa.ARRAY(sa.BigInteger))))
            .values(**again, headers=headers)
        )
    return len(ready)


async def _allow(tx: Transaction, name: str, payload: bytes, *, chosen: bool) -> bool:
    kind = KINDS.get(name)
    if kind is None or kind.before_retry is None:
        return True
    try:
        about = kind.decode(payload)
    except ValueError:
        return True  # its next run refuses it, and says why
    return await kind.before_retry(tx, about, chosen)
