"""The account at Razorpay compared with what is known here: what nobody reported, since its webhook was lost.

Razorpay lists the attempts to pay and the refunds of an account by the time when they were made; how far that was read is
kept. It finds refunds made at Razorpay's dashboard, and money that came for a payment that was completed before.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import ARRAY, DateTime, Interval, String, any_, bindparam, cast, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from actions.payment_changes import attempt, payment, refund
from actions.payment_reports import attempt_of, settle_refunded
from actions.payments import Attempt, settle
from actions.reconciliation import GIVEN_UP, STALE, report_unexpected
from database.compiled import Compiled
from database.engine import Database
from errors import Unavailable
from errors.payments import PaymentProvider, PaymentRejected
from models.columns import columns
from models.payment_transitions import outweighs
from models.payments import AccountCompared, AttemptStatus, RefundStatus
from payments.client import Razorpay
from payments.entities import ProviderPayment, ProviderRefund
from payments.failures import AnswerUnusable

PERIOD = timedelta(days=1)
"""How much is read before it is kept how far that was."""
OVERLAP = timedelta(hours=1)
"""How much is read twice, since clocks differ."""
AGES = tuple(timedelta(days=days) for days in (0, 1, 5, 13))
"""How old attempts are when they are read, and read again: banks authorize some days after they were made."""
T = TypeVar("T")
compared = columns(AccountCompared)
log = structlog.get_logger()


@dataclass(slots=True)
class AccountFound:
    """What one run has found."""

    differences: list[str] = field(default_factory=list)
    """Attempts to pay and refunds that were not known, or with another status, by Razorpay's ids."""
    errors: list[tuple[str, str]] = field(default_factory=list)
    """Those that could not be compared, and why."""
    is_complete: bool = True
    """Whether Razorpay has answered for each; else the next run reads the same again."""


IDS = bindparam("ids", type_=ARRAY(String))
KNOWN_ATTEMPTS = Compiled(
    select(attempt.razorpay_payment_id, attempt.status).where(attempt.razorpay_payment_id == any_(IDS))
)
KNOWN_REFUNDS = Compiled(select(refund.razorpay_refund_id, refund.status).where(refund.razorpay_refund_id == any_(IDS)))
EARLIEST = func.now() - cast(GIVEN_UP, Interval)
READ_SO_FAR = func.least(compared.until, func.now())  # a clock that was wrong once must not end it for long
SPAN = Compiled(
    select(
        func.coalesce(select(READ_SO_FAR - cast(OVERLAP, Interval)).scalar_subquery(), EARLIEST).label("since"),
        EARLIEST.label("earliest"),
        (func.now() - bindparam("stale", type_=Interval())).label("until"),
    ).where(exists().where(payment.razorpay_order_id.is_not(None)))
)
"""From when until when to read; nothing where nobody could ever pay, so that Razorpay need not be asked."""
READ = insert(AccountCompared).values(only_row=True, until=bindparam("read_until", type_=DateTime(timezone=True)))
KEEP_READ = Compiled(
    READ.on_conflict_do_update(
        index_elements=["only_row"], set_={"until": func.greatest(compared.until, READ.excluded.until)}
    )
)


async def compare_account(
    database: Database,
    razorpay: Razorpay,
    stopping: Callable[[], bool],
    *,
    everything: bool = False,
    stale: timedelta = STALE,
) -> AccountFound:
    """Settle what Razorpay knows otherwise: of what was made since the last time, or at least of all of two weeks.

    What was made less than `stale` ago is left to webhooks. Raises `PaymentProvider` if Razorpay is down.
    Attempts of earlier days are read once more, except with `everything`.
    """
    found = AccountFound()
    async with database.transaction() as tx:
        span = (await tx.exec(SPAN, {"stale": stale})).one_or_none()
    if span is None:
        return found
    first: datetime = min(span.since, span.earliest)
    since: datetime = first if everything else span.since
    while since < span.until and not stopping():
        until = min(since + PERIOD, span.until)
        for age in AGES[:1] if everything else AGES:
            if since - age >= first:
                await _compare_attempts(database, razorpay, found, since - age, until - age)
        await _compare_refunds(database, razorpay, found, since, until)
        if found.is_complete or until < span.earliest:  # what Razorpay does not answer for is given up after two weeks
            async with database.transaction() as tx:
                await tx.exec(KEEP_READ, {"read_until": until})
        since = until
    return found


async def _compare_attempts(
    database: Database, razorpay: Razorpay, found: AccountFound, since: datetime, until: datetime
) -> None:
    async def settle_one(reported: Attempt) -> bool:
        async with database.transaction() as tx:
            return await settle(tx, reported) is not None

    async for page in razorpay.list_payments(since, until):
        known = await _statuses(database, KNOWN_ATTEMPTS, AttemptStatus, page)
        for reported in map(attempt_of, reversed(page)):
            if reported is not None and outweighs(reported.status, known.get(reported.razorpay_payment_id)):
                await _try(found, reported.razorpay_payment_id, reported.status, settle_one(reported))


async def _compare_refunds(
    database: Database, razorpay: Razorpay, found: AccountFound, since: datetime, until: datetime
) -> None:
    async def settle_one(reported: ProviderRefund) -> bool:
        paid = await razorpay.fetch_payment(reported.payment_id)
        async with database.transaction() as tx:
            await settle_refunded(tx, reported, paid)
        return paid.captured  # else Razorpay has given it back by itself

    async for page in razorpay.list_refunds(since, until):
        known = await _statuses(database, KNOWN_REFUNDS, RefundStatus, page)
        for reported in reversed(page):
            status = RefundStatus[reported.status.name]
            if outweighs(status, known.get(reported.id)):
                await _try(found, reported.id, status, settle_one(reported))


async def _statuses(
    database: Database, known: Compiled, enum: Callable[[str], T], page: Sequence[ProviderPayment | ProviderRefund]
) -> Mapping[str, T]:
    """Give the statuses of those that are known."""
    async with database.transaction() as tx:
        return {id: enum(status) for id, status in await tx.exec(known, {"ids": [one.id for one in page]})}


async def _try(found: AccountFound, id: str, status: AttemptStatus | RefundStatus, settling: Awaitable[bool]) -> None:
    """Settle one. An error holds up no others: if it is not of this one alone, the next page cannot be read either."""
    try:
        if await settling:
            found.differences.append(id)
            log.warning("account_differed", id=id, status=status.value)
    except PaymentProvider as error:
        found.errors.append((id, str(error)))
        found.is_complete &= isinstance(error, PaymentRejected | AnswerUnusable)
        log.warning("account_not_compared", id=id, error=type(error).__qualname__, status=error.status)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        found.errors.append((id, report_unexpected(error, id)))
