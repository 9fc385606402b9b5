"""Orders, payments with all attempts, refunds and receipts, and what customers have spent."""

from collections.abc import Iterator
from uuid import UUID

from demo.customers import Customers
from demo.draws import MINUTE, Of, at, dice, identifier, token
from demo.sales import REASONS, Sale, Sales
from demo.stream import Row, Stream
from demo.tickets import reference
from models import references
from models.orders import CustomerSpending, Order, OrderLine, OrderStatus
from models.payments import (
    AttemptStatus,
    Payment,
    PaymentAttempt,
    PaymentFlag,
    PaymentStatus,
    Receipt,
    Refund,
    RefundStatus,
)

PAYMENT = (
    "id customer_id order_id session_id tier amount_minor currency description status flag refunded_minor razorpay_order_id "
    "razorpay_payment_id failure_reason created_at completed_at updated_at"
)
ATTEMPT = "razorpay_payment_id payment_id status amount_minor currency failure_reason flag first_seen_at updated_at"
REFUND = "id payment_id razorpay_payment_id amount_minor status razorpay_refund_id created_at processed_at"
PAID_AFTER, REFUNDED_AFTER = 3 * MINUTE, 20 * MINUTE
WRONG_MINOR = 100
"""What was paid where another amount was."""
ORDER_STATUS = {
    PaymentStatus.COMPLETED: OrderStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED: OrderStatus.PAID,
    PaymentStatus.REFUNDED: OrderStatus.REFUNDED,
}  # fmt: skip


class Payments:
    """All payments and orders of one load."""

    def __init__(self, customers: Customers, sales: Sales) -> None:
        self.customers = customers
        self.sales = sales

    def streams(self) -> Iterator[Stream]:
        """Give the rows of all seven tables."""
        yield Stream(Order, "id number customer_id status total_minor currency created_at paid_at", self._order_rows())
        yield Stream(OrderLine, "order_id position listing_id title quantity unit_minor", self._line_rows())
        yield Stream(Payment, PAYMENT, self._payment_rows())
        yield Stream(PaymentAttempt, ATTEMPT, self._attempt_rows())
        yield Stream(Refund, REFUND, self._refund_rows())
        yield Stream(Receipt, "payment_id number token issued_at", self._receipt_rows())
        yield Stream(CustomerSpending, "customer_id currency orders_count orders_minor spent_minor", self._spent())

    def _orders(self) -> Iterator[tuple[Sale, UUID]]:
        for sale in self.sales.each():
            if sale.lines:
                yield sale, order_id(sale)

    def _order_rows(self) -> Iterator[Row]:
        for sale, key in self._orders():
            status, paid = ORDER_STATUS.get(sale.status, OrderStatus.PENDING), sale.created + PAID_AFTER
            yield (
                key, code(references.ORDER, sale), self._customer(sale), status, sale.amount_minor, sale.currency,
                at(sale.created), at(paid) if sale.is_paid else None,
            )  # fmt: skip

    def _line_rows(self) -> Iterator[Row]:
        for sale, key in self._orders():
            for position, (good, quantity) in enumerate(sale.lines):
                yield key, position, good.listing, good.title, quantity, good.price_minor

    def _payment_rows(self) -> Iterator[Row]:
        for sale in self.sales.each():
            session, tier = sale.session or (None, None)
            paid = at(sale.created + PAID_AFTER) if sale.is_paid else None
            yield (
                payment_id(sale), self._customer(sale), order_id(sale) if sale.lines else None, session, tier,
                sale.amount_minor, sale.currency, sale.purpose, sale.status, sale.flag, sale.refunded_minor,
                None if sale.status is PaymentStatus.PENDING else razorpay("order", sale),
                razorpay("pay", sale) if sale.is_paid else None, _reason(sale),
                at(sale.created), paid, at(sale.created + (REFUNDED_AFTER if sale.refunded_minor else PAID_AFTER)),
            )  # fmt: skip

    def _attempt_rows(self) -> Iterator[Row]:
        for sale in self.sales.each():
            if sale.status is PaymentStatus.PENDING:
                continue
            seen = at(sale.created + PAID_AFTER)
            status, amount, flag = AttemptStatus.CAPTURED, sale.amount_minor, None
            if sale.flag in {PaymentFlag.AMOUNT_DIFFERS, PaymentFlag.UNKNOWN_ORDER}:
                flag = sale.flag
                amount = WRONG_MINOR if flag is PaymentFlag.AMOUNT_DIFFERS else amount
            elif not sale.is_paid:
                status = AttemptStatus(sale.status)
            first = razorpay("pay", sale), payment_id(sale), status, amount, sale.currency
            yield *first, _reason(sale), flag, seen, seen
            if sale.flag is PaymentFlag.SECOND_CAPTURE:
                yield razorpay("pay", sale, "again"), *first[1:], None, sale.flag, seen, seen

    def _refund_rows(self) -> Iterator[Row]:
        for sale in self.sales.each():
            if sale.refunded_minor:
                moment = sale.created + REFUNDED_AFTER
                yield (
                    identifier(Of.REFUND, sale.number, moment), payment_id(sale), razorpay("pay", sale),
                    sale.refunded_minor, RefundStatus.PROCESSED, razorpay("rfnd", sale), at(moment), at(moment),
                )  # fmt: skip

    def _receipt_rows(self) -> Iterator[Row]:
        for sale in self.sales.each():
            if sale.is_paid and sale.customer is not None:
                issued = at(sale.created + PAID_AFTER)
                yield payment_id(sale), code(references.RECEIPT, sale), token("receipt", sale.number), issued

    def _spent(self) -> Iterator[Row]:
        totals: dict[tuple[int, str], list[int]] = {}
        for sale in self.sales.each():
            if sale.is_paid and sale.customer is not None:
                total = totals.setdefault((sale.customer, sale.currency), [0, 0, 0])
                if sale.lines and sale.status is not PaymentStatus.REFUNDED:
                    total[0] += 1
                    total[1] += sale.amount_minor
                total[2] += sale.amount_minor - sale.refunded_minor
        for (customer, currency), total in totals.items():
            yield self.customers.id(customer), currency, *total

    def _customer(self, sale: Sale) -> UUID | None:
        return None if sale.customer is None else self.customers.id(sale.customer)


def order_id(sale: Sale) -> UUID:
    """Give the id of the order that is sold."""
    return identifier(Of.ORDER, sale.number, sale.created)


def payment_id(sale: Sale) -> UUID:
    """Give the id of the payment of a sale."""
    return identifier(Of.PAYMENT, sale.number, sale.created)


def razorpay(kind: str, sale: Sale, *more: str) -> str:
    """Give an id of a sale as Razorpay's are."""
    return razorpay_id(kind, sale.number, *more)


def razorpay_id(kind: str, number: int, *more: str) -> str:
    """Give an id as Razorpay's are."""
    letters = token("razorpay", kind, number, *more).replace("-", "A").replace("_", "B")
    return f"{kind}_{letters[:14]}"


def code(prefix: str, sale: Sale) -> str:
    """Give the number of an order or a receipt."""
    return f"{prefix}{str(reference(sale.number))[len(references.TICKET) :]}"


def _reason(sale: Sale) -> str | None:
    failed = sale.status is PaymentStatus.FAILED and sale.flag is None
    return dice("reason", sale.number).choice(REASONS) if failed else None
