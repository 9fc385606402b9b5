"""Over which conditions each facet is counted.

A facet leaves out the filter that asks for its own values. Facets that leave out the same are a pass.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from loaders import facet_rows
from loaders.facet_rows import Condition
from loaders.product_filters import LISTING
from models.facets import FacetKind

OWN = {
    FacetKind.BRAND: "brands", FacetKind.CATEGORY: "category", FacetKind.COLOR: "colors", FacetKind.SIZE: "sizes",
    FacetKind.STORE: "stores", FacetKind.SOURCE: "sources", FacetKind.VARIANT_AVAILABILITY: "variant_availability",
    FacetKind.LISTING_AVAILABILITY: "listing_availability",
}  # fmt: skip
"""The filter that asks for values of a kind."""
PRICES = frozenset({"minimum", "maximum"})
PRICE, STORE, AVAILABILITY_OF_LISTING = "price", "store", "availability_of_listing"
ATTRIBUTES = frozenset({"attributes"})


@dataclass(frozen=True, eq=False)
class Pass:
    """Facets that are counted over the same conditions."""

    number: int
    kinds: tuple[FacetKind, ...]
    without: frozenset[str]
    """The filters that it leaves out."""
    conditions: tuple[str, ...]
    """Those on variants and listings, by name."""
    is_of_attributes: bool = False
    """Whether it counts the attributes that the filter names, each without what it asks of this one."""

    @property
    def is_conditional(self) -> bool:
        """Whether it looks at variants or listings."""
        return bool(self.conditions) or self.is_of_attributes

    @property
    def has_one_value(self) -> bool:
        """Whether it only counts values that products have themselves, and of which each has one."""
        return not self.is_conditional and self.kinds in ((FacetKind.BRAND,), (FacetKind.CATEGORY,))

    def contains(self, other: "Pass") -> bool:
        """Whether all products of another pass meet the conditions of this one."""
        fewer, more = (set(self.conditions), -len(self.without)), (set(other.conditions), -len(other.without))
        return fewer[0] <= more[0] and self.without >= other.without and fewer != more


def find_passes(active: frozenset[str], *, has_store: bool) -> list[Pass]:
    """The passes for a set of filters. The first one leaves out nothing."""
    of_listings = has_store or not active.isdisjoint(LISTING) or "currency" in active
    shown = FacetKind.LISTING_AVAILABILITY if of_listings else FacetKind.VARIANT_AVAILABILITY
    found: dict[tuple[frozenset[str], bool], list[FacetKind]] = {(frozenset(), False): [FacetKind.ATTRIBUTE]}
    for kind in (
        FacetKind.BRAND, FacetKind.CATEGORY, FacetKind.COLOR, FacetKind.SIZE, shown, FacetKind.STORE, FacetKind.SOURCE,
    ):  # fmt: skip
        without = {OWN[kind]}
        by_listing = kind in (FacetKind.STORE, FacetKind.SOURCE)
        if by_listing:  # a condition on the availability looks at the listing as soon as another condition does
            without.add("variant_availability")
        by_listing = by_listing and "variant_availability" in active
        if kind in (FacetKind.STORE, FacetKind.SOURCE, FacetKind.LISTING_AVAILABILITY):
            by_listing = by_listing or ("currency" in active and "listing_currency" not in active)
        found.setdefault((frozenset(without) & active, by_listing), []).append(kind)
    made = [
        Pass(number, tuple(kinds), without, _conditions(active, without, has_store=has_store, by_listing=by_listing))
        for number, ((without, by_listing), kinds) in enumerate(found.items())
    ]
    if active >= ATTRIBUTES:
        conditions = _conditions(active, ATTRIBUTES, has_store=has_store, by_listing=False)
        made.append(Pass(len(made), (), ATTRIBUTES, conditions, is_of_attributes=True))
    return made


def _conditions(
    active: frozenset[str], without: frozenset[str], *, has_store: bool, by_listing: bool
) -> tuple[str, ...]:
    found = [] if active.isdisjoint(PRICES) else [PRICE]
    found += sorted(active - facet_rows.OF_PRODUCT - PRICES - without - {"currency"})
    if has_store:
        found.append(STORE)
    if by_listing and "variant_availability" in active:
        found.append(AVAILABILITY_OF_LISTING)
    if by_listing and "currency" in active:
        found.append("currency")
    return tuple(found)


def condition(name: str, active: frozenset[str], store: Any) -> Condition:
    """A condition by its name; `store` are the codes of that of the list."""
    if name == PRICE:
        return facet_rows.priced(active)
    if name == STORE:
        return facet_rows.having(store)
    if name == AVAILABILITY_OF_LISTING:
        return facet_rows.of_filter("variant_availability", FacetKind.LISTING_AVAILABILITY)
    return facet_rows.of_filter(name)


def all_of(conditions: list[Any]) -> sa.ColumnElement[bool]:
    """Whether all conditions are met; there may be none."""
    return sa.and_(sa.true(), *conditions)
