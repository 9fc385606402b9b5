"""Filters and orders of products."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs import enums
from inputs.arguments import input_field

Sort = Annotated[enums.ProductSort | None, argument(description="In which order.")]


@strawberry.input(description="Which products; each condition narrows the list.")
class ProductFilter:
    """P4, its first part."""

    search: str | None = input_field(
        "Words of the title, the brand's name, the tags or the description. A product must have all of them, in any "
        "form and order: `dress` finds `dresses`. No character is an operator. At most 200 characters.",
        default=None,
    )
    brand_ids: list[ID] | None = input_field("Of any of these brands.", default=None)
    category_slug: str | None = input_field("In this category or anywhere below it.", default=None)


Filter = Annotated[ProductFilter | None, argument(description="Which products; all if left out.")]
