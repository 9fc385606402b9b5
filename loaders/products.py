"""The catalogue: everybody may see it."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY, ColumnElement, Integer, Select, Text, Uuid, any_, bindparam, cast, func, select,
)  # fmt: skip
from sqlmodel import col

import policy
from auth import Standing
from loaders.batches import KEYS, WORDS, Many, One
from loaders.pages import Connected
from models.products import Attribute, AttributeValue, Brand, Category, Image, Product, ProductVariant
from models.stores import Listing
from models.wishlists import Wishlist, WishlistItem

PRODUCT = [column for column in Product.__table__.c if column.name != "search"]  # type: ignore[attr-defined]
VARIANT = list(ProductVariant.__table__.c)  # type: ignore[attr-defined]
IMAGE = list(Image.__table__.c)  # type: ignore[attr-defined]
QUERY = func.plainto_tsquery("english", bindparam("search", type_=Text))


class ProductById(One[UUID]):
    """A product."""

    graphql_type = "Product"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        del by
        return select(*PRODUCT).where(col(Product.id) == KEYS)


class ProductBySlug(One[str]):
    """A product, by slug."""

    graphql_type = "Product"
    key = "slug"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By slug."""
        del by
        return select(*PRODUCT).where(col(Product.slug) == WORDS)


class VariantById(One[UUID]):
    """A variant."""

    graphql_type = "ProductVariant"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        del by
        return select(*VARIANT).where(col(ProductVariant.id) == KEYS)


class VariantBySku(One[str]):
    """A variant, by SKU."""

    graphql_type = "ProductVariant"
    key = "sku"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By SKU."""
        del by
        return select(*VARIANT).where(col(ProductVariant.sku) == WORDS)


class VariantsByProduct(Many):
    """The variants of a product, in the order of its colours and sizes."""

    graphql_type = "ProductVariant"
    key = "product_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By product."""
        del by
        rows = select(*VARIANT).where(col(ProductVariant.product_id) == KEYS)
        return rows.order_by(col(ProductVariant.position), col(ProductVariant.id))


class ImagesByProduct(Many):
    """All pictures of a product, those of its variants included."""

    graphql_type = "Image"
    key = "product_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By product."""
        del by
        return select(*IMAGE).where(col(Image.product_id) == KEYS).order_by(col(Image.position), col(Image.id))


class ImagesByVariant(Many):
    """The pictures of a variant."""

    graphql_type = "Image"
    key = "variant_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By variant."""
        del by
        return select(*IMAGE).where(col(Image.variant_id) == KEYS).order_by(col(Image.position), col(Image.id))


class AttributesByVariant(Many):
    """What a variant's attributes are."""

    graphql_type = "AttributeValue"
    key = "variant_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By variant, by name."""
        del by
        value, attribute = AttributeValue, Attribute
        row = select(
            col(value.variant_id), col(attribute.name).label("attribute"), col(attribute.display_name), col(value.value)
        )
        joined = row.join(attribute, attribute.id == value.attribute_id).where(col(value.variant_id) == KEYS)
        return joined.order_by(col(attribute.name), col(value.value))


class InViewersWishlist(One[UUID]):
    """Whether any variant of a product is on a list of the viewer's: a row if so."""

    key = "product_id"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By product."""
        del by
        mine = select(col(ProductVariant.product_id)).join(WishlistItem, WishlistItem.variant_id == ProductVariant.id)
        mine = mine.join(Wishlist, Wishlist.id == WishlistItem.wishlist_id).where(Wishlist.owner_id == policy.VIEWER)
        return mine.where(col(ProductVariant.product_id) == KEYS).distinct()


class Products(Connected):
    """All products, the newest first, narrowed by text, brands, and a category with all below it."""

    graphql_type = "Product"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": col(Product.created_at), "id": col(Product.id)}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that are given."""
        del by, parent
        rows = select(*PRODUCT)
        if "search" in given:
            rows = rows.where(col(Product.search).op("@@")(QUERY))
        if "brands" in given:
            rows = rows.where(col(Product.brand_id) == any_(bindparam("brands", type_=ARRAY(Uuid()))))
        if "category" in given:
            rows = rows.where(col(Product.category_id).in_(below(Category.slug == bindparam("category", type_=Text))))
        return rows


class RankedProducts(Products):
    """Products that match a text, the best match first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "rank": cast(func.ts_rank(Product.search, QUERY) * 1_000_000, Integer),
        "id": col(Product.id),
    }

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that are given, with the rank."""
        return super().select(by, parent, given).add_columns(cls.order["rank"].label("rank"))


class ProductsOfBrand(Products):
    """A brand's products, the newest first."""

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By brand."""
        return super().select(by, parent, given).where(Product.brand_id == parent)


class ProductsOfCategory(Products):
    """The products of a category and of all below it, the newest first."""

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By category."""
        return super().select(by, parent, given).where(col(Product.category_id).in_(below(Category.id == parent)))


class ProductsOfStore(Products):
    """What a store sells, the newest first."""

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the store of any listing of any variant."""
        sold = select(1).select_from(ProductVariant).join(Listing, Listing.variant_id == ProductVariant.id)
        sold = sold.where(ProductVariant.product_id == Product.id, Listing.store_id == parent)
        return super().select(by, parent, given).where(sold.exists())


def below(root: Any) -> Select[Any]:
    """Select the ids of a category and of everything below it."""
    tree = select(col(Category.id)).where(root).cte("subtree", recursive=True, nesting=True)
    return select(tree.union_all(select(col(Category.id)).join(tree, Category.parent_id == tree.c.id)).c.id)
