"""Lists of products with filters, orders and facets, as fields of the types that products belong to."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from execution.field_metadata import costs
from loaders.product_pages import Products
from resolvers import facets as resolved
from resolvers.product_pages import of_parent
from schema.caching import SELLING
from schema.connections import Connection, Edge
from schema.costs import FACETS
from schema.fields import field, opening

if TYPE_CHECKING:
    from schema.products import Product

ProductRef = Annotated["Product", strawberry.lazy("schema.products")]


@SELLING
@costs(0, counted=False)
@strawberry.type(description="A value of a facet.")
class FacetValue:
    """Its source is `loaders.facets.FacetValue`."""

    value: str = field(
        "The value for `ProductFilter`: an id of a brand, store or source, the slug of a category, otherwise the value "
        "itself. Colors are in lower case."
    )
    label: str = field("The value to display, for example the name of the brand.")
    count: int = field(
        "How many products the list would have if this value were chosen instead of those that are chosen in this facet."
    )


@SELLING
@costs(0, counted=False)
@strawberry.type(description="The values by which a list of products can be narrowed, of one kind.")
class ProductFacet:
    """Its source is `resolvers.facets.Facet`."""

    name: str = field(
        "`brand`, `category`, `color`, `size`, `availability`, `store`, `source`, or the name of an attribute, for example "
        "`material`."
    )
    values: list[FacetValue] = field(
        "The values, the most frequent first, at most 50. Those that no product would have are left out."
    )
    is_estimate: bool = field(
        "Whether the counts are estimates from a random sample, because more than about 10,000 products meet the other filters. "
        "Rare values may then be missing. Filters by a value are exact in any case."
    )


@strawberry.type(description="A product in a list.")
class ProductEdge(Edge[ProductRef]):
    """Without fields of its own."""


@strawberry.type(description="A page of products.")
class ProductConnection(Connection[ProductEdge, ProductRef]):
    """A page with the facets of the whole list."""

    facets: list[ProductFacet] = field(
        "How many products each value of a filter would leave, beside the other filters that are set. Counted over the "
        "whole list, in a query of its own. Without any filter, the counts of `Query.products` are up to 10 minutes old.",
        resolver=resolved.facets,
        cost=FACETS,
    )


def product_pages(loader: type[Products], description: str) -> Any:
    """Make the field that leads to a page of the products of its parent."""
    return opening(of_parent(loader), "id", description, pages_of=loader)
