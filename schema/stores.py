"""Sources and stores."""

from typing import Annotated

import strawberry

from inputs.scalars import URL
from loaders import product_pages as listed
from loaders import stores as found
from resolvers import stores as resolved
from schema import follows
from schema.caching import DESCRIBING
from schema.connections import ConnectionOf, Node
from schema.costs import SEARCH
from schema.fields import edge, field, lookup
from schema.product_pages import ProductConnection, product_pages

StoreRef = Annotated["Store", strawberry.lazy("schema.stores")]


@DESCRIBING
@strawberry.type(
    description="A marketplace or shop system that listings come from, for example an online marketplace with many stores."
)
class Source(Node):
    """Everybody can see sources."""

    name: str = field("The name of the source.")
    base_url: URL = field("The address of the source's website.")


@DESCRIBING
@strawberry.type(description="A store that sells products, on a marketplace or on its own website.")
class Store(Node, follows.OnStore):
    """Everybody can see stores."""

    name: str = field("The name of the store.")
    slug: str = field("The unique name of the store in URLs, for example `dune-and-sea`.")
    rating: float | None = field("The average rating, from 0 to 5. Null if it is not known.")
    review_count: int | None = field("The number of ratings. Null if it is not known.")
    source: Source | None = edge(
        found.SourceById, "source_id", "The marketplace that the store sells on. Null if it sells on its own website."
    )
    products: ProductConnection = product_pages(
        listed.ProductsOfStore,
        "The products that the store sells. The conditions of `filter` on listings must be met by a listing of this store.",
    )


@strawberry.type
class Queries:
    """Queries about stores."""

    store: Store | None = lookup(resolved.by_id, "Looks up a store by id. Null if there is no such store.")
    store_by_slug: Store | None = lookup(resolved.by_slug, "Looks up a store by slug. Null if there is no such store.")
    stores: ConnectionOf[StoreRef] = lookup(
        resolved.listed, "Lists stores, sorted by name.", pages_of=found.Stores, cost=SEARCH
    )
