"""Prices of variants and products: the best ones, as triggers keep them, and those of a moment."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Select, Text, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader
from loaders.listings import LISTING, listing
from loaders.page_statements import PARENT
from models.columns import columns
from models.prices import PriceChange, ProductPrice, VariantPrice, best_first

variant_price = columns(VariantPrice)
product_price = columns(ProductPrice)
price_change = columns(PriceChange)

OWN_CURRENCY: Any = bindparam("currency", type_=Text)


class BestListingByVariant(RowLoader[UUID]):
    """The best listing of a variant."""

    graphql_type = "Listing"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant."""
        return _best_listing(variant_price, variant_price.variant_id)


class BestListingByProduct(RowLoader[UUID]):
    """The best listing of a product, of all its variants."""

    graphql_type = "Listing"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product."""
        return _best_listing(product_price, product_price.product_id)


def _best_listing(price: Any, key: Any) -> Select[Any]:
    rows = select(*LISTING).join(key.table, listing.id == price.best_listing_id).where(key == UUID_KEYS)
    return rows.ext(distinct_on(key)).order_by(key, *best_first(price, OWN_CURRENCY))


class PriceRangeByProduct(RowLoader[UUID]):
    """The lowest and the highest price of a product, in one currency: the shop's own if a listing has it."""

    graphql_type = "PriceRange"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product, over the listings that can be bought."""
        key, price = product_price.product_id, product_price
        rows = select(
            key, price.currency, price.minimum_minor.label("minimum"), price.maximum_minor.label("maximum")
        ).where(key == UUID_KEYS, price.minimum_minor.is_not(None))
        return rows.ext(distinct_on(key)).order_by(key, *best_first(price, OWN_CURRENCY))


class LowestPriceByVariant(RowLoader[UUID]):
    """The lowest price that a listing of a variant ever had, in the shop's own currency if one ever had it."""

    graphql_type = "Money"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant."""
        key, currency, price = listing.variant_id, price_change.currency, price_change.price_minor
        rows = select(key, currency, func.min(price).label("price_minor"))
        rows = rows.join(PriceChange, price_change.listing_id == listing.id)
        rows = rows.where(key == UUID_KEYS, price.is_not(None)).group_by(UUID_TABLE.ordinality, key, currency)
        return rows.ext(distinct_on(key)).order_by(key, currency != OWN_CURRENCY, currency)


class PriceAtByListing(RowLoader[UUID]):
    """The price that a listing had at a moment, if it had one."""

    graphql_type = "Money"

    def __init__(self, reads: Reads, viewer: Viewer, at: datetime | None = None) -> None:
        super().__init__(reads, viewer)
        self.at = datetime.now(UTC) if at is None else at

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By listing, from the last change up to the moment."""
        changes = select(price_change.currency, price_change.price_minor).where(
            price_change.listing_id == PARENT,
            price_change.changed_at <= bindparam("at", type_=DateTime(timezone=True)),
        )
        last = changes.order_by(price_change.changed_at.desc()).limit(1).lateral("last")
        found = select(UUID_TABLE.ordinality, *last.c).select_from(UUID_KEYS.table.join(last, true()))
        return found.where(last.c.price_minor.is_not(None))

    async def rows(self, keys: Iterable[UUID]) -> list[Row]:
        """Read the prices of that moment."""
        return await self.reads.rows(self.statement(self.viewer.kind, self.items), keys=list(keys), at=self.at)
