"""Orders that the viewer may see, with their lines, and what customers have bought and paid."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

import policy.orders
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from loaders.short_lists import ShortListLoader
from models.columns import columns
from models.customers import Customer
from models.orders import MAX_LINES, CustomerSpending, Order, OrderLine

customer = columns(Customer)
line = columns(OrderLine)
order = columns(Order)
spending = columns(CustomerSpending)


def seen(viewer: ViewerKind) -> Select[Any]:
    """Select the orders that exist for a viewer."""
    can = policy.orders.can_pay(viewer).label("viewer_can_pay")
    return select(*order, can).where(policy.orders.visible(viewer))


@node_loader
class OrderById(RowLoader[UUID]):
    """An order."""

    graphql_type = "Order"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return seen(viewer).where(order.id == UUID_KEYS)


class OrdersByCustomer(ConnectionLoader):
    """The orders of a customer, the latest first."""

    graphql_type = "Order"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": order.created_at, "id": order.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer."""
        return seen(viewer).where(order.customer_id == parent)


class LinesByOrder(ShortListLoader):
    """The lines of an order, as they were given. Reached only through an order that the viewer may see."""

    default_page_size = max_page_size = MAX_LINES
    usual_size = 5
    graphql_type = "OrderLine"
    found_by = line.order_id
    sorted_by = (line.position,)

    @classmethod
    def row(cls, viewer: ViewerKind) -> Sequence[Any]:
        """With the currency of the order."""
        currency = select(order.currency).where(order.id == line.order_id).scalar_subquery().label("currency")
        total = (line.quantity * line.unit_minor).label("total_minor")
        return [line.listing_id, line.title, line.quantity, line.unit_minor, total, currency]


class StatsByCustomer(RowLoader[UUID]):
    """What a customer has bought and paid, by currency. Reached only through a customer who shows it to the viewer."""

    graphql_type = "CustomerStats"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By customer."""
        lists = [
            func.array_agg(aggregate_order_by(column, spending.currency)).label(name)
            for name, column in (
                ("currencies", spending.currency), ("order_counts", spending.orders_count),
                ("ordered", spending.orders_minor), ("spent", spending.spent_minor),
            )
        ]  # fmt: skip
        rows = select(
            customer.following_stores_count.label("favorite_stores"),
            func.coalesce(func.sum(spending.orders_count), 0).label("total_orders"),
            *lists,
        )
        rows = rows.outerjoin(CustomerSpending, spending.customer_id == customer.id)
        return rows.where(customer.id == UUID_KEYS).group_by(UUID_TABLE.ordinality, customer.id)
