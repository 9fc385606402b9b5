"""Where things are sold, and for how much."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from execution.field_metadata import not_counted
from inputs.scalars import URL, CurrencyCode
from loaders import products as found
from loaders import stores as places
from models.products import Availability
from models.stores import OfferKind
from resolvers import stores as sold
from schema.connections import Connection, Edge, Node
from schema.fields import connection, edge, field, lookup

if TYPE_CHECKING:
    from schema.products import ProductConnection, ProductVariant

VariantRef = Annotated["ProductVariant", strawberry.lazy("schema.products")]
ProductPage = Annotated["ProductConnection", strawberry.lazy("schema.products")]
StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]


@not_counted
@strawberry.type(description="An amount of a currency.")
class Money:
    """G4; its source is `models.money.Money`."""

    amount: Decimal = field("The amount in whole units of the currency, with all its digits.")
    currency_code: CurrencyCode = field("The currency.")


@not_counted
@strawberry.type(description="The lowest and the highest price, in one currency.")
class PriceRange:
    """P5."""

    minimum: Money = field("The lowest price.", resolver=sold.minimum)
    maximum: Money = field("The highest price.", resolver=sold.maximum)


@strawberry.type(description="A marketplace or shop system that listings come from.")
class Source(Node):
    """P2."""

    name: str = field("What the source is called.")
    base_url: URL = field("Where it lies.")


@strawberry.type(description="A seller, on a source or of their own.")
class Store(Node):
    """P2, S4."""

    name: str = field("What the store is called.")
    slug: str = field("The store's name in addresses.")
    rating: float | None = field("The average of its ratings, 0 to 5.")
    review_count: int | None = field("How many ratings there are.")
    followers_count: int = field("How many customers follow it.")
    source: Source | None = edge(places.SourceById, "source_id", "The marketplace that it sells on; null if its own.")
    products: ProductPage = connection(found.ProductsOfStore, "id", "What it sells, the newest first.")
    viewer_follows: bool = field("Whether the viewer follows it.", resolver=sold.viewer_follows)


@strawberry.type(description="A store in a list.")
class StoreEdge(Edge[StoreRef]):
    """Relay."""


@strawberry.type(description="A page of stores.")
class StoreConnection(Connection[StoreEdge, StoreRef]):
    """Relay."""


@strawberry.type(description="Something that makes a listing cheaper for a while.")
class Offer:
    """P2."""

    description: str = field("What is offered, for people.")
    kind: OfferKind = field("What the offer gives.")
    valid_from: datetime | None = field("When it begins; null if it has.")
    valid_to: datetime | None = field("When it ends; null if it is not known.")


@strawberry.type(description="A variant for sale at a place.")
class Listing(Node):
    """P2."""

    url: URL = field("Where it is sold.")
    availability: Availability = field("Whether it can be bought there now.")
    last_checked_at: datetime | None = field("When price and availability were last looked up.")
    variant: VariantRef = edge(found.VariantById, "variant_id", "What is sold.")
    store: Store | None = edge(places.StoreById, "store_id", "Who sells it; null where the source itself does.")
    source: Source = edge(places.SourceById, "source_id", "Where it was found.")
    offers: list[Offer] = edge(places.OffersByListing, "id", "What makes it cheaper for a while.")
    price: Money | None = field("The price now; null where it is not known.", resolver=sold.price)
    list_price: Money | None = field(
        "The price before discounts; null where it is not known.", resolver=sold.list_price
    )
    discount_percentage: int | None = field(
        "How much the price lies below the list price, in whole per cent.", resolver=sold.discount
    )


@strawberry.type
class Queries:
    """What can be asked about stores."""

    store: Store | None = lookup(sold.by_id, "A store; null where there is none.")
    store_by_slug: Store | None = lookup(sold.by_slug, "A store by its name in addresses; null where there is none.")
    stores: StoreConnection = lookup(sold.listed, "All stores by name.", pages_of=places.Stores)
