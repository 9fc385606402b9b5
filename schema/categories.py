"""Brands and categories."""

from typing import Annotated

import strawberry

from execution.field_metadata import ListSize
from inputs.scalars import URL, LanguageTag
from loaders import categories as tree
from loaders import product_pages as listed
from resolvers import categories as resolved
from resolvers import images
from schema.caching import DESCRIBING
from schema.connections import ConnectionOf, Node
from schema.fields import edge, field, lookup
from schema.product_pages import ProductConnection, product_pages

BrandRef = Annotated["Brand", strawberry.lazy("schema.categories")]
CategoryRef = Annotated["Category", strawberry.lazy("schema.categories")]

CHILDREN = ListSize(5)
"""How many children a category usually has, for the limit on the objects of an operation."""


@DESCRIBING
@strawberry.type(description="A brand, which makes products.")
class Brand(Node):
    """Everybody can see brands."""

    name: str = field("The name of the brand.")
    slug: str = field("The unique name of the brand in URLs, for example `marina-linen`.")
    logo_url: URL | None = field("The address of the logo. Null if there is none.", resolver=images.logo_url)
    description: str | None = field("A short text about the brand. Null if there is none.")
    products: ProductConnection = product_pages(listed.ProductsOfBrand, "The products of the brand.")


@DESCRIBING
@strawberry.type(description="A category of products. Categories form a tree.")
class Category(Node):
    """Everybody can see categories."""

    name: str = field("The name of the category, in the language of the request if there is a translation.")
    language: LanguageTag = field("The language that `name` is in; see `Product.language`.")
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
    products: ProductConnection = product_pages(
        listed.ProductsOfCategory, "The products in this category and in all categories below it."
    )


@strawberry.type
class Queries:
    """Queries about brands and categories."""

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
