"""Listings and offers."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from inputs.scalars import URL
from loaders import listings as found
from loaders.products import VariantById
from loaders.stores import SourceById, StoreById
from models.listings import ListingState, OfferKind
from models.products import Availability
from resolvers import prices
from schema.caching import SELLING
from schema.connections import Node
from schema.fields import edge, field
from schema.prices import Money
from schema.stores import Source, Store

if TYPE_CHECKING:
    from schema.products import ProductVariant

VariantRef = Annotated["ProductVariant", strawberry.lazy("schema.products")]


@SELLING
@strawberry.type(
    description="A promotion on a listing, for example a coupon. It may be over, or may not have begun: compare `validFrom` and "
    "`validTo` with the present time."
)
class Offer:
    """Its source is a row of the table."""

    description: str = field("A text to display, for example `20 % off with the code EID20`.")
    kind: OfferKind = field("The kind of offer.")
    valid_from: datetime | None = field("When the offer begins. Null if it has begun and the date is not known.")
    valid_to: datetime | None = field("When the offer ends. Null if it is not known.")


@SELLING
@strawberry.type(description="An entry at a source where a variant is for sale, with its price.")
class Listing(Node):
    """Everybody can see listings."""

    url: URL = field("The address of the page where the variant can be bought.")
    click_url: URL = field(
        "The address to open when somebody wants to buy: that of the affiliate network if there is one, otherwise `url`.",
        resolver=prices.click_url,
    )
    state: ListingState = field(
        "Whether the listing is still there. An ended one is in no list, but is still found by its id, with its last price."
    )
    availability: Availability = field("Whether the variant can be bought there now.")
    source_product_id: str | None = field("What the source itself calls the product. Null if it is not known.")
    affiliate_network: str | None = field("The affiliate network that `clickUrl` leads through. Null if there is none.")
    last_checked_at: datetime | None = field("When the price and the availability were last checked. Null if never.")
    variant: VariantRef = edge(VariantById, "variant_id", "The variant that is for sale.")
    store: Store | None = edge(
        StoreById, "store_id", "The store that sells the variant. Null if the source itself sells it."
    )
    source: Source = edge(SourceById, "source_id", "The source that the listing comes from.")
    offers: list[Offer] = edge(
        found.OffersByListing,
        "id",
        "Promotions on the listing, past and future ones included, by the date they begin.",
    )
    price: Money | None = field("The current price. Null if it is not known.", resolver=prices.price)
    price_at: Money | None = field(
        "The price at a moment: the last one that was known then. Null if none was, or if the listing had ended.",
        resolver=prices.price_at,
    )
    list_price: Money | None = field("The price before discounts. Null if it is not known.", resolver=prices.list_price)
    discount_percentage: int | None = field(
        "By how many percent `price` is below `listPrice`, rounded down, for example 15. Null if either price is not known.",
        resolver=prices.discount,
    )
