"""The mutations of orders."""

import strawberry

from errors import InvalidInput, NotFound, RateLimited
from errors.orders import ListingUnavailable
from resolvers import order_requests
from schema.errors import Payload
from schema.fields import field, mutation
from schema.mutations import mutations
from schema.orders import Order


@strawberry.type(description="The result of a mutation that makes an order.")
class OrderPayload(Payload):
    """What these payloads share."""

    order: Order | None = field("The order. Null if the mutation failed.")


@mutations
class Mutations:
    """The mutations of orders."""

    create_order: OrderPayload = mutation(
        order_requests.create,
        "Makes an order of listings. It is PENDING until it is paid: see `createPayment`. The titles and prices of this moment "
        "are kept in the order, and all prices must be in one currency. Stock is checked, but not reserved. If one line cannot "
        "be ordered, no order is made.",
        errors=(InvalidInput, NotFound, ListingUnavailable, RateLimited),
    )
