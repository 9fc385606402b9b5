"""How many jobs there are, for metrics."""

from typing import Any, NamedTuple

STATEMENT = """
SELECT entrypoint, status::text, count(*), coalesce(extract(epoch FROM now() - min(execute_after)), 0)::float8
FROM pgqueuer.pgqueuer GROUP BY entrypoint, status
"""
QUEUED, HELD = "queued", "held"
STATUSES = {"queued": QUEUED, "picked": "running", "failed": HELD}


class JobCount(NamedTuple):
    """The jobs of one kind and status, and for how many seconds the first of them has been due."""

    kind: str
    status: str
    number: int
    oldest_seconds: float


async def read(connection: Any) -> list[JobCount]:
    """Count the jobs that are not done."""
    rows = await connection.fetch(STATEMENT)
    return [JobCount(kind, STATUSES.get(status, status), number, max(0.0, age)) for kind, status, number, age in rows]
