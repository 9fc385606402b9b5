"""Lists of products: all of them, and those of a brand, a category or a store, by the same filters and orders."""

from collections.abc import Callable

from context import Context, Info
from inputs.enums import ProductSort
from inputs.pages import PageArguments
from inputs.products import Filter, Sort
from loaders.batches import Lookup
from loaders.pages import NO_PARENT, ConnectionLoader
from loaders.product_pages import Products, ProductsOfStore, sorted_pages
from resolvers import pages, product_filters


def listed(info: Info, page: PageArguments, filter: Filter = None, sort: Sort = ProductSort.RELEVANCE) -> Lookup:
    """List products by a filter, in an order."""
    return _open(info.context, Products, page, filter, sort), NO_PARENT


def of_parent(loader: type[Products]) -> Callable[..., ConnectionLoader]:
    """Make the function that opens such a list of a parent."""

    def open_(
        context: Context, page: PageArguments, filter: Filter = None, sort: Sort = ProductSort.RELEVANCE
    ) -> ConnectionLoader:
        return _open(context, loader, page, filter, sort)

    return open_


def _open(
    context: Context, loader: type[Products], page: PageArguments, filter: Filter, sort: Sort
) -> ConnectionLoader:
    own = context.resources.settings.shop.default_currency
    has_store = loader is ProductsOfStore
    filters = () if filter is None else product_filters.read(filter, own, has_store=has_store)
    order = sort or ProductSort.RELEVANCE
    if order is ProductSort.RELEVANCE:
        is_search = any(name == "search" for name, _ in filters)
        chosen = sorted_pages(loader, "RANK" if is_search else "NEWEST")
    else:
        chosen = sorted_pages(loader, order.value)
    return pages.open_page(context, chosen, *page, filters)
