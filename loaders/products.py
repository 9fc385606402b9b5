"""Products and variants, which everybody may see."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    select,
)  # fmt: skip

import policy.parameters
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader, RowsLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from loaders.short_lists import ShortListLoader
from models.columns import columns
from models.products import Attribute, AttributeValue, Category, Image, Product, ProductVariant
from models.stores import Listing
from models.wishlists import Wishlist, WishlistItem

attribute = columns(Attribute)
attribute_value = columns(AttributeValue)
category = columns(Category)
image = columns(Image)
product = columns(Product)
variant = columns(ProductVariant)
listing = columns(Listing)
wishlist = columns(Wishlist)
item = columns(WishlistItem)

PRODUCT = [column for column in product if column.name != "search"]
VARIANT = list(variant)
IMAGE = list(image)
QUERY = func.plainto_tsquery("english", bindparam("search", type_=Text))


@node_loader
class ProductById(RowLoader[UUID]):
    """A product."""

    graphql_type = "Product"
    columns = PRODUCT
    found_by = product.id


class ProductBySlug(RowLoader[str]):
    """A product, by slug."""

    graphql_type = "Product"
    columns = PRODUCT
    found_by = product.slug


@node_loader
class VariantById(RowLoader[UUID]):
    """A variant."""

    graphql_type = "ProductVariant"
    columns = VARIANT
    found_by = variant.id


class VariantBySku(RowLoader[str]):
    """A variant, by SKU."""

    graphql_type = "ProductVariant"
    columns = VARIANT
    found_by = variant.sku


class VariantsByProduct(ShortListLoader):
    """The variants of a product, in display order."""

    default_page_size = 10
    graphql_type = "ProductVariant"
    columns = VARIANT
    found_by = variant.product_id
    sorted_by = (variant.position, variant.id)


class ImagesByProduct(ShortListLoader):
    """The images of a product, those of its variants included."""

    default_page_size = 4
    graphql_type = "Image"
    columns = IMAGE
    found_by = image.product_id
    sorted_by = (image.position, image.id)


class ImagesByVariant(ShortListLoader):
    """The images of a variant."""

    default_page_size = 4
    graphql_type = "Image"
    columns = IMAGE
    found_by = image.variant_id
    sorted_by = (image.position, image.id)


class AttributesByVariant(RowsLoader):
    """The attributes of a variant, with their values."""

    graphql_type = "AttributeValue"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant, by name."""
        value = attribute_value
        row = select(value.variant_id, attribute.name.label("attribute"), attribute.display_name, value.value)
        joined = row.join(Attribute, attribute.id == value.attribute_id).where(value.variant_id == UUID_KEYS)
        return joined.order_by(attribute.name, value.value)


class InViewersWishlist(RowLoader[UUID]):
    """A row if any variant of a product is on one of the viewer's wishlists, else nothing."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product."""
        mine = select(variant.product_id).join(WishlistItem, item.variant_id == variant.id)
        mine = mine.join(Wishlist, wishlist.id == item.wishlist_id).where(wishlist.owner_id == policy.parameters.VIEWER)
        return mine.where(variant.product_id == UUID_KEYS).distinct()


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
            rows = rows.where(product.search.op("@@")(QUERY))
        if "brands" in given:
            rows = rows.where(product.brand_id == any_(bindparam("brands", type_=ARRAY(Uuid()))))
        if "category" in given:
            rows = rows.where(product.category_id.in_(below(category.slug == bindparam("category", type_=Text))))
        return rows


class RankedProducts(Products):
    """Products that match a text, the best match first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "rank": cast(func.ts_rank(product.search, QUERY) * 1_000_000, Integer),
        "id": product.id,
    }

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that are given, with the rank."""
        return super().select(viewer, parent, given).add_columns(cls.order["rank"].label("rank"))


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
