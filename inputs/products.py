"""Filters and sort orders of products."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs import enums
from inputs.arguments import input_field

Sort = Annotated[enums.ProductSort | None, argument(description="The order of the products.")]


@strawberry.input(description="Conditions for products. A product must meet all conditions that are set.")
class ProductFilter:
    """Every condition is optional."""

    search: str | None = input_field(
        "Words in the title, the description, the tags, the colors, the SKUs, or the names of brand and categories, in "
        "all languages of the product. A product must have all words, in any order and grammatical form: `dress` also "
        "finds `dresses`, and `عباية` also finds `العبايه`. Of the last word, the beginning is enough; a word that no "
        "product has stands for similar ones. There are no operators. At most 200 characters.",
        default=None,
    )
    brand_ids: list[ID] | None = input_field("The ids of brands. A product must be of one of them.", default=None)
    category_slug: str | None = input_field(
        "The slug of a category. A product must be in it, or in a category below it.", default=None
    )


Filter = Annotated[ProductFilter | None, argument(description="Return only products that meet these conditions.")]
