"""Images of several widths, whose addresses contain `{width}`."""

WIDTHS = (160, 320, 640, 960, 1280, 1920)
"""The widths in pixels that image servers offer for `{width}`, if the image itself is as wide."""
PLACE_FOR_WIDTH = "{width}"


def offered_widths(own: int | None) -> tuple[int, ...]:
    """The widths that an image of `own` pixels is offered in: none is enlarged, but the smallest is always there."""
    return tuple(width for width in WIDTHS if own is None or width <= own) or WIDTHS[:1]


def sized_url(url: str, own: int | None, wanted: int | None) -> str:
    """Put a width into an address: the smallest that is offered and not below `wanted`, else the largest."""
    if PLACE_FOR_WIDTH not in url:
        return url
    offered = offered_widths(own)
    fits = (width for width in offered if wanted is not None and width >= wanted)
    return url.replace(PLACE_FOR_WIDTH, str(next(fits, offered[-1])))
