"""A line of an import: one variant with its product and its listings.

These models are the only place of the format. The JSON Schema in docs/import.schema.json and the inputs of
`ingestProducts` are made from them.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ingestion.text import (
    Code,
    Color,
    Currency,
    Language,
    Name,
    Observed,
    Price,
    Prose,
    Slug,
    Title,
    Url,
)
from models.listings import ListingState
from models.money import MAX_MINOR, exponent
from models.products import Availability

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Earlier than any observation: the time of a line without listings."""


class Record(BaseModel):
    """A part of a line. `graphql_name` is the name of its input type in the graph."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, hide_input_in_errors=True)
    graphql_name: ClassVar[str]


class ProductTranslation(Record):
    """The texts of a product in another language."""

    graphql_name = "IngestProductTranslationInput"
    title: Title | None = Field(None, description="The title in this language.")
    description: Prose | None = Field(None, description="The description in this language.")


class CategoryTranslation(Record):
    """The name of a category in another language."""

    graphql_name = "IngestCategoryTranslationInput"
    name: Name = Field(description="The name in this language.")


class LineCategory(Record):
    """A category on the path from the root of the tree. It is created if its slug is new, and never changed."""

    graphql_name = "IngestCategoryInput"
    slug: Slug = Field(description="The unique name in URLs, for example `women-shirts`.")
    name: Name = Field(description="The name, for example `Shirts`.")
    translations: dict[Language, CategoryTranslation] | None = Field(
        None, max_length=20, description="The name in other languages."
    )


class LineProduct(Record):
    """A product: what all its variants share. Fields that are left out are emptied."""

    graphql_name = "IngestProductDetailsInput"
    slug: Slug = Field(description="The unique name in URLs, for example `linen-shirt`. The product is found by it.")
    title: Title = Field(description="The title in the shop's default language.")
    description: Prose | None = Field(None, description="The description in the shop's default language.")
    translations: dict[Language, ProductTranslation] | None = Field(
        None, max_length=20, description="Title and description in other languages."
    )
    brand: Name | None = Field(
        None, description="The name of the brand. It is created if no brand has the slug that is made from this name."
    )
    category: list[LineCategory] | None = Field(
        None, max_length=10, description="The path to the product's category, from the root of the category tree."
    )
    tags: list[Name] | None = Field(None, max_length=50, description="Words that the product is found by.")
    base_code: Code | None = Field(None, description="The manufacturer's code, which the product's variants share.")
    fit_information: Prose | None = Field(None, description="How the product fits.")
    suitable_body_types: list[Name] | None = Field(
        None, max_length=20, description="The body types that the product suits, for example `hourglass`."
    )

    @model_validator(mode="after")
    def _check_category(self) -> Self:
        slugs = [one.slug for one in self.category or ()]
        if len(set(slugs)) < len(slugs):
            raise ValueError("A category cannot be below itself.")
        return self


class LineImage(Record):
    """An image of the variant."""

    graphql_name = "IngestImageInput"
    url: Url = Field(description="Where the image is. `{width}` in it stands for a width in pixels.")
    alt_text: Title | None = Field(None, description="What the image shows, for those who cannot see it.")
    width: int | None = Field(None, ge=1, le=100_000, description="The width of the original, in pixels.")
    height: int | None = Field(None, ge=1, le=100_000, description="The height of the original, in pixels.")
    dominant_color: Color | None = Field(None, description="The color to show while it loads, for example `#d8c3a0`.")
    is_primary: bool | None = Field(None, description="Whether this is the product's main image. If left out, false.")


class LineSource(Record):
    """A marketplace or shop system. It is created if its slug is new, and never changed."""

    graphql_name = "IngestSourceInput"
    slug: Slug = Field(description="The unique name, for example `souk`.")
    name: Name | None = Field(None, description="The name. If left out, the slug.")
    base_url: Url | None = Field(None, description="The address of its home page. If left out, that of the listing.")


class LineStore(Record):
    """A store. It is created if its slug is new, and never changed."""

    graphql_name = "IngestStoreInput"
    slug: Slug = Field(description="The unique name in URLs, for example `dune-and-sea`.")
    name: Name | None = Field(None, description="The name. If left out, the slug.")


class LineListing(Record):
    """What was observed at a source: price and availability of the variant at a store. Fields left out are emptied."""

    graphql_name = "IngestListingInput"
    source: LineSource = Field(description="The marketplace or shop system.")
    store: LineStore | None = Field(None, description="The store that sells. Null if the source itself does.")
    source_product_id: Code | None = Field(None, description="What the source calls the product, for example `B0123`.")
    url: Url = Field(description="The page where the variant can be bought.")
    price: Price | None = Field(
        None,
        description="The price, for example `129.00`, with at most as many decimals as the currency has. Null if it is not "
        "known.",
    )
    list_price: Price | None = Field(None, description="The price before discounts. Null if there is none.")
    currency: Currency = Field(description="The currency of both prices, for example `AED`. One that is in use today.")
    availability: Availability | None = Field(
        None, description="Whether the variant can be bought. If left out, UNKNOWN."
    )
    state: ListingState | None = Field(None, description="Whether the listing is still there. If left out, ACTIVE.")
    affiliate_network: Name | None = Field(None, description="The affiliate network that pays for sales.")
    affiliate_sku: Code | None = Field(None, description="What the affiliate network calls the variant.")
    affiliate_url: Url | None = Field(None, description="The link that the affiliate network counts.")
    observed_at: Observed = Field(
        description="When this was observed, with time zone; at most 5 minutes in the future. An observation that is not "
        "later than the one that is stored has no effect."
    )

    @model_validator(mode="after")
    def _check_prices(self) -> Self:
        decimals = exponent(self.currency)
        for name, price in (("price", self.price), ("listPrice", self.list_price)):
            minor = 0 if price is None else price.scaleb(decimals)
            if minor != int(minor):
                rule = f"has more than the {decimals} decimals of" if decimals else "has decimals, and"
                raise ValueError(f"`{name}` {rule} {self.currency}{'' if decimals else ' has none'}.")
            if minor > MAX_MINOR:
                most = Decimal(MAX_MINOR).scaleb(-decimals)
                raise ValueError(f"`{name}` is more than {most} {self.currency}, the highest that is stored.")
        return self

    def minor(self, price: Decimal) -> int:
        """Give one of the prices in minor units."""
        return int(price.scaleb(exponent(self.currency)))


class Line(Record):
    """A variant of a product, with its listings. Fields that are left out are emptied."""

    model_config = ConfigDict(title="Line of an import file")
    graphql_name = "IngestProductInput"
    sku: Code = Field(description="The stock keeping unit. The variant is found by it; case matters.")
    product: LineProduct = Field(description="The product that the variant belongs to.")
    color_primary: Name | None = Field(None, description="The main color, for example `white`.")
    color_secondary: Name | None = Field(None, description="The second color.")
    size_label: Name | None = Field(None, description="The size, for example `38` or `M`.")
    size_system: Name | None = Field(None, description="The system of the size, for example `EU`.")
    inventory: int | None = Field(None, ge=0, le=1_000_000_000, description="How many pieces are in stock.")
    attributes: dict[Code, Title] | None = Field(
        None, max_length=50, description="Properties of the variant, for example `material`: `linen`."
    )
    images: list[LineImage] | None = Field(None, max_length=20, description="The images of the variant, in order.")
    listings: list[LineListing] | None = Field(None, max_length=50, description="Where the variant is for sale.")

    @property
    def observed_at(self) -> datetime:
        """When the latest of the listings was observed."""
        return max((one.observed_at for one in self.listings or ()), default=NEVER)
