"""Products and variants, which everybody may see."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

import policy.parameters
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader, RowsLoader
from loaders.joins import names
from loaders.nodes import node_loader
from loaders.short_lists import ShortListLoader
from loaders.translations import translated
from models.columns import alias, columns
from models.products import Attribute, AttributeValue, Image, Product, ProductVariant
from models.wishlists import Wishlist, WishlistItem

attribute = columns(Attribute)
attribute_value = columns(AttributeValue)
image = columns(Image)
earlier_image = alias(Image)
product = columns(Product)
variant = columns(ProductVariant)
wishlist = columns(Wishlist)
item = columns(WishlistItem)

PRODUCT = [column for column in translated(product, "title", "description") if column.name != "search"]
VARIANT = list(variant)
IMAGE = list(image)


@node_loader
class ProductById(RowLoader[UUID]):
    """A product."""

    graphql_type = "Product"
    columns = PRODUCT
    joined_columns = names(PRODUCT, "description", "fit_information", "tags", "suitable_body_types", "rating_histogram")
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
    joined_columns = names(VARIANT)
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


class FeaturedImageByProduct(RowLoader[UUID]):
    """The image of a product to show first: the primary one, else the first."""

    graphql_type = "Image"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product."""
        first = select(*IMAGE).where(image.product_id == UUID_KEYS).ext(distinct_on(image.product_id))
        return first.order_by(image.product_id, image.is_primary.desc(), image.position, image.id)


class ImagesByProduct(ShortListLoader):
    """The images of a product, those of its variants included. One that several variants share comes once."""

    default_page_size = 4
    graphql_type = "Image"
    columns = IMAGE
    found_by = image.product_id
    sorted_by = (image.position, image.id)

    @staticmethod
    def visible(viewer: ViewerKind) -> ColumnElement[bool]:
        """Leave out images with the address of one that comes before them."""
        same = (earlier_image.product_id == image.product_id) & (earlier_image.url == image.url)
        first = tuple_(earlier_image.position, earlier_image.id) < tuple_(image.position, image.id)
        return ~exists().where(same, first)


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
        names = [
            column for column in translated(attribute, "display_name") if column.name in {"display_name", "language"}
        ]
        row = select(value.variant_id, attribute.name.label("attribute"), *names, value.value)
        joined = row.join(Attribute, attribute.id == value.attribute_id).where(value.variant_id == UUID_KEYS)
        return joined.order_by(attribute.name, value.value)


class VariantInViewersWishlist(RowLoader[UUID]):
    """A row if a variant is on one of the viewer's wishlists, else nothing."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant."""
        mine = select(item.variant_id).join(Wishlist, wishlist.id == item.wishlist_id)
        return mine.where(wishlist.owner_id == policy.parameters.VIEWER, item.variant_id == UUID_KEYS).distinct()


class InViewersWishlist(RowLoader[UUID]):
    """A row if any variant of a product is on one of the viewer's wishlists, else nothing."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By product."""
        mine = select(variant.product_id).join(WishlistItem, item.variant_id == variant.id)
        mine = mine.join(Wishlist, wishlist.id == item.wishlist_id).where(wishlist.owner_id == policy.parameters.VIEWER)
        return mine.where(variant.product_id == UUID_KEYS).distinct()
