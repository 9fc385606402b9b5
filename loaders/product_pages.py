"""Pages of products, by filters and in an order."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, any_, bindparam, select

from auth.viewer import ViewerKind
from loaders.categories import category
from loaders.pages import Branch, ConnectionLoader
from loaders.product_search import ORDER, matches, ranked
from loaders.products import PRODUCT, product, variant
from models.columns import columns
from models.listings import Listing
from models.products import ProductVariant

listing = columns(Listing)


class Products(ConnectionLoader):
    """All products, the newest first, narrowed by text, brands, and a category with all below it."""

    graphql_type = "Product"
    decisive_filters = frozenset({"search", "brands", "category"})
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": product.created_at, "id": product.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that are given."""
        rows = select(*PRODUCT)
        if "search" in given:
            rows = rows.where(matches())
        if "brands" in given:
            rows = rows.where(product.brand_id == any_(bindparam("brands", type_=ARRAY(Uuid()))))
        if "category" in given:
            rows = rows.where(product.category_id.in_(below(category.slug == bindparam("category", type_=Text))))
        return rows


class RankedProducts(Products):
    """Products that match a text, the best match first. At most 10,000 are ranked."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = ORDER

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        return [ranked(cls.select(viewer, parent, given - {"search"}))]


class ProductsOfBrand(Products):
    """A brand's products, the newest first."""

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By brand."""
        return super().select(viewer, parent, given).where(product.brand_id == parent)


class ProductsOfCategory(Products):
    """The products of a category and of all below it, the newest first."""

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By category."""
        return super().select(viewer, parent, given).where(product.category_id.in_(below(category.id == parent)))


class ProductsOfStore(Products):
    """The products that a store sells, the newest first."""

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the store of any listing of any variant."""
        sold = select(1).select_from(ProductVariant).join(Listing, listing.variant_id == variant.id)
        sold = sold.where(variant.product_id == product.id, listing.store_id == parent)
        return super().select(viewer, parent, given).where(sold.exists())


def below(root: Any) -> Select[Any]:
    """Select the ids of a category and of all below it. UNION removes duplicates, so that a cycle ends."""
    start = select(category.id).where(root)
    tree = start.cte("subtree", recursive=True, nesting=True)
    return select(tree.union(select(category.id).join(tree, category.parent_id == tree.c.id)).c.id)
