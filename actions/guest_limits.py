"""Attempts to find a ticket by its reference and phone number: wrong ones are limited, right ones never counted.

Three limits apply to wrong attempts: for a reference from one address, for an address, and for a reference in a day.

- Where the first is reached, right attempts are refused as well: an answer would tell right from wrong without end.
- Where one of the others is reached, which strangers can cause, a right attempt passes from an address that has found
  this ticket before, or from which it was submitted. A right one from elsewhere is refused and counted as a wrong one
  is, so that nobody can tell the two apart.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

import errors
from database.transactions import Transaction
from loaders.guest_tickets import MATCHES

REFUSAL = "Too many wrong references or phone numbers were given."
TEN_MINUTES, DAY = timedelta(minutes=10), timedelta(days=1)
PROVEN = timedelta(days=30)
"""How long an address is known to have found a ticket."""

LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key")
"""Takes one lock after the other, in the order that they are given."""
AGES = "ARRAY(SELECT CAST(extract(epoch FROM clock_timestamp() - at) AS float) FROM unnest(times) AS at ORDER BY 1)"
READ = sa.text(f"SELECT key, {AGES} FROM attempts WHERE key = ANY(CAST(:keys AS text[]))")  # noqa: S608 - a constant
ADD = sa.text(f"""
    INSERT INTO attempts (key, times, until)
    SELECT key, array_fill(now(), ARRAY[number]), now() + lifetime
    FROM unnest(CAST(:keys AS text[]), CAST(:numbers AS int[]), CAST(:lifetimes AS interval[])) AS new(key, number, lifetime)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE SET until = excluded.until, times = excluded.times || ARRAY(
        SELECT at FROM unnest(attempts.times) AS at WHERE at > excluded.times[1] - (excluded.until - excluded.times[1]))
    RETURNING key, {AGES}
""")  # noqa: S608 - a constant
"""Rows are locked in the order of their keys, after the locks of references and addresses: there is no deadlock."""


class Limits(NamedTuple):
    """How many wrong attempts are answered."""

    pair: int
    """For one reference from one address, in ten minutes."""
    address: int
    """For one address, in ten minutes."""
    reference: int
    """For one reference, in a day."""


class Attempt(NamedTuple):
    """One field that asks for a ticket. `field` keeps fields apart that ask for the same one: each counts."""

    field: str
    words: str
    ticket_id: UUID | None
    pair: str
    address: str
    reference: str
    proof: str


async def judge(tx: Transaction, judged: Sequence[Attempt], limits: Limits) -> list[Any]:
    """Give True, False or an `errors.RateLimited` for each attempt, and count the wrong ones."""
    await _rows(tx, LOCK, keys=sorted({key for one in judged for key in (one.reference, one.address)}))
    keys = {key for one in judged for key in (one.pair, one.address, one.reference, one.proof)}
    known = {key: list(ages) for key, ages in await _rows(tx, READ, keys=list(keys))}
    ages: defaultdict[str, list[float]] = defaultdict(list, known)
    matches = dict(await _rows(tx, MATCHES, keys=[one.words for one in judged]))
    verdicts: list[Any] = []
    new: Counter[tuple[str, timedelta]] = Counter()

    def count(key: str, lifetime: timedelta) -> None:
        ages[key].insert(0, 0.0)
        new[key, lifetime] += 1

    for place, one in enumerate(judged, 1):
        guessing = _seconds_to_wait(ages[one.pair], limits.pair, TEN_MINUTES)
        crowded = max(
            _seconds_to_wait(ages[one.address], limits.address, TEN_MINUTES),
            _seconds_to_wait(ages[one.reference], limits.reference, DAY),
        )
        fits = place in matches and one.ticket_id in {None, matches[place]}
        proven = bool(_seconds_to_wait(ages[one.proof], 1, PROVEN))
        if not guessing and fits and (proven or not crowded):
            verdicts.append(True)
            if not _seconds_to_wait(ages[one.proof], 1, DAY):
                count(one.proof, PROVEN)
            continue
        if not guessing:
            count(one.pair, TEN_MINUTES)
        if guessing or crowded:
            verdicts.append(errors.RateLimited(REFUSAL, max(guessing, crowded)))
            continue
        count(one.address, TEN_MINUTES)
        count(one.reference, DAY)
        verdicts.append(False)
    if new:
        await add(tx, [(key, number, lifetime) for (key, lifetime), number in new.items()])
    return verdicts


def _seconds_to_wait(ages: Sequence[float], limit: int, within: timedelta) -> float:
    """After how many seconds there is room for another attempt; 0 for now. `ages` has the latest first."""
    seconds = within.total_seconds()
    return max(0.0, seconds - ages[limit - 1]) if len(ages) >= limit else 0.0


async def add(tx: Transaction, new: Sequence[tuple[str, int, timedelta]]) -> dict[str, list[float]]:
    """Add attempts, and give the ages of all that are counted then, by key."""
    keys, numbers, lifetimes = (list(part) for part in zip(*new, strict=True))
    return dict(await _rows(tx, ADD, keys=keys, numbers=numbers, lifetimes=lifetimes))


async def _rows(tx: Transaction, statement: Any, **parameters: Any) -> list[tuple[Any, Any]]:
    return [tuple(row) for row in await tx.exec(statement, params=parameters)]
