"""Products, variants, their images and attributes."""

from datetime import datetime
from typing import Annotated

import strawberry

from inputs.scalars import LanguageTag
from loaders import prices
from loaders import product_pages as listed
from loaders import products as found
from loaders.categories import BrandById, CategoryById
from loaders.listings import ListingsByVariant
from models.products import Availability
from resolvers import product_pages as product_lists
from resolvers import products as resolved
from schema import (
    wishlists,
)
from schema.caching import DESCRIBING, SELLING
from schema.categories import BrandRef, CategoryRef
from schema.connections import Node
from schema.costs import SEARCH
from schema.fields import edge, field, lookup
from schema.images import Image
from schema.listings import Listing
from schema.prices import OnVariant, PriceRange
from schema.product_pages import ProductConnection
from schema.short_lists import short_list

ProductRef = Annotated["Product", strawberry.lazy("schema.products")]


@DESCRIBING
@strawberry.type(description="The value of an attribute of a variant, for example its fabric.")
class AttributeValue:
    """Its source is a row of `AttributesByVariant`."""

    attribute: str = field("The name of the attribute for programs, for example `fabric`.")
    display_name: str = field(
        "The name of the attribute to display, for example `Fabric`, in the language of the request if there is a translation."
    )
    language: LanguageTag = field("The language that `displayName` is in.")
    value: str = field("The value, for example `linen`.")


@SELLING
@strawberry.type(
    description="A variant of a product: what a customer buys, in one color and size. Each variant has its own SKU."
)
class ProductVariant(Node, wishlists.OnVariant, OnVariant):
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
        ListingsByVariant,
        "id",
        "Where the variant is sold now. Grouped by currency, the lowest price first; listings without a price come last.",
    )
    best_listing: Listing | None = edge(
        prices.BestListingByVariant,
        "id",
        "The listing with the lowest price. Listings that can be bought come before those that cannot, and the shop's own "
        "currency before others. Ended listings do not count. Null if no listing has a price.",
    )


@SELLING
@strawberry.type(description="A product. Customers buy one of its variants.")
class Product(
    Node,
    wishlists.OnProduct,
):
    """Everybody can see products."""

    slug: str = field("The unique name of the product in URLs, for example `linen-shirt`.")
    title: str = field("The title of the product, in the language of the request if there is a translation.")
    description: str | None = field(
        "The description, in the language of the request if there is a translation. Null if there is none."
    )
    language: LanguageTag = field(
        "The language that `title` is in: the one that the request asks for by `Accept-Language`, else the customer's "
        "preferred one, if there is a translation; otherwise `en`."
    )
    tags: list[str] = field("Keywords of the product, for example `summer`. `ProductFilter.search` looks at them too.")
    base_code: str | None = field(
        "The manufacturer's code of the product, which its variants share, for example `ML-1`. Null if it is not known."
    )
    fit_information: str | None = field(
        "How the product fits, as a text to display, for example `True to size.` Null if it is not known."
    )
    suitable_body_types: list[str] = field(
        "The body types that the product suits, for example `hourglass`. Empty if they are not known."
    )
    average_rating: float | None = field(
        "The average number of stars in reviews, from 1 to 5. Null if there are no reviews."
    )
    review_count: int = field("The number of reviews.")
    rating_histogram: list[int] = field(
        "How many reviews gave each number of stars: five numbers, from one star to five."
    )
    created_at: datetime = field("When the product was added to the catalogue.")
    updated_at: datetime = field("When the product last changed.")
    brand: BrandRef | None = edge(BrandById, "brand_id", "The brand. Null if it is not known.")
    category: CategoryRef | None = edge(CategoryById, "category_id", "The category. Null if the product is in none.")
    featured_image: Image | None = edge(
        found.FeaturedImageByProduct,
        "id",
        "The image to show first, for example in a list of products. Null if the product has no image.",
    )
    images: list[Image] = short_list(
        found.ImagesByProduct,
        "id",
        "Images of the product and of its variants, in display order. One that several variants share comes once.",
    )
    variants: list[ProductVariant] = short_list(
        found.VariantsByProduct, "id", "The variants that customers can choose from, in display order."
    )
    price_range: PriceRange | None = edge(
        prices.PriceRangeByProduct,
        "id",
        "The lowest and the highest price of the listings that can be bought, in the shop's own currency if there is such "
        "a listing. Null if no listing can be bought.",
    )
    best_listing: Listing | None = edge(
        prices.BestListingByProduct,
        "id",
        "The listing with the lowest price of all variants, chosen as in `ProductVariant.bestListing`.",
    )


@strawberry.type
class Queries:
    """Queries about products."""

    products: ProductConnection = lookup(
        product_lists.listed,
        "Lists products. Without arguments, all products, the newest first.",
        pages_of=listed.Products,
        cost=SEARCH,
    )
    product: Product | None = lookup(resolved.by_id, "Looks up a product by id. Null if there is no such product.")
    product_by_slug: Product | None = lookup(
        resolved.by_slug, "Looks up a product by slug. Null if there is no such product."
    )
    variant_by_sku: ProductVariant | None = lookup(
        resolved.variant_by_sku, "Looks up a product variant by SKU. Null if there is no such variant."
    )
