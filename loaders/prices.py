"""Prices of variants and products over their listings."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader
from loaders.listings import LISTING, listing
from models.columns import columns
from models.listings import Listing
from models.products import Availability, ProductVariant

variant = columns(ProductVariant)

BUYABLE = ~or_(listing.availability == Availability.OUT_OF_STOCK, listing.availability == Availability.UNKNOWN)


def _priced(key: Any) -> Select[Any]:
    """Select the best listing with a price for each key.

    Listings that can be bought come before those that cannot, and the shop's own currency before others, since
    prices in two currencies are never compared.
    """
    own = listing.currency == bindparam("currency", type_=Text)
    rows = select(*LISTING).where(listing.price_minor.is_not(None)).ext(distinct_on(key))
    return rows.order_by(key, BUYABLE.desc(), own.desc(), listing.currency, listing.price_minor, listing.id)


class BestListingByVariant(RowLoader[UUID]):
    """The listing of a variant with the lowest price."""

    graphql_type = "Listing"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant."""
        return _priced(listing.variant_id).where(listing.variant_id == UUID_KEYS)


class BestListingByProduct(RowLoader[UUID]):
    """The listing of any variant of a product with the lowest price."""

    graphql_type = "Listing"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product."""
        product = variant.product_id
        rows = _priced(product).add_columns(product).join(ProductVariant, variant.id == listing.variant_id)
        return rows.where(product == UUID_KEYS)


class PriceRangeByProduct(RowLoader[UUID]):
    """The lowest and the highest price of a product, in one currency: the shop's own if a listing has it."""

    graphql_type = "PriceRange"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product, over the listings that can be bought."""
        product, currency, price = variant.product_id, listing.currency, listing.price_minor
        own = currency == bindparam("currency", type_=Text)
        rows = select(product, currency, func.min(price).label("minimum"), func.max(price).label("maximum"))
        rows = rows.join(Listing, listing.variant_id == variant.id)
        rows = rows.where(product == UUID_KEYS, price.is_not(None), BUYABLE)
        return (
            rows.group_by(UUID_TABLE.ordinality, product, currency)
            .ext(distinct_on(product))
            .order_by(product, own.desc(), currency)
        )
