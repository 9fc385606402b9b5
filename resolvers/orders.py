"""Finding orders, what they and their lines amount to, and the statistics of customers."""

from typing import Any

import strawberry

from context import Info
from execution.field_metadata import reads
from inputs.arguments import Id
from loaders.batches import Lookup
from models.money import Money
from resolvers import nodes


def by_id(info: Info, id: Id) -> Lookup:
    """Find an order by global id."""
    return nodes.of_type(info.context, "Order", id)


@reads("total_minor", "currency")
def total(root: strawberry.Parent[Any]) -> Money:
    """The total of an order or of a line."""
    return Money(root["total_minor"], root["currency"])


@reads("unit_minor", "currency")
def unit_price(root: strawberry.Parent[Any]) -> Money:
    """The price of one item of a line."""
    return Money(root["unit_minor"], root["currency"])


@reads("currencies", "spent")
def spent(root: strawberry.Parent[Any]) -> list[Money]:
    """What a customer has spent, by currency."""
    rows = zip(root["currencies"], root["spent"], strict=True)
    return [Money(minor, currency) for currency, minor in rows if minor]


@reads("currencies", "order_counts", "ordered")
def average(root: strawberry.Parent[Any]) -> list[Money]:
    """The average total of a customer's orders, by currency, rounded half up."""
    rows = zip(root["currencies"], root["order_counts"], root["ordered"], strict=True)
    return [Money((2 * minor + count) // (2 * count), currency) for currency, count, minor in rows if count]
