"""The catalog: brands, categories, products, variants."""

from datetime import datetime
from typing import Annotated

import strawberry

from execution.field_metadata import ListSize, costs
from inputs.scalars import URL
from loaders import categories as tree
from loaders import products as found
from loaders import stores
from models.products import Availability
from resolvers import products as resolved
from schema import (
    wishlists,
)
from schema.connections import ConnectionOf, Node
from schema.costs import SEARCH
from schema.fields import connection, edge, field, lookup
from schema.short_lists import short_list
from schema.stores import Listing, PriceRange

BrandRef = Annotated["Brand", strawberry.lazy("schema.products")]
CategoryRef = Annotated["Category", strawberry.lazy("schema.products")]
ProductRef = Annotated["Product", strawberry.lazy("schema.products")]
ProductPage = ConnectionOf[Annotated["Product", strawberry.lazy("schema.products")]]

CHILDREN = ListSize(5)
"""How many children a category usually has, for the limit on the objects of an operation."""


@strawberry.type(description="A brand, which makes products.")
class Brand(Node):
    """Everybody can see brands."""

    name: str = field("The name of the brand.")
    slug: str = field("The unique name of the brand in URLs, for example `marina-linen`.")
    logo_url: URL | None = field("The address of the logo. Null if there is none.")
    description: str | None = field("A short text about the brand. Null if there is none.")
    products: ProductPage = connection(found.ProductsOfBrand, "id", "The products of the brand, the newest first.")


@strawberry.type(description="A category of products. Categories form a tree.")
class Category(Node):
    """Everybody can see categories."""

    name: str = field("The name of the category.")
    slug: str = field("The unique name of the category in URLs, for example `women-dresses`.")
    parent: CategoryRef | None = edge(
        tree.CategoryById, "parent_id", "The category above this one. Null for a top-level category."
    )
    children: list[CategoryRef] = edge(
        tree.CategoriesByParent, "id", "The categories directly below this one, in display order.", size=CHILDREN
    )
    ancestors: list[CategoryRef] = edge(
        tree.AncestorsByCategory,
        "id",
        "The categories above this one, from the top level down to the parent: the path for a breadcrumb.",
    )
    products: ProductPage = connection(
        found.ProductsOfCategory,
        "id",
        "The products in this category and in all categories below it, the newest first.",
    )


@costs(0)
@strawberry.type(description="An image of a product or of a variant.")
class Image:
    """Its source is a row of the table."""

    url: URL = field("The address of the image.")
    width: int | None = field("The width in pixels. Null if it is not known.")
    height: int | None = field("The height in pixels. Null if it is not known.")
    dominant_color: str | None = field(
        "The main color as `#rrggbb`, to show until the image has loaded. Null if it is not known."
    )
    is_primary: bool = field("Whether this is the image to show first.")


@strawberry.type(description="The value of an attribute of a variant, for example its fabric.")
class AttributeValue:
    """Its source is a row of `AttributesByVariant`."""

    attribute: str = field("The name of the attribute for programs, for example `fabric`.")
    display_name: str = field("The name of the attribute to display, for example `Fabric`.")
    value: str = field("The value, for example `linen`.")


@strawberry.type(
    description="A variant of a product: what a customer buys, in one color and size. Each variant has its own SKU."
)
class ProductVariant(Node):
    """Everybody can see variants."""

    sku: str = field("The stock keeping unit, unique among all variants.")
    color_primary: str | None = field("The main color, for example `white`. Null if it is not known.")
    color_secondary: str | None = field("The second color. Null if there is none.")
    size_label: str | None = field("The size as its system writes it, for example `38`. Null if there is none.")
    size_system: str | None = field("The size system, for example `EU`. Null if there is none.")
    availability: Availability = field("Whether the variant can be bought now.")
    inventory: int | None = field("How many are in stock. Null if it is not known.")
    product: ProductRef = edge(found.ProductById, "product_id", "The product that this is a variant of.")
    attributes: list[AttributeValue] = edge(
        found.AttributesByVariant, "id", "The attributes of the variant, sorted by name."
    )
    images: list[Image] = short_list(found.ImagesByVariant, "id", "Images of this variant only, in display order.")
    listings: list[Listing] = short_list(
        stores.ListingsByVariant,
        "id",
        "Where the variant is sold. Grouped by currency, the lowest price first; listings without a price come last.",
    )
    best_listing: Listing | None = edge(
        stores.BestListingByVariant,
        "id",
        "The listing with the lowest price. Listings that can be bought come before those that cannot, and the shop's own "
        "currency before others. Null if no listing has a price.",
    )


@strawberry.type(description="A product. Customers buy one of its variants.")
class Product(
    Node,
    wishlists.OnProduct,
):
    """Everybody can see products."""

    slug: str = field("The unique name of the product in URLs, for example `linen-shirt`.")
    title: str = field("The title of the product.")
    description: str | None = field("The description. Null if there is none.")
    tags: list[str] = field("Keywords of the product, for example `summer`. `ProductFilter.search` looks at them too.")
    created_at: datetime = field("When the product was added to the catalog.")
    updated_at: datetime = field("When the product last changed.")
    brand: BrandRef | None = edge(tree.BrandById, "brand_id", "The brand. Null if it is not known.")
    category: CategoryRef | None = edge(
        tree.CategoryById, "category_id", "The category. Null if the product is in none."
    )
    images: list[Image] = short_list(
        found.ImagesByProduct, "id", "Images of the product and of its variants, in display order."
    )
    variants: list[ProductVariant] = short_list(
        found.VariantsByProduct, "id", "The variants that customers can choose from, in display order."
    )
    price_range: PriceRange | None = edge(
        stores.PriceRangeByProduct,
        "id",
        "The lowest and the highest price of the listings that can be bought, in the shop's own currency if there is such "
        "a listing. Null if no listing can be bought.",
    )
    best_listing: Listing | None = edge(
        stores.BestListingByProduct,
        "id",
        "The listing with the lowest price of all variants, chosen as in `ProductVariant.bestListing`.",
    )


@strawberry.type
class Queries:
    """Queries about the catalog."""

    products: ConnectionOf[ProductRef] = lookup(
        resolved.listed,
        "Lists products. Without arguments, all products, the newest first.",
        pages_of=found.Products,
        cost=SEARCH,
    )
    product: Product | None = lookup(resolved.by_id, "Looks up a product by id. Null if there is no such product.")
    product_by_slug: Product | None = lookup(
        resolved.by_slug, "Looks up a product by slug. Null if there is no such product."
    )
    variant_by_sku: ProductVariant | None = lookup(
        resolved.variant_by_sku, "Looks up a product variant by SKU. Null if there is no such variant."
    )
    brand: Brand | None = lookup(resolved.brand_by_id, "Looks up a brand by id. Null if there is no such brand.")
    brand_by_slug: Brand | None = lookup(
        resolved.brand_by_slug, "Looks up a brand by slug. Null if there is no such brand."
    )
    brands: ConnectionOf[BrandRef] = lookup(resolved.brands, "Lists all brands, sorted by name.", pages_of=tree.Brands)
    category: Category | None = lookup(
        resolved.category_by_id, "Looks up a category by id. Null if there is no such category."
    )
    category_by_slug: Category | None = lookup(
        resolved.category_by_slug, "Looks up a category by slug. Null if there is no such category."
    )
    categories: list[Category] = lookup(resolved.root_categories, "Lists the top-level categories, in display order.")
