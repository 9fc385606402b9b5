"""How the status of a payment can change: one table, which the checks and the docs are made from.

What is reported can come several times, late, and in any order, so the table says for each status what is news. A report
that it does not have leaves the payment as it is.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from models.payments import AttemptStatus, PaymentFlag, PaymentStatus

PENDING, AUTHORIZED, COMPLETED, FAILED, PARTIALLY_REFUNDED, REFUNDED = PaymentStatus
TO_GIVE_BACK = frozenset({COMPLETED, PARTIALLY_REFUNDED})
"""The statuses of a payment of which something can still be refunded."""
UNSETTLED = frozenset({PENDING, AUTHORIZED, FAILED})
"""The statuses from which a payment can still be completed: banks authorize some payments days after they failed."""
PAYABLE = frozenset({PENDING, FAILED})
"""The statuses of a payment that the customer can still pay."""


class Report(StrEnum):
    """What is learnt of a payment, in the words of the documentation."""

    AUTHORIZED = "an attempt is authorized"
    CAPTURED = "an attempt is captured, with the payment's amount and currency"
    FAILED = "an attempt has failed"
    REJECTED = "an attempt is captured with another amount or currency, or given back, and no other is authorized"
    PARTLY_REFUNDED = "a part of what the payment was completed with is refunded"
    WHOLLY_REFUNDED = "all of what the payment was completed with is refunded"


class Transition(NamedTuple):
    """The status that a report gives to a payment that has one of several statuses."""

    report: Report
    of: tuple[PaymentStatus, ...]
    to: PaymentStatus


TRANSITIONS = (
    Transition(Report.AUTHORIZED, (PENDING, FAILED), AUTHORIZED),
    Transition(Report.CAPTURED, (PENDING, AUTHORIZED, FAILED), COMPLETED),
    Transition(Report.FAILED, (PENDING,), FAILED),
    Transition(Report.REJECTED, (PENDING, AUTHORIZED), FAILED),
    Transition(Report.PARTLY_REFUNDED, (COMPLETED,), PARTIALLY_REFUNDED),
    Transition(Report.WHOLLY_REFUNDED, (COMPLETED, PARTIALLY_REFUNDED), REFUNDED),
)
"""What is not here changes nothing: a completed payment never falls back, and a refunded one stays refunded."""


class AttemptFacts(NamedTuple):
    """What is known of an attempt."""

    status: AttemptStatus
    amount_minor: int | None
    currency: str | None


def next_status(status: PaymentStatus, report: Report) -> PaymentStatus:
    """Give the status that a payment has after a report."""
    return next((move.to for move in TRANSITIONS if move.report is report and status in move.of), status)


def outweighs(new: StrEnum, known: StrEnum | None) -> bool:
    """Whether a reported status of an attempt or a refund is news: their enums are in the order of what is final."""
    order = [*type(new)]
    return known is None or order.index(new) > order.index(known)


def difference(attempt: AttemptFacts, amount_minor: int, currency: str) -> PaymentFlag | None:
    """Say what a captured attempt has otherwise than the payment that it is for."""
    if attempt.status is not AttemptStatus.CAPTURED:
        return None
    if attempt.currency != currency:
        return PaymentFlag.CURRENCY_DIFFERS
    return PaymentFlag.AMOUNT_DIFFERS if attempt.amount_minor != amount_minor else None


def report_of(
    attempt: AttemptFacts, amount_minor: int, currency: str, others: Iterable[AttemptStatus]
) -> Report | None:
    """Say what the new status of an attempt means for its payment, which has these other attempts; None for nothing."""
    if attempt.status is AttemptStatus.AUTHORIZED:
        return Report.AUTHORIZED
    if attempt.status is AttemptStatus.FAILED:
        return Report.FAILED
    if attempt.status is AttemptStatus.CAPTURED and difference(attempt, amount_minor, currency) is None:
        return Report.CAPTURED
    return None if AttemptStatus.AUTHORIZED in others else Report.REJECTED


def refund_report(refunded_minor: int, amount_minor: int) -> Report | None:
    """Say what the sum of processed refunds means; None for no refund."""
    if refunded_minor <= 0:
        return None
    return Report.WHOLLY_REFUNDED if refunded_minor >= amount_minor else Report.PARTLY_REFUNDED


def table() -> str:
    """Write the table in Markdown, for the documentation."""
    rows = [(move.report, " or ".join(move.of), move.to) for move in TRANSITIONS]
    lines = [("what is reported", "from", "to"), ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
