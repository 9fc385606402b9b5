"""Fields with a list of which clients choose the length by `first`: images, variants, listings."""

from typing import Annotated, Any

from strawberry import argument

from context import Context
from loaders.short_lists import ShortListLoader
from resolvers import pages
from schema.fields import opening


def short_list(loader: type[ShortListLoader], key: str, description: str) -> Any:
    """Make a field that returns the first rows of a list that belongs to the parent."""
    about = f"How many items to return: {loader.default_page_size} by default, at most {loader.max_page_size}."
    First = Annotated[int | None, argument(description=about)]  # noqa: N806 - a type

    def open_(context: Context, first: First = loader.default_page_size) -> ShortListLoader:
        return pages.open_list(context, loader, first)

    return opening(open_, key, description, pages_of=loader)
