"""Finding payments, and what they and their refunds amount to."""

from typing import Any

import strawberry

from context import Info
from execution.field_metadata import reads
from inputs.arguments import Id
from inputs.pages import PageArguments
from inputs.payments import Flagged, Statuses
from loaders.batches import Lookup
from loaders.pages import NO_PARENT
from loaders.payments import AllPayments
from models.money import Money
from resolvers import nodes, pages


def by_id(info: Info, id: Id) -> Lookup:
    """Find a payment by global id."""
    return nodes.of_type(info.context, "Payment", id)


def everybodys(info: Info, page: PageArguments, status: Statuses = None, flagged: Flagged = None) -> Lookup:
    """List all payments, for admins."""
    filters: list[tuple[str, Any]] = []
    if status is not None:
        filters.append(("statuses", tuple(sorted(set(status)))))
    if flagged is not None:
        filters.append(("flagged", flagged))
    return pages.open_page(info.context, AllPayments, *page, tuple(filters)), NO_PARENT


@reads("amount_minor", "currency")
def amount(root: strawberry.Parent[Any]) -> Money:
    """The amount of a payment or a refund."""
    return Money(root["amount_minor"], root["currency"])


@reads("refunded_minor", "currency")
def refunded(root: strawberry.Parent[Any]) -> Money:
    """How much of a payment was refunded."""
    return Money(root["refunded_minor"], root["currency"])


@reads("number", "token")
def receipt_url(root: strawberry.Parent[Any], info: Info) -> str:
    """The page of a receipt, at this server."""
    return f"{info.context.base_url}/receipts/{root['number']}/{root['token']}"
