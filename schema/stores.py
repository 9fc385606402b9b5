"""Stores, listings, offers and prices."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from execution.field_metadata import costs
from inputs.scalars import URL, CurrencyCode
from loaders import products as found
from loaders import stores as places
from models.products import Availability
from models.stores import OfferKind
from resolvers import stores as sold
from schema import follows
from schema.connections import ConnectionOf, Node
from schema.costs import SEARCH
from schema.fields import connection, edge, field, lookup

if TYPE_CHECKING:
    from schema.products import Product, ProductVariant

VariantRef = Annotated["ProductVariant", strawberry.lazy("schema.products")]
ProductPage = ConnectionOf[Annotated["Product", strawberry.lazy("schema.products")]]
StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]


@costs(0, counted=False)
@strawberry.type(description="An amount of money.")
class Money:
    """Its source is `models.money.Money`."""

    amount: Decimal = field(
        'The amount in units of the currency, as a string with all decimal places, for example `"129.50"`.'
    )
    currency_code: CurrencyCode = field("The currency, for example `AED`.")


@costs(0, counted=False)
@strawberry.type(description="A lowest and a highest price in the same currency.")
class PriceRange:
    """Its source is a row of `PriceRangeByProduct`."""

    minimum: Money = field("The lowest price.", resolver=sold.minimum)
    maximum: Money = field("The highest price.", resolver=sold.maximum)


@strawberry.type(
    description="A marketplace or shop system that listings come from, for example an online marketplace with many stores."
)
class Source(Node):
    """Everybody can see sources."""

    name: str = field("The name of the source.")
    base_url: URL = field("The address of the source's website.")


@strawberry.type(description="A store that sells products, on a marketplace or on its own website.")
class Store(Node, follows.OnStore):
    """Everybody can see stores."""

    name: str = field("The name of the store.")
    slug: str = field("The unique name of the store in URLs, for example `dune-and-sea`.")
    rating: float | None = field("The average rating, from 0 to 5. Null if it is not known.")
    review_count: int | None = field("The number of ratings. Null if it is not known.")
    source: Source | None = edge(
        places.SourceById, "source_id", "The marketplace that the store sells on. Null if it sells on its own website."
    )
    products: ProductPage = connection(
        found.ProductsOfStore, "id", "The products that the store sells, the newest first."
    )


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


@strawberry.type(description="An entry at a source where a variant is for sale, with its price.")
class Listing(Node):
    """Everybody can see listings."""

    url: URL = field("The address of the page where the variant can be bought.")
    availability: Availability = field("Whether the variant can be bought there now.")
    last_checked_at: datetime | None = field("When the price and the availability were last checked. Null if never.")
    variant: VariantRef = edge(found.VariantById, "variant_id", "The variant that is for sale.")
    store: Store | None = edge(
        places.StoreById, "store_id", "The store that sells the variant. Null if the source itself sells it."
    )
    source: Source = edge(places.SourceById, "source_id", "The source that the listing comes from.")
    offers: list[Offer] = edge(
        places.OffersByListing,
        "id",
        "Promotions on the listing, past and future ones included, by the date they begin.",
    )
    price: Money | None = field("The current price. Null if it is not known.", resolver=sold.price)
    list_price: Money | None = field("The price before discounts. Null if it is not known.", resolver=sold.list_price)
    discount_percentage: int | None = field(
        "By how many percent `price` is below `listPrice`, rounded down, for example 15. Null if either price is not known.",
        resolver=sold.discount,
    )


@strawberry.type
class Queries:
    """Queries about stores."""

    store: Store | None = lookup(sold.by_id, "Looks up a store by id. Null if there is no such store.")
    store_by_slug: Store | None = lookup(sold.by_slug, "Looks up a store by slug. Null if there is no such store.")
    stores: ConnectionOf[StoreRef] = lookup(
        sold.listed, "Lists stores, sorted by name.", pages_of=places.Stores, cost=SEARCH
    )
