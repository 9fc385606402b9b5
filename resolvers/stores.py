"""Stores."""

from typing import Any

import strawberry

from context import Info
from execution.field_metadata import reads
from inputs.arguments import Id, Search, Slug
from inputs.pages import PageArguments
from loaders.batches import Lookup
from loaders.follows import StoreFollowedByViewer
from loaders.pages import NO_PARENT
from loaders.stores import StoreBySlug, Stores
from models.text_direction import remove_marks
from resolvers import nodes, pages


@reads("id")
async def viewer_follows(root: strawberry.Parent[Any], info: Info) -> bool:
    """Tell whether the viewer follows a store; an anonymous viewer does not."""
    if info.context.viewer.id is None:
        return False
    return await info.context.loader(StoreFollowedByViewer).load(root["id"]) is not None


def by_id(info: Info, id: Id) -> Lookup:
    """Find a store by global id."""
    return nodes.of_type(info.context, "Store", id)


def by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a store by slug."""
    return info.context.loader(StoreBySlug), slug


def listed(info: Info, page: PageArguments, search: Search = None) -> Lookup:
    """List stores by name."""
    text = remove_marks(search or "").strip()
    filters = (("search", text),) if text else ()
    return pages.open_page(info.context, Stores, *page, filters), NO_PARENT
