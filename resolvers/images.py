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
    """The address of an image, in the width that fits."""
    if max_width is not None and max_width < 1:
        raise errors.BadInput(f"`maxWidth` must be at least 1, not {max_width}.", reason="bad_width")
    return _absolute(info, sized_url(root["url"], root["width"], max_width))


@reads("logo_url")
def logo_url(root: strawberry.Parent[Any], info: Info) -> str | None:
    """The address of the logo of a brand."""
    address: str | None = root["logo_url"]
    return None if address is None else _absolute(info, address)


def _absolute(info: Info, address: str) -> str:
    """Put the address of this server before that of an image of its own."""
    return info.context.base_url + address if address.startswith("/") else address
