"""Products with their variants, attributes and images."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Table, counter, enum_column, foreign_key, never_negative, primary_key, timestamp


class Availability(StrEnum):
    """Whether a variant can be bought."""

    IN_STOCK = "IN_STOCK"
    LOW_STOCK = "LOW_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PREORDER = "PREORDER"
    UNKNOWN = "UNKNOWN"


class Product(Table, table=True):
    """A product. Customers buy one of its variants."""

    __tablename__ = "product"
    __table_args__: Any = (
        Index("product_newest_idx", "created_at", "id"),
        Index("product_brand_idx", "brand_id", "created_at", "id"),
        Index("product_category_idx", "category_id", "created_at", "id"),
        Index("product_popularity_idx", "popularity", "id"),
        Index("product_rating_idx", "average_rating", "review_count", "id"),
        Index("product_sample_idx", text("uuid_hash(id)"), "id"),
        Index("product_tags_idx", "tags", postgresql_using="gin"),
        never_negative("popularity", "review_count"),
        CheckConstraint("average_rating BETWEEN 1 AND 5", name="average_rating"),
        CheckConstraint("array_length(rating_histogram, 1) = 5", name="rating_histogram"),
    )

    id: UUID = primary_key()
    slug: str = Field(unique=True)
    title: str
    description: str | None = None
    brand_id: UUID | None = foreign_key("brand.id", on_delete="SET NULL", default=None)
    category_id: UUID | None = foreign_key("category.id", on_delete="SET NULL", default=None)
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    translations: dict[str, dict[str, str]] | None = Field(default=None, sa_type=JSONB)
    """`title` and `description` by language, for the languages other than that of the columns."""
    base_code: str | None = None
    """The manufacturer's code of the product, which its variants share."""
    fit_information: str | None = None
    suitable_body_types: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    availability: Availability = enum_column(Availability, Availability.UNKNOWN)
    """The best one of its variants. A trigger on `listing` writes it."""
    popularity: int = counter()
    average_rating: float | None = None
    review_count: int = counter()
    rating_histogram: list[int] = Field(
        default_factory=lambda: [0] * 5, sa_type=ARRAY(Integer), sa_column_kwargs={"server_default": "{0,0,0,0,0}"}
    )
    """How many reviews gave one star, two stars, and so on."""
    created_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)


class ProductVariant(Table, table=True):
    """A product in one color and size, with its own SKU."""

    __tablename__ = "product_variant"
    __table_args__: Any = (
        Index("product_variant_product_idx", "product_id", "position", "id"),
        Index("product_variant_color_idx", text("lower(color_primary)"), "product_id"),
        Index("product_variant_second_color_idx", text("lower(color_secondary)"), "product_id"),
        Index("product_variant_size_idx", "size_label", "product_id"),
        CheckConstraint("inventory >= 0", name="inventory"),
    )

    id: UUID = primary_key()
    product_id: UUID = foreign_key("product.id")
    sku: str = Field(unique=True)
    color_primary: str | None = None
    color_secondary: str | None = None
    size_label: str | None = None
    size_system: str | None = None
    availability: Availability = enum_column(Availability, Availability.UNKNOWN)
    """The best one of its listings. A trigger on `listing` writes it."""
    inventory: int | None = None
    position: int = 0
    created_at: datetime = timestamp(now=True)


class Attribute(Table, table=True):
    """A property that variants can have, for example the fabric."""

    __tablename__ = "attribute"

    id: UUID = primary_key()
    name: str = Field(unique=True)
    display_name: str
    translations: dict[str, dict[str, str]] | None = Field(default=None, sa_type=JSONB)
    """`display_name` by language."""


class AttributeValue(Table, table=True):
    """The value of an attribute of a variant."""

    __tablename__ = "attribute_value"
    __table_args__: Any = (
        UniqueConstraint("variant_id", "attribute_id", "value"),
        Index("attribute_value_value_idx", "attribute_id", "value", "variant_id"),
    )

    id: UUID = primary_key()
    variant_id: UUID = foreign_key("product_variant.id")
    attribute_id: UUID = foreign_key("attribute.id", index=True)
    value: str


class Image(Table, table=True):
    """An image of a product, or of one of its variants."""

    __tablename__ = "image"
    __table_args__: Any = (
        Index("image_product_idx", "product_id", "position", "id"),
        Index("image_variant_idx", "variant_id", "position", "id"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: UUID = primary_key()
    product_id: UUID = foreign_key("product.id")
    variant_id: UUID | None = foreign_key("product_variant.id", default=None)
    url: str
    """May contain `{width}`, which stands for one of the widths that the image server offers."""
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    dominant_color: str | None = None
    is_primary: bool = False
    position: int = 0
