"""Where things are sold, and for how much."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from context import Info
from loaders import products as found
from loaders import stores
from loaders.pages import NOWHERE
from models.products import Availability
from resolvers import stores as sold
from schema.connections import Connection, Edge, Node
from schema.fields import After, Before, First, Id, Last, Slug, by_id, connection, edge, field, page
from schema.fields import Connection as ConnectionOf
from schema.scalars import URL, CurrencyCode

VariantRef = Annotated["ProductVariant", strawberry.lazy("schema.products")]
ProductPage = Annotated["ProductConnection", strawberry.lazy("schema.products")]
StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]

Search = Annotated[str | None, strawberry.argument(description="A part of the name, in whatever letter case.")]
STORES = ConnectionOf(stores.Stores, None)


@strawberry.type(description="An amount of a currency.")
class Money:
    """G4; its source is `models.money.Money`."""

    amount: Decimal = field("The amount in whole units of the currency, with all its digits.")
    currency_code: CurrencyCode = field("The currency.")


@strawberry.type(description="The lowest and the highest price, in one currency.")
class PriceRange:
    """P5."""

    @strawberry.field(description="The lowest price.")
    def minimum(root: strawberry.Parent[Any]) -> Money:  # noqa: N805
        """From minor units."""
        return sold.money(root, "minimum")  # type: ignore[return-value]

    @strawberry.field(description="The highest price.")
    def maximum(root: strawberry.Parent[Any]) -> Money:  # noqa: N805
        """From minor units."""
        return sold.money(root, "maximum")  # type: ignore[return-value]


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
    source: Source | None = edge(stores.SourceById, "source_id", "The marketplace that it sells on; null if its own.")
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
    kind: str = field("The kind of offer, for programs, such as coupon.")
    valid_from: datetime | None = field("When it begins; null if it has.")
    valid_to: datetime | None = field("When it ends; null if it is not known.")


@strawberry.type(description="A variant for sale at a place.")
class Listing(Node):
    """P2."""

    url: URL = field("Where it is sold.")
    availability: Availability = field("Whether it can be bought there now.")
    last_checked_at: datetime | None = field("When price and availability were last looked up.")
    variant: VariantRef = edge(found.VariantById, "variant_id", "What is sold.")
    store: Store | None = edge(stores.StoreById, "store_id", "Who sells it; null where the source itself does.")
    source: Source = edge(stores.SourceById, "source_id", "Where it was found.")
    offers: list[Offer] = edge(stores.OffersByListing, "id", "What makes it cheaper for a while.")

    @strawberry.field(description="The price now; null where it is not known.")
    def price(root: strawberry.Parent[Any]) -> Money | None:  # noqa: N805
        """From minor units."""
        return sold.money(root, "price_minor")  # type: ignore[return-value]

    @strawberry.field(description="The price before discounts; null where it is not known.")
    def list_price(root: strawberry.Parent[Any]) -> Money | None:  # noqa: N805
        """From minor units."""
        return sold.money(root, "list_price_minor")  # type: ignore[return-value]

    @strawberry.field(description="How much the price lies below the list price, in whole per cent.")
    def discount_percentage(root: strawberry.Parent[Any]) -> int | None:  # noqa: N805
        """From the two prices."""
        return sold.discount(root)


@strawberry.type
class Queries:
    """What can be asked about stores."""

    @strawberry.field(description="A store; null where there is none.")
    async def store(self, info: Info, id: Id) -> Store | None:
        """P2."""
        return await by_id(info.context, "Store", id, stores.StoreById)

    @strawberry.field(description="A store by its name in addresses; null where there is none.")
    async def store_by_slug(self, info: Info, slug: Slug) -> Store | None:
        """P2."""
        return await info.context.loader(stores.StoreBySlug).load(slug)

    @strawberry.field(description="All stores by name.")
    async def stores(  # noqa: PLR0913, PLR0917 - the arguments of the graph
        self, info: Info, search: Search = None,
        first: First = None, after: After = None, last: Last = None, before: Before = None,
    ) -> StoreConnection:  # fmt: skip
        """P2."""
        filters = (("search", search.strip()),) if search and search.strip() else ()
        return await page(info.context, STORES, NOWHERE, first, after, last, before, filters)
