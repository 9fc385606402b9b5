"""Filters and sort orders of products."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs import enums
from inputs.arguments import input_field
from inputs.scalars import CurrencyCode
from models.products import Availability

Sort = Annotated[enums.ProductSort | None, argument(description="The order of the products.")]


@strawberry.input(description="A condition on an attribute of a variant.")
class AttributeFilter:
    """One of several that must be met."""

    attribute: str = input_field("The name of the attribute, as in `AttributeValue.attribute`, for example `material`.")
    values: list[str] = input_field(
        "A variant must have one of these values, written as in `AttributeValue.value`. At most 100."
    )


@strawberry.input(
    description="Conditions for products. A product must meet all conditions that are set. `colors`, `sizes` and "
    "`attributes` must be met by one and the same variant; `storeIds`, `sourceIds`, `minPrice`, `maxPrice`, "
    "`minDiscount` and `availability` by one active listing of that variant. The values in a list are alternatives: at "
    "most 100, and an empty list matches nothing."
)
class ProductFilter:
    """Every condition is optional."""

    search: str | None = input_field(
        "Words in the title, the description, the tags, the colors, the sizes, the SKUs, or the names of brand and "
        "categories, in all languages of the product. A product must have all words, in any order and grammatical form: `dress` also "
        "finds `dresses`, and `عباية` also finds `العبايه`. Of the last word, the beginning is enough; a word that no "
        "product has stands for similar ones. There are no operators. At most 200 characters.",
        default=None,
    )
    brand_ids: list[ID] | None = input_field("The ids of brands. A product must be of one of them.", default=None)
    category_slug: str | None = input_field(
        "The slug of a category. A product must be in it, or in a category below it.", default=None
    )
    store_ids: list[ID] | None = input_field("The ids of stores. One of them must sell the product.", default=None)
    source_ids: list[ID] | None = input_field("The ids of sources. The product must be listed on one.", default=None)
    colors: list[str] | None = input_field(
        "Colors: the main or the second color of a variant must be one of them. Case does not matter.", default=None
    )
    sizes: list[str] | None = input_field(
        "Sizes, written as in `ProductVariant.sizeLabel`. A variant must have one of them.", default=None
    )
    min_price: Decimal | None = input_field("The lowest price of a listing, in units of the currency.", default=None)
    max_price: Decimal | None = input_field("The highest price of a listing, in units of the currency.", default=None)
    currency_code: CurrencyCode | None = input_field(
        "The currency of `minPrice` and `maxPrice`, and of the prices that products are sorted by. If it is set, the "
        "conditions on listings look only at listings in this currency. By default prices are in the shop's own currency. "
        "A code of ISO 4217; those of retired currencies are accepted, since listings from before may still have them.",
        default=None,
    )
    min_discount: int | None = input_field(
        "The lowest discount of a listing in whole percent, from 0 to 100. 0 is the same as no condition.", default=None
    )
    availability: list[Availability] | None = input_field(
        "The availability must be one of these. Where no other condition looks at listings, it is "
        "`ProductVariant.availability`, so UNKNOWN also finds variants without listings. Otherwise it is that of the "
        "listing which meets the other conditions.",
        default=None,
    )
    attributes: list[AttributeFilter] | None = input_field(
        "Conditions on attributes, which a variant must all meet. At most 20, and an empty list is no condition.",
        default=None,
    )
    tags: list[str] | None = input_field(
        "Tags, written as in `Product.tags`. A product must have one of them.", default=None
    )


Filter = Annotated[ProductFilter | None, argument(description="Return only products that meet these conditions.")]
