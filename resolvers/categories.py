"""Brands and categories."""

from context import Info
from inputs.arguments import Id, Slug
from inputs.pages import PageArguments
from loaders.batches import Lookup
from loaders.categories import BrandBySlug, Brands, CategoriesByParent, CategoryBySlug
from loaders.pages import NO_PARENT
from resolvers import nodes, pages


def brand_by_id(info: Info, id: Id) -> Lookup:
    """Find a brand by global id."""
    return nodes.of_type(info.context, "Brand", id)


def brand_by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a brand by slug."""
    return info.context.loader(BrandBySlug), slug


def brands(info: Info, page: PageArguments) -> Lookup:
    """List brands by name."""
    return pages.open_page(info.context, Brands, *page), NO_PARENT


def category_by_id(info: Info, id: Id) -> Lookup:
    """Find a category by global id."""
    return nodes.of_type(info.context, "Category", id)


def category_by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a category by slug."""
    return info.context.loader(CategoryBySlug), slug


def root_categories(info: Info) -> Lookup:
    """List the top-level categories."""
    return info.context.loader(CategoriesByParent), NO_PARENT
