"""What may be tried only so often: counted in the database, since several processes serve the same people.

The log of a key is exact: the times of its latest attempts, as many as are allowed. It is written first and held
against the limit after that, so whoever comes second waits for the first; a refusal undoes what it wrote.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from context import Context
from models.columns import columns
from models.limits import Attempts
from resolvers.writes import sweep

UNTIL = columns(Attempts).until
MADE = sa.text("""
    INSERT INTO attempts (key, times, until)
    SELECT key, ARRAY[clock_timestamp()], clock_timestamp() + CAST(:within AS interval)
    FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET until = excluded.until, times = clock_timestamp() || ARRAY(
        SELECT at FROM unnest(attempts.times) AS at WHERE at > clock_timestamp() - CAST(:within AS interval)
        ORDER BY at DESC)
    RETURNING key, times
""")


async def count(tx: AsyncSession, refusal: str, within: timedelta, limits: Mapping[str, int]) -> None:
    """Count an attempt at each key, or refuse with a sentence where one of them has had as many as are allowed.

    It counts when the transaction commits.
    """
    made: Any = await tx.exec(MADE, params={"keys": list(limits), "within": within})  # type: ignore[call-overload]
    waits = [_wait(times, limits[key], within) for key, times in made]
    if any(waits):
        raise errors.RateLimited(refusal, max(waits))
    await sweep(tx, Attempts, UNTIL, sa.func.now() > UNTIL)


def _wait(times: list[datetime], most: int, within: timedelta) -> float:
    """Tell after how many seconds there is room for what came first in a list, the latest first; 0 for now."""
    return (times[most] + within - times[0]).total_seconds() if len(times) > most else 0.0


def key(context: Context, what: str, of: str) -> str:
    """Name what is counted, and for whom, without holding it."""
    return f"{what}:{context.resources.secrets.hmac_digest(what, of).hex()}"


def network(address: str | None) -> str:
    """Say for whom an address stands: a site has a whole /64 of IPv6 addresses."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or f"{int(found) >> 64:x}::/64")
