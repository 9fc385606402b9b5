"""Lists of products with filters and orders, as fields of the types that products belong to."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from loaders.product_pages import Products
from resolvers.product_pages import of_parent
from schema.connections import ConnectionOf
from schema.fields import opening

if TYPE_CHECKING:
    from schema.products import Product

ProductPage = ConnectionOf[Annotated["Product", strawberry.lazy("schema.products")]]


def product_pages(loader: type[Products], description: str) -> Any:
    """Make the field that leads to a page of the products of its parent."""
    return opening(of_parent(loader), "id", description, pages_of=loader)
