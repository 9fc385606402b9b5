"""The addresses of images."""

from typing import Any

import strawberry

import errors
from context import Info
from execution.field_metadata import reads
from inputs.arguments import MaxWidth
from models.images import sized_url


@reads("url", "width")
def url(root: strawberry.Parent[Any], info: Info, max_width: MaxWidth = None) -> str:
    """The address of an image, in the width that fits. The server's own images have none of their own host."""
    if max_width is not None and max_width < 1:
        raise errors.BadInput(f"`maxWidth` must be at least 1, not {max_width}.", reason="bad_width")
    address = sized_url(root["url"], root["width"], max_width)
    return info.context.base_url + address if address.startswith("/") else address
