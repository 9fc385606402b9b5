"""Pages of products, by filters and in an order: all products, or those of a brand, a category or a store."""

from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from auth.viewer import ViewerKind
from loaders.page_statements import ONLY_PARENT, Branch
from loaders.pages import ConnectionLoader, Filters
from loaders.product_filters import (
    AT_LEAST,
    AT_MOST,
    ATTRIBUTE,
    BOUND,
    FILTERS,
    MAXIMUM,
    MINIMUM,
    complete,
    conditions,
    in_bounds,
    simpler,
)
from loaders.product_search import ORDER, ranked
from loaders.products import PRODUCT, product
from models.columns import columns
from models.prices import ProductPrice

price = columns(ProductPrice)

ONE, ZERO = literal_column("1", Integer), literal_column("0", Integer)
BOUNDS = ("listing_currency", MINIMUM, MAXIMUM), ("bound_currency", AT_LEAST, AT_MOST)


class Products(ConnectionLoader):
    """All products, the newest first, narrowed by filters."""

    graphql_type = "Product"
    decisive_filters = FILTERS.union(ATTRIBUTE)
    filters_in_cursors = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": product.created_at, "id": product.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the parent, and by the filters that are given."""
        return select(*PRODUCT).where(*cls.belongs(parent), *conditions(given, cls.store(parent)))

    @classmethod
    def belongs(cls, parent: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
        """Whether a product is one of a parent's."""
        return []

    @classmethod
    def store(cls, parent: ColumnElement[UUID]) -> ColumnElement[UUID] | None:
        """The store whose listings are looked at, if they are not those of all stores."""
        return None

    @classmethod
    def parameters(cls, filters: Filters) -> dict[str, Any]:
        """Those of whole groups of filters, so that there are few statements."""
        known = complete(simpler(dict(filters), has_store=cls.store(ONLY_PARENT) is not None))
        if not issubclass(cls, _Priced):
            known.pop("currency", None)
        return known


class ProductsOfBrand(Products):
    """A brand's products."""

    @classmethod
    def belongs(cls, parent: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
        return [product.brand_id == parent]


class ProductsOfCategory(Products):
    """The products of a category and of all below it."""

    custom_plan = True  # few products are sorted, of many the index of the order is read
    sorts_all = True  # the planner takes every tree of an unknown category for ten categories

    @classmethod
    def belongs(cls, parent: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
        tree: Any = func.category_tree(parent, type_=ARRAY(Uuid))
        if parent is not ONLY_PARENT:  # not for each product; without the cast, ANY would take it for a set of rows
            tree = cast(select(tree).scalar_subquery(), ARRAY(Uuid))
        return [product.category_id == any_(tree)]


class ProductsOfStore(Products):
    """The products that a store sells. The listing that meets the filters must be one of this store."""

    custom_plan = True

    @classmethod
    def store(cls, parent: ColumnElement[UUID]) -> ColumnElement[UUID] | None:
        return parent


class RankedProducts(Products):
    """Products that match a text, the best match first. At most 10,000 are ranked."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = ORDER

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        return [ranked(cls.select(viewer, parent, given - {"search"}))]


class PopularProducts(Products):
    """The most popular products first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"popularity": product.popularity, "id": product.id}


class _TwoParts(ConnectionLoader):
    """Products that have what they are sorted by, then those that have not, by id. The first value tells which."""

    @classmethod
    def branch_of(cls, position: tuple[Any, ...]) -> int:
        return 1 if bool(position[0]) is not cls.ascending else 2


class RatedProducts(_TwoParts, Products):
    """Products, the best rating first; of equal ones, that of more reviews."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "is_rated": ONE, "rating": literal_column("rating", Float), "reviews": product.review_count, "id": product.id,
    }  # fmt: skip

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        rows, rating, reviews = cls.select(viewer, parent, given), product.average_rating, product.review_count
        rated = rows.where(rating.is_not(None)).add_columns(
            ONE.label("is_rated"), rating.label("rating"), reviews.label("reviews")
        )
        unrated = rows.where(rating.is_(None)).add_columns(
            ZERO.label("is_rated"), literal_column("0::float8", Float).label("rating"), ZERO.label("reviews")
        )
        return [
            Branch(rated, {"rating": rating, "reviews": reviews, "id": product.id}),
            Branch(unrated, {"id": product.id}),
        ]


class _Priced(_TwoParts):
    """By a column of the prices in one currency."""

    custom_plan = True  # the planner must know the size of the page, and how many products have a price in the currency
    sorted_by: ClassVar[Any] = price.price_minor

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        rows, flag, value = cls.select(viewer, parent, given.difference(BOUND)), *list(cls.order)[:2]
        mine = (price.product_id == product.id) & (price.currency == bindparam("currency", type_=Text))
        first, second = (ZERO, ONE) if cls.ascending else (ONE, ZERO)
        none = literal_column("0", cls.order[value].type)
        with_price = rows.join(ProductPrice, mine).add_columns(first.label(flag), cls.sorted_by.label(value))
        without = rows.where(~select(ONE).select_from(ProductPrice).where(mine).exists())
        for currency, minimum, maximum in BOUNDS:
            if currency in given:
                other = bindparam(currency, type_=Text).is_distinct_from(bindparam("currency", type_=Text))
                bounds = in_bounds(price.lowest_minor, price.highest_minor, minimum, maximum)
                with_price = with_price.where(or_(other, and_(*bounds)))
                # what has a listing in between has a price
                without = without.where(or_(other, and_(minimum.is_(None), maximum.is_(None))))
        return [
            Branch(with_price, {value: cls.sorted_by, "id": price.product_id}),
            Branch(without.add_columns(second.label(flag), none.label(value)), {"id": product.id}),
        ]


class CheapestProducts(_Priced, Products):
    """Products, the lowest price first."""

    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "has_no_price": ONE, "price": literal_column("price", BigInteger), "id": product.id,
    }  # fmt: skip


class DearestProducts(_Priced, Products):
    """Products, the highest price first."""

    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "has_price": ONE, "price": literal_column("price", BigInteger), "id": product.id,
    }  # fmt: skip


class DiscountedProducts(_Priced, Products):
    """Products, the highest discount first."""

    sorted_by = price.discount
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "has_price": ONE, "discount": literal_column("discount", Integer), "id": product.id,
    }  # fmt: skip


SORTS: dict[str, type[Products]] = {
    "RANK": RankedProducts, "PRICE_ASC": CheapestProducts, "PRICE_DESC": DearestProducts, "RATING": RatedProducts,
    "POPULARITY": PopularProducts, "DISCOUNT": DiscountedProducts,
}  # fmt: skip


def sorted_pages(pages: type[Products], sort: str) -> type[Products]:
    """Give the loader of the same rows in another order; `NEWEST` is that of the loader itself."""
    if sort == "NEWEST":
        return pages
    rows: Any = pages
    return SORTS[sort] if pages is Products else _combined(rows, sort)


@cache
def _combined(pages: Any, sort: str) -> type[Products]:
    # Only if the planner knows the size of the page can it tell when to read the index of the order until it is full.
    options = {"__doc__": SORTS[sort].__doc__, "__module__": __name__, "custom_plan": True}
    return type(f"{pages.__name__}{sort.title().replace('_', '')}", (SORTS[sort], pages), options)
