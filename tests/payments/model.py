"""A small model of a payment: sets of what was reported, in no order, from which everything else follows."""

from dataclasses import dataclass, field

from models.payments import AttemptStatus, PaymentFlag, PaymentStatus, RefundStatus

RANKS = {name: rank for rank, name in enumerate(("FAILED", "AUTHORIZED", "REFUNDED", "CAPTURED"))}
REFUND_RANKS = {name: rank for rank, name in enumerate(("PENDING", "FAILED", "PROCESSED"))}


@dataclass(frozen=True)
class Paying:
    """An attempt to pay, as it is at Razorpay."""

    name: str
    amount: int
    currency: str


@dataclass
class Model:
    """What is known of a payment for an order."""

    amount: int
    currency: str
    attempts: dict[Paying, AttemptStatus] = field(default_factory=dict)
    refunds: dict[tuple[Paying, str], tuple[int, RefundStatus]] = field(default_factory=dict)
    completed_by: Paying | None = None

    def report(self, paying: Paying, status: AttemptStatus) -> None:
        """Learn of an attempt."""
        known = self.attempts.get(paying)
        if known is None or RANKS[status] > RANKS[known]:
            self.attempts[paying] = status

    def refund(self, paying: Paying, name: str, amount: int, status: RefundStatus) -> None:
        """Learn of a refund."""
        known = self.refunds.get((paying, name))
        if known is None or REFUND_RANKS[status] > REFUND_RANKS[known[1]]:
            self.refunds[paying, name] = amount, status

    def candidates(self) -> set[Paying]:
        """The attempts that can have completed it."""
        right = {one for one in self._captured() if (one.amount, one.currency) == (self.amount, self.currency)}
        return right if self.completed_by is None else {self.completed_by}

    def given_back(self, paying: Paying) -> int:
        """What was refunded of an attempt."""
        return sum(
            amount for (of, _), (amount, status) in self.refunds.items() if of == paying and status == "PROCESSED"
        )

    @property
    def refunded(self) -> int:
        """What was refunded of the payment."""
        return 0 if self.completed_by is None else min(self.amount, self.given_back(self.completed_by))

    @property
    def status(self) -> PaymentStatus:
        """What the payment is."""
        if self.completed_by is not None:
            if self.refunded == self.amount:
                return PaymentStatus.REFUNDED
            return PaymentStatus.PARTIALLY_REFUNDED if self.refunded else PaymentStatus.COMPLETED
        if AttemptStatus.AUTHORIZED in self.attempts.values():
            return PaymentStatus.AUTHORIZED
        return PaymentStatus.FAILED if self.attempts else PaymentStatus.PENDING

    @property
    def flags(self) -> set[PaymentFlag]:
        """What is wrong with captured money that was not wholly given back."""
        held = [one for one in self._captured() if one != self.completed_by and self.given_back(one) < one.amount]
        return {self._flag(one) for one in held}

    def _flag(self, one: Paying) -> PaymentFlag:
        if one.currency != self.currency:
            return PaymentFlag.CURRENCY_DIFFERS
        return PaymentFlag.SECOND_CAPTURE if one.amount == self.amount else PaymentFlag.AMOUNT_DIFFERS

    def _captured(self) -> set[Paying]:
        return {one for one, status in self.attempts.items() if status == "CAPTURED"}
