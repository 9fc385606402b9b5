"""Stores, listings, offers and prices, which everybody may see."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, UUID_TABLE, RowLoader, RowsLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from loaders.short_lists import ShortListLoader
from models.columns import columns
from models.products import Availability, ProductVariant
from models.stores import Listing, Offer, Source, Store

store = columns(Store)
listing = columns(Listing)
source = columns(Source)
offer = columns(Offer)
variant = columns(ProductVariant)

STORE = list(store)
LISTING = list(listing)
OFFER = list(offer)
SOURCE = list(source)

BUYABLE = ~or_(listing.availability == Availability.OUT_OF_STOCK, listing.availability == Availability.UNKNOWN)


@node_loader
class StoreById(RowLoader[UUID]):
    """A store."""

    graphql_type = "Store"
    columns = STORE
    found_by = store.id


class StoreBySlug(RowLoader[str]):
    """A store, by slug."""

    graphql_type = "Store"
    columns = STORE
    found_by = store.slug


class Stores(ConnectionLoader):
    """All stores by name, or those whose name contains a text."""

    graphql_type = "Store"
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"name": store.name, "id": store.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the text, without wildcards."""
        rows = select(*STORE)
        if "search" in given:
            text = func.lower(bindparam("search", type_=Text))
            rows = rows.where(func.strpos(func.lower(store.name), text) > 0)
        return rows


@node_loader
class SourceById(RowLoader[UUID]):
    """A source."""

    graphql_type = "Source"
    columns = SOURCE
    found_by = source.id


@node_loader
class ListingById(RowLoader[UUID]):
    """A listing."""

    graphql_type = "Listing"
    columns = LISTING
    found_by = listing.id


class ListingsByVariant(ShortListLoader):
    """Where a variant is sold, the cheapest first within each currency; those without a price come last."""

    default_page_size = 5
    graphql_type = "Listing"
    columns = LISTING
    found_by = listing.variant_id
    sorted_by = (listing.currency, listing.price_minor, listing.id)


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


class OffersByListing(RowsLoader):
    """The offers on a listing, past and future ones included."""

    graphql_type = "Offer"
    columns = OFFER
    found_by = offer.listing_id
    sorted_by = (offer.valid_from, offer.id)
