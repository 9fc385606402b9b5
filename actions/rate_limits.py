"""What may be done only so often: counted in the database, since several processes serve the same people.

A key's window is exact: the times of its latest attempts, as many as are allowed. The attempt is written before it is
compared with the limit, so a concurrent one waits for it; a refusal rolls it back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa

import errors
from auth.secrets import Secrets
from database.compiled import Compiled
from database.transactions import Transaction
from jobs.kinds import Timer, register_timer
from jobs.sweeps import sweep
from models.limits import RateLimitWindow

WINDOWS = sa.inspect(RateLimitWindow).local_table
COUNT = Compiled(
    sa.text("""
    INSERT INTO attempts (key, times, until)
    SELECT key, ARRAY[clock_timestamp()], clock_timestamp() + CAST(:within AS interval)
    FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET until = excluded.until, times = clock_timestamp() || ARRAY(
        SELECT at FROM unnest(attempts.times) AS at WHERE at > clock_timestamp() - CAST(:within AS interval)
        ORDER BY at DESC)
    RETURNING key, times
""")
)

register_timer(Timer("attempts.sweep", timedelta(minutes=1), sweep(WINDOWS, sa.func.now() > WINDOWS.c.until)))


async def count(tx: Transaction, refusal: str, within: timedelta, limits: Mapping[str, int]) -> None:
    """Count an attempt at each key; raise RateLimited with a sentence where a key has reached its limit.

    It counts when the transaction commits.
    """
    counted = await tx.exec(COUNT, {"keys": list(limits), "within": within})
    waits = [_seconds_to_wait(times, limits[key], within) for key, times in counted]
    if any(waits):
        raise errors.RateLimited(refusal, max(waits))


def _seconds_to_wait(times: list[datetime], limit: int, within: timedelta) -> float:
    """After how many seconds the first of `times`, the latest first, would be within the limit; 0 for now."""
    return (times[limit] + within - times[0]).total_seconds() if len(times) > limit else 0.0


def counter_key(credentials: Secrets, action: str, subject: str) -> str:
    """Name a counter: what is counted, and for whom, of which only a digest is kept."""
    return f"{action}:{credentials.hmac_digest(action, subject).hex()}"


def network(address: str | None) -> str:
    """The network that an address is counted by: one site has a whole /64 of IPv6 addresses."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or f"{int(found) >> 64:x}::/64")
