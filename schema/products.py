"""The catalogue: brands, categories, products, variants."""

from datetime import datetime
from typing import Annotated

import strawberry

from execution.field_metadata import ListSize
from inputs.scalars import URL
from loaders import categories as tree
from loaders import products as found
from loaders import stores
from models.products import Availability
from resolvers import products as resolved
from schema.connections import Connection, Edge, Node
from schema.fields import connection, edge, field, lookup
from schema.short_lists import short_list
from schema.stores import Listing, PriceRange

BrandRef = Annotated["Brand", strawberry.lazy("schema.products")]
CategoryRef = Annotated["Category", strawberry.lazy("schema.products")]
ProductRef = Annotated["Product", strawberry.lazy("schema.products")]
ProductPage = Annotated["ProductConnection", strawberry.lazy("schema.products")]

CHILDREN = ListSize(5)
"""How many children a category usually has, for the limit on the objects of an operation."""


@strawberry.type(description="Who makes a product.")
class Brand(Node):
    """P1."""

    name: str = field("What the brand is called.")
    slug: str = field("The brand's name in addresses.")
    logo_url: URL | None = field("A picture of the logo.")
    description: str | None = field("A few words about the brand.")
    products: ProductPage = connection(found.ProductsOfBrand, "id", "What it makes, the newest first.")


@strawberry.type(description="A brand in a list.")
class BrandEdge(Edge[BrandRef]):
    """Relay."""


@strawberry.type(description="A page of brands.")
class BrandConnection(Connection[BrandEdge, BrandRef]):
    """Relay."""


@strawberry.type(description="A node of the category tree.")
class Category(Node):
    """P1."""

    name: str = field("What the category is called.")
    slug: str = field("The category's name in addresses.")
    parent: CategoryRef | None = edge(tree.CategoryById, "parent_id", "What it lies in; null for a root.")
    children: list[CategoryRef] = edge(
        tree.CategoriesByParent, "id", "What lies right below it, in order.", size=CHILDREN
    )
    ancestors: list[CategoryRef] = edge(tree.AncestorsByCategory, "id", "The way from the root down to it.")
    products: ProductPage = connection(
        found.ProductsOfCategory, "id", "The products in it and in all below it, the newest first."
    )


@strawberry.type(description="A picture.")
class Image:
    """P1."""

    url: URL = field("Where it lies.")
    width: int | None = field("Its width in pixels.")
    height: int | None = field("Its height in pixels.")
    dominant_color: str | None = field("Its main colour as #rrggbb, to show before it has loaded.")
    is_primary: bool = field("Whether it is the one to show first.")


@strawberry.type(description="What a variant's attribute is, such as the fabric.")
class AttributeValue:
    """P1."""

    attribute: str = field("The attribute's name for programs, such as fabric.")
    display_name: str = field("The attribute's name for people, such as Fabric.")
    value: str = field("What it is, such as linen.")


@strawberry.type(description="One SKU: a product in one colour and size.")
class ProductVariant(Node):
    """P1, P2."""

    sku: str = field("The stock keeping unit, unique over all variants.")
    color_primary: str | None = field("The main colour.")
    color_secondary: str | None = field("The second colour.")
    size_label: str | None = field("The size, as its system writes it.")
    size_system: str | None = field("The system of the size, such as EU.")
    availability: Availability = field("Whether it can be bought now.")
    inventory: int | None = field("How many there are, where it is known.")
    product: ProductRef = edge(found.ProductById, "product_id", "What it is a variant of.")
    attributes: list[AttributeValue] = edge(found.AttributesByVariant, "id", "Its attributes, by name.")
    images: list[Image] = short_list(found.ImagesByVariant, "id", "Images of this variant only, in display order.")
    listings: list[Listing] = short_list(
        stores.ListingsByVariant,
        "id",
        "Where the variant is sold. Grouped by currency, the lowest price first; listings without a price come last.",
    )
    best_listing: Listing | None = edge(
        stores.BestListingByVariant, "id", "The cheapest way to buy it; null where none has a price."
    )


@strawberry.type(description="What is shown as one thing. It is bought as one of its variants.")
class Product(Node):
    """P1, P5."""

    slug: str = field("The product's name in addresses.")
    title: str = field("What the product is called.")
    description: str | None = field("What there is to say about it.")
    tags: list[str] = field("Words that it is found by.")
    created_at: datetime = field("When it came into the catalogue.")
    updated_at: datetime = field("When it last changed.")
    brand: BrandRef | None = edge(tree.BrandById, "brand_id", "Who makes it.")
    category: CategoryRef | None = edge(tree.CategoryById, "category_id", "Where it belongs.")
    images: list[Image] = short_list(
        found.ImagesByProduct, "id", "Images of the product and of its variants, in display order."
    )
    variants: list[ProductVariant] = short_list(
        found.VariantsByProduct, "id", "The variants that customers can choose from, in display order."
    )
    price_range: PriceRange | None = edge(
        stores.PriceRangeByProduct,
        "id",
        "Lowest and highest price of what can be bought, in the shop's own currency if there is one.",
    )
    best_listing: Listing | None = edge(stores.BestListingByProduct, "id", "The cheapest way to buy any variant.")
    viewer_has_wishlisted: bool | None = field(
        "Whether any variant of the product is on one of the viewer's wishlists. Null if the viewer is not signed in.",
        resolver=resolved.viewer_has_wishlisted,
    )


@strawberry.type(description="A product in a list.")
class ProductEdge(Edge[ProductRef]):
    """Relay."""


@strawberry.type(description="A page of products.")
class ProductConnection(Connection[ProductEdge, ProductRef]):
    """Relay."""


@strawberry.type
class Queries:
    """What can be asked about the catalogue."""

    products: ProductConnection = lookup(resolved.listed, "Products, narrowed by a filter.", pages_of=found.Products)
    product: Product | None = lookup(resolved.by_id, "A product; null where there is none.")
    product_by_slug: Product | None = lookup(
        resolved.by_slug, "A product by its name in addresses; null where there is none."
    )
    variant_by_sku: ProductVariant | None = lookup(
        resolved.variant_by_sku, "A variant by its stock keeping unit; null where there is none."
    )
    brand: Brand | None = lookup(resolved.brand_by_id, "A brand; null where there is none.")
    brand_by_slug: Brand | None = lookup(
        resolved.brand_by_slug, "A brand by its name in addresses; null where there is none."
    )
    brands: BrandConnection = lookup(resolved.brands, "All brands by name.", pages_of=tree.Brands)
    category: Category | None = lookup(resolved.category_by_id, "A category; null where there is none.")
    category_by_slug: Category | None = lookup(
        resolved.category_by_slug, "A category by its name in addresses; null where there is none."
    )
    categories: list[Category] = lookup(resolved.root_categories, "The roots of the category tree, in order.")
