"""Refunds compared with what Razorpay knows: one made at its dashboard has no row here until its webhook arrives.

Razorpay lists the refunds of an account by the time when they were requested; how far that was read is kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import ARRAY, DateTime, Interval, String, any_, bindparam, cast, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from actions.payment_changes import attempt, refund
from actions.payment_reports import settle_refunded
from actions.reconciliation import GIVEN_UP, STALE, report_unexpected
from database.compiled import Compiled
from database.engine import Database
from errors import Unavailable
from errors.payments import PaymentProvider, PaymentRejected
from models.columns import columns
from models.payment_transitions import outweighs
from models.payments import AttemptStatus, RefundsCompared, RefundStatus
from payments.client import Razorpay
from payments.entities import ProviderRefund

PERIOD = timedelta(days=1)
"""How much is read before it is kept how far that was."""
OVERLAP = timedelta(hours=1)
"""How much is read twice, since clocks differ."""
compared = columns(RefundsCompared)
log = structlog.get_logger()


class RefundsFound(NamedTuple):
    """What one run has found."""

    differences: Sequence[str]
    """Refunds that were not known, or with another status, by Razorpay's ids."""
    errors: Sequence[tuple[str, str]]
    """Those that could not be compared, and why."""


KNOWN = Compiled(
    select(refund.razorpay_refund_id, refund.status).where(
        refund.razorpay_refund_id == any_(bindparam("refunds", type_=ARRAY(String)))
    )
)
EARLIEST = func.now() - cast(GIVEN_UP, Interval)
SPAN = Compiled(
    select(
        func.greatest(select(compared.until).scalar_subquery() - cast(OVERLAP, Interval), EARLIEST).label("since"),
        EARLIEST.label("earliest"),
        (func.now() - bindparam("stale", type_=Interval())).label("until"),
    ).where(exists().where(attempt.status == AttemptStatus.CAPTURED))
)
"""From when until when to read; nothing where nothing was ever captured, so that Razorpay need not be asked."""
READ = insert(RefundsCompared).values(only_row=True, until=bindparam("read_until", type_=DateTime(timezone=True)))
KEEP_READ = Compiled(READ.on_conflict_do_update(index_elements=["only_row"], set_={"until": READ.excluded.until}))


async def compare_refunds(
    database: Database,
    razorpay: Razorpay,
    stopping: Callable[[], bool],
    *,
    everything: bool = False,
    stale: timedelta = STALE,
) -> RefundsFound:
    """Settle refunds that Razorpay knows otherwise: those requested since the last time, or everything of two weeks.

    What was requested less than `stale` ago is left to webhooks. Raises `PaymentProvider` if Razorpay is down.
    """
    differences, errors = list[str](), list[tuple[str, str]]()
    async with database.transaction() as tx:
        span = (await tx.exec(SPAN, {"stale": stale})).one_or_none()
    if span is None:
        return RefundsFound([], [])
    since: datetime = span.earliest if everything else span.since
    while since < span.until and not stopping():
        until = min(since + PERIOD, span.until)
        async for page in razorpay.list_refunds(since, until):
            for one in await _unsettled(database, page):
                try:
                    if await _settle(database, razorpay, one):
                        differences.append(one.id)
                except PaymentRejected as error:
                    errors.append((one.id, str(error)))
                except (PaymentProvider, Unavailable):
                    raise
                except Exception as error:  # noqa: BLE001 - of this one: the others have their turn
                    errors.append((one.id, report_unexpected(error, refund=one.id)))
        async with database.transaction() as tx:
            await tx.exec(KEEP_READ, {"read_until": until})
        since = until
    return RefundsFound(differences, errors)


async def _unsettled(database: Database, page: Sequence[ProviderRefund]) -> list[ProviderRefund]:
    """Choose the refunds of which Razorpay says something new, the earliest first."""
    async with database.transaction() as tx:
        rows = await tx.exec(KNOWN, {"refunds": [one.id for one in page]})
    known = {row.razorpay_refund_id: RefundStatus(row.status) for row in rows}
    return [one for one in reversed(page) if outweighs(RefundStatus[one.status.name], known.get(one.id))]


async def _settle(database: Database, razorpay: Razorpay, found: ProviderRefund) -> bool:
    """Settle a refund; False for money that was never captured, which Razorpay gives back by itself."""
    paid = await razorpay.fetch_payment(found.payment_id)
    async with database.transaction() as tx:
        await settle_refunded(tx, found, paid)
    if paid.captured:
        log.warning("refund_differed", refund=found.id, status=found.status.value)
    return paid.captured
