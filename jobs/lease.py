"""The lease of a job: which process has it."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from database.compiled import Compiled
from database.transactions import Transaction

HOLD = Compiled(sa.text("SELECT id FROM pgqueuer.pgqueuer WHERE id = :job AND queue_manager_id = :owner FOR KEY SHARE"))
"""While this lock is held nobody else takes the job (`FOR UPDATE SKIP LOCKED`), yet its heartbeat can be written."""


class LeaseLost(Exception):
    """Another process has taken the job, since this one was silent for too long."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that this process has taken."""

    job: int
    owner: UUID

    async def hold(self, tx: Transaction) -> None:
        """Keep the job until the end of the transaction."""
        rows = await tx.exec(HOLD, params={"job": self.job, "owner": self.owner})
        if rows.first() is None:
            raise LeaseLost
