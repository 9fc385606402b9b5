"""Orders: what a customer buys at once, with the titles and prices of that moment; and what customers have spent."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.columns import (
    Table,
    counter,
    enum_column,
    foreign_key,
    minor_units,
    never_negative,
    primary_key,
    timestamp,
)

MAX_LINES = 50
"""How many lines an order can have."""
MAX_QUANTITY = 100
"""How many of one listing an order can be for."""


class OrderStatus(StrEnum):
    """The status of an order. It follows that of its payment."""

    PENDING = "PENDING"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


class Order(Table, table=True):
    """What a customer buys, in one currency. A paid one stays, without its customer, when their account is deleted."""

    __tablename__ = "order"
    __table_args__: Any = (
        Index("order_of_customer_idx", "customer_id", "created_at", "id"),
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("(status IN ('PAID', 'REFUNDED')) = (paid_at IS NOT NULL)", name="paid"),
    )

    id: UUID = primary_key()
    number: str = Field(unique=True)
    customer_id: UUID | None = foreign_key("customer.id", on_delete="SET NULL", default=None)
    status: OrderStatus = enum_column(OrderStatus, OrderStatus.PENDING)
    total_minor: int = minor_units()
    currency: str
    created_at: datetime = timestamp(now=True)
    paid_at: datetime | None = timestamp()


class OrderLine(Table, table=True):
    """A line of an order: the title and the price are those of the moment when it was made."""

    __tablename__ = "order_line"
    __table_args__: Any = (
        Index("order_line_listing_idx", "listing_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity"),
        CheckConstraint("unit_minor > 0", name="price"),
    )

    order_id: UUID = foreign_key("order.id", primary_key=True)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    listing_id: UUID | None = foreign_key("listing.id", on_delete="SET NULL", default=None)
    title: str
    quantity: int
    unit_minor: int = minor_units()


class CustomerSpending(Table, table=True):
    """What a customer has bought and paid in one currency, kept in the transactions that change it."""

    __tablename__ = "customer_spending"
    __table_args__: Any = (never_negative("orders_count", "orders_minor", "spent_minor"),)

    customer_id: UUID = foreign_key("customer.id", primary_key=True)
    currency: str = Field(primary_key=True)
    orders_count: int = counter()
    """Orders that were paid and not wholly refunded."""
    orders_minor: int = minor_units()
    """The sum of their totals."""
    spent_minor: int = minor_units()
    """All completed payments, less what was refunded of them."""


ERASED_WITH_CUSTOMER = {Order: "set null", CustomerSpending: "cascade"}
EXPORTED_WITH_CUSTOMER = {
    Order: ("number", "status", "total_minor", "currency", "created_at", "paid_at"),
    CustomerSpending: ("currency", "orders_count", "orders_minor", "spent_minor"),
}
