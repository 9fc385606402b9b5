"""Images of products and variants."""

import strawberry

from execution.field_metadata import costs
from inputs.scalars import URL
from resolvers import images as resolved
from schema.caching import DESCRIBING
from schema.fields import field


@DESCRIBING
@costs(0)
@strawberry.type(description="An image of a product or of a variant.")
class Image:
    """Its source is a row of the table."""

    url: URL = field(
        "The address of the image. Some images come in several widths: ask for the one that you need by `maxWidth`.",
        resolver=resolved.url,
    )
    alt_text: str | None = field(
        "A text that describes the image, for people who cannot see it. Null if there is none."
    )
    width: int | None = field(
        "The width of the original in pixels, for the ratio of width to height. Null if it is not known."
    )
    height: int | None = field("The height of the original in pixels. Null if it is not known.")
    dominant_color: str | None = field(
        "The main color as `#rrggbb`, to show until the image has loaded. Null if it is not known."
    )
    is_primary: bool = field("Whether this is the image to show first.")
