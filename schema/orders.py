"""Orders, and the statistics of customers."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from execution.field_metadata import ListSize
from inputs import payments as payment_inputs  # noqa: F401 - makes the enums part of the graph
from loaders import orders as found
from loaders.customers import CustomerById
from loaders.listings import ListingById
from loaders.payments import PaymentsByOrder
from models.orders import OrderStatus
from policy.audiences import Audience
from resolvers import orders
from schema.connections import ConnectionOf, Node
from schema.fields import connection, edge, field, lookup
from schema.listings import Listing
from schema.prices import Money
from schema.profile import CustomerRef
from schema.short_lists import short_list

if TYPE_CHECKING:
    from schema.payments import Payment

PaymentRef = Annotated["Payment", strawberry.lazy("schema.payments")]
StatsRef = Annotated["CustomerStats", strawberry.lazy("schema.orders")]
OrderPage = ConnectionOf[Annotated["Order", strawberry.lazy("schema.orders")]]


@strawberry.type(description="A line of an order. Title and price are those at the time when the order was made.")
class OrderLine:
    """The source is a line's row with the currency of its order."""

    listing: Listing | None = edge(
        ListingById, "listing_id", "The listing that was ordered. Null if it was removed from the shop."
    )
    title: str = field("The title of the product when it was ordered.")
    quantity: int = field("How many were ordered.")
    unit_price: Money = field("The price of one item when it was ordered.", resolver=orders.unit_price)
    total: Money = field("`unitPrice` times `quantity`.", resolver=orders.total)


@strawberry.type(
    description="A purchase of one or more listings in one currency. The customer and admins can see all of the customer's orders. Others who can see `Customer.orders` can see only PAID orders, without their payments."
)
class Order(Node):
    """The source is an order's row."""

    number: str = field("A short code that identifies the order, for example `OR-4HW-PQ7-XKC`.")
    customer: CustomerRef | None = edge(
        CustomerById, "customer_id", "The customer who made the order. Null if their account was deleted."
    )
    status: OrderStatus = field("The status of the order.")
    lines: list[OrderLine] = short_list(
        found.LinesByOrder, "id", "What was ordered, in the order in which it was given."
    )
    total: Money = field("The sum of the totals of all lines.", resolver=orders.total)
    payments: list[PaymentRef] = edge(
        PaymentsByOrder,
        "id",
        "The payment of the order, as a list of at most one. Empty until a payment is created, and for viewers who cannot see it.",
        size=ListSize(1),
    )
    created_at: datetime = field("When the order was made.")
    paid_at: datetime | None = field("When the order was paid. Null if it was not.")
    viewer_can_pay: bool = field("Whether the viewer can pay the order with `createPayment`.")


@strawberry.type(description="What a customer has bought and spent, and how many stores they follow.")
class CustomerStats:
    """The source is counted for the customer."""

    total_orders: int = field("The number of orders that the customer has paid and that were not wholly refunded.")
    total_spent: list[Money] = field(
        "What the customer has paid, less what was refunded: an amount for each currency. Support sessions and other "
        "payments without an order are included.",
        resolver=orders.spent,
    )
    average_order_value: list[Money] = field(
        "The average total of the orders that `totalOrders` counts: an amount for each currency.",
        resolver=orders.average,
    )
    favorite_stores: int = field("The number of stores that the customer follows.")


@strawberry.type
class OnCustomer:
    """What orders add to a customer."""

    orders: OrderPage | None = connection(
        found.OrdersByCustomer,
        "id",
        "The customer's orders that the viewer can see, the newest first: all for the customer themselves and admins, "
        "those that are PAID for others.",
        audience=Audience.ORDERS,
    )
    stats: StatsRef | None = edge(
        found.StatsByCustomer, "id", "What the customer has bought and spent.", audience=Audience.ORDERS
    )


@strawberry.type
class Queries:
    """The queries of orders."""

    order: Order | None = lookup(
        orders.by_id, "Looks up an order by id. Null if there is no such order, or if the viewer cannot see it."
    )
