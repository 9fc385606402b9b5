"""What facets are counted from: the values that each product has, and the counts over all products, which a timer keeps."""

from enum import IntEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Identity, Index, Integer, Uuid
from sqlalchemy.dialects.postgresql import BIT
from sqlmodel import Field

from models.columns import Table, foreign_key

KIND_BITS = 4


class FacetKind(IntEnum):
    """What a value is one of. The lowest four bits of a code tell it."""

    BRAND = 0
    CATEGORY = 1
    COLOR = 2
    SIZE = 3
    ATTRIBUTE = 4
    VARIANT_AVAILABILITY = 5
    STORE = 6
    SOURCE = 7
    LISTING_AVAILABILITY = 8
    CURRENCY = 9


class FacetCode(Table, table=True):
    """A number for a value. A value may have two from before a lock kept transactions from it: a product has one of them.

    Rows are only ever added. They are as many as there are brands, categories, stores, sources, colors, sizes and values
    of attributes.
    """

    __tablename__ = "facet_code"
    __table_args__: Any = (Index("facet_code_value_idx", "kind", "value", "attribute_id"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: int
    attribute_id: UUID | None = None
    """Of which attribute, if it is a value of one."""
    value: str
    """A text, or the id of a row."""


class ProductFacets(Table, table=True):
    """What a product has, to be counted and filtered without its variants and listings. Triggers keep it.

    The product's active listings, and its variants without any, are numbered by price, those without a price last. A bit
    string has a bit for each of them.
    """

    __tablename__ = "product_facets"
    __table_args__: Any = (
        Index("product_facets_codes_idx", "codes", postgresql_using="gin"),
        Index("product_facets_brand_idx", "brand"),
        Index("product_facets_category_idx", "category"),
    )

    product_id: UUID = foreign_key("product.id", primary_key=True)
    brand: int | None = None
    """The code of the brand, which `codes` has too."""
    category: int | None = None
    all_bits: Any = Field(sa_type=BIT(varying=True))
    """All bits set."""
    codes: list[int] = Field(sa_type=ARRAY(Integer))
    """The values that the product has."""
    bits: Any = Field(sa_type=ARRAY(BIT(varying=True)))
    """Which listings have the value at the same place of `codes`."""
    prices: list[int] = Field(sa_type=ARRAY(BigInteger))
    """The prices, ascending, so that those up to a price are the first bits. Each is in the currency of its listing."""
    discounts: list[int] = Field(sa_type=ARRAY(Integer))
    """The discounts that there are, ascending."""
    discount_bits: Any = Field(sa_type=ARRAY(BIT(varying=True)))
    """Which listings have the discount at the same place of `discounts`, or a higher one."""


class FacetChange(Table, table=True):
    """The products that a statement has changed, until its transaction is committed: then they are all read again at once.

    Rows are never seen by another transaction.
    """

    __tablename__ = "facet_change"
    __table_args__: Any = ({"prefixes": ["UNLOGGED"]},)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    products: list[UUID] = Field(sa_type=ARRAY(Uuid))


class FacetCount(Table, table=True):
    """How many products have a value of a facet."""

    __tablename__ = "facet_count"

    name: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    label: str
    count: int
