"""Stores and prices."""

from typing import Any

import strawberry

from context import Info
from database.statements import Row
from execution.field_metadata import reads
from inputs.arguments import Id, Search, Slug
from inputs.pages import PageArguments
from loaders.batches import Lookup
from loaders.follows import StoreFollowedByViewer
from loaders.pages import NO_PARENT
from loaders.stores import StoreBySlug, Stores
from models.money import Money
from models.text_direction import remove_marks
from resolvers import nodes, pages


def _money(row: Row, column: str) -> Money | None:
    minor: int | None = row[column]
    return None if minor is None else Money(minor, row["currency"])


@reads("price_minor", "currency")
def price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing."""
    return _money(root, "price_minor")


@reads("list_price_minor", "currency")
def list_price(root: strawberry.Parent[Any]) -> Money | None:
    """The price of a listing before discounts."""
    return _money(root, "list_price_minor")


@reads("minimum", "currency")
def minimum(root: strawberry.Parent[Any]) -> Money | None:
    """The lower end of a price range."""
    return _money(root, "minimum")


@reads("maximum", "currency")
def maximum(root: strawberry.Parent[Any]) -> Money | None:
    """The upper end of a price range."""
    return _money(root, "maximum")


@reads("price_minor", "list_price_minor")
def discount(root: strawberry.Parent[Any]) -> int | None:
    """The discount from the list price in whole percent; never less than 0."""
    now, before = root["price_minor"], root["list_price_minor"]
    return None if now is None or before is None else max(0, (before - now) * 100 // before)


@reads("id")
async def viewer_follows(root: strawberry.Parent[Any], info: Info) -> bool:
    """Tell whether the viewer follows a store; an anonymous viewer does not."""
    if info.context.viewer.id is None:
        return False
    return await info.context.loader(StoreFollowedByViewer).load(root["id"]) is not None


def by_id(info: Info, id: Id) -> Lookup:
    """Find a store by global id."""
    return nodes.of_type(info.context, "Store", id)


def by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a store by slug."""
    return info.context.loader(StoreBySlug), slug


def listed(info: Info, page: PageArguments, search: Search = None) -> Lookup:
    """List stores by name."""
    text = remove_marks(search or "").strip()
    filters = (("search", text),) if text else ()
    return pages.open_page(info.context, Stores, *page, filters), NO_PARENT
