"""The products that facets are counted from, as SQL: which of their listings meet the conditions of each pass."""

from functools import reduce
from typing import Any, NamedTuple

import sqlalchemy as sa

from loaders import facet_rows
from loaders import product_filters as filters
from loaders.facet_passes import Pass, all_of
from loaders.facet_rows import BITS, Condition, number, row
from loaders.products import product
from models.facets import ProductFacets
from models.products import Product

OF_OWN_FACET = "brands", "category"
"""The filters on products that a facet leaves out."""


class OfProduct(NamedTuple):
    """A condition on the brand or the category of a product, as a row of `product`, and as one of `product_facets`."""

    product: Any
    facets: Any


class FacetProducts:
    """The products of a list, for all passes."""

    def __init__(
        self, belongs: list[OfProduct], active: frozenset[str], passes: list[Pass], conditions: dict[str, Condition]
    ) -> None:
        self.passes, self.conditions, self.belongs = passes, conditions, belongs
        of_product = active & facet_rows.OF_PRODUCT
        self.own = {
            name: OfProduct(next(iter(filters.of_product(of_product, active - {name}))), facet_rows.of_own(name))
            for name in OF_OWN_FACET
            if name in active
        }
        others = of_product - self.own.keys()
        self.common = filters.of_product(others, facet_rows.OF_PRODUCT - others)
        self.has_attributes = any(one.is_of_attributes for one in passes)

    def kept(self, one: Pass) -> list[OfProduct]:
        """The conditions on brands and categories that a pass has."""
        return [*self.belongs, *self.kept_own(one)]

    def kept_own(self, one: Pass) -> list[OfProduct]:
        """Those of them that another pass leaves out."""
        return [met for name, met in self.own.items() if name not in one.without]

    def narrow(self, one: Pass, *, is_alone: bool) -> list[Any]:
        """What a product must have, so that some of its listings meet the conditions of a pass.

        Nearly all products have what is not selective: to ask for it costs more than it saves, if there is anything else.
        """
        conditions = [self.conditions[name] for name in one.conditions]
        some = [condition.narrow for condition in conditions if condition.is_selective]
        some = some or [condition.narrow for condition in conditions if is_alone]
        return [*some, sa.func.bit_count(_all_bits([one.met for one in conditions])) > number(0)] if conditions else []

    def ids(self, chosen: dict[Pass, Any]) -> list[sa.Select[Any]]:
        """Select the products that may meet the conditions of one of the chosen passes, and their brands and categories do.

        Passes over the same brands and categories are one read. Those over all of them are one each, by their own indexes.
        """
        found: list[sa.Select[Any]] = []
        groups: dict[frozenset[str], list[Pass]] = {}
        for one in chosen:
            groups.setdefault(one.without.intersection(self.own), []).append(one)
        for group in groups.values():
            kept = self.kept(group[0])
            arms = [(one, self.narrow(one, is_alone=not kept and not self.common)) for one in group]
            for some in [arms] if kept or self.common else [[arm] for arm in arms]:
                if any(narrow for _, narrow in some):
                    flags = [met.facets.label(name) for name, met in self.own.items()]
                    rows: Any = sa.select(row.product_id.label("id"), *flags).where(*(one.facets for one in kept))
                    if self.common:
                        rows = rows.select_from(sa.join(ProductFacets, Product, product.id == row.product_id))
                    else:
                        rows = rows.select_from(ProductFacets)
                else:
                    flags = [met.product.label(name) for name, met in self.own.items()]
                    rows = sa.select(product.id, *flags).select_from(Product).where(*(one.product for one in kept))
                any_of = sa.or_(*(sa.and_(chosen[one], *narrow) for one, narrow in some))
                any_chosen = sa.or_(*(chosen[one] for one, _ in some))
                found.append(rows.where(*self.common, any_of, any_chosen))
        return found

    def direct(self, one: Pass, key: Any, is_chosen: Any) -> sa.Select[Any]:
        """Count the products with each brand, or each category, without their facets."""
        found = sa.select(key.label("id"), sa.func.count().label("count")).select_from(Product)
        return found.where(
            *self.common, *(met.product for met in self.kept(one)), key.is_not(None), is_chosen
        ).group_by(key)

    def of(self, lot: Any, chosen: dict[Pass, Any] | None = None) -> Any:
        """Read products by their ids, or all; for each pass, `m` and its number say which of the listings meet it.

        With `chosen`, the products were not chosen by any condition, and only those are read that some of these passes
        may count. OFFSET keeps it a question for one product at a time, which is answered by indexes, and what is found
        for a product is then computed once.
        """
        met = [one.met.label(f"c_{name}") for name, one in self.conditions.items()]
        facets: Any = sa.select(row.codes, row.bits, row.all_bits, *met)
        if self.has_attributes:
            facets = facets.add_columns(facet_rows.other_wanted().label("others"))
        if lot is None:
            source = read = facets.offset(number(0)).subquery("read")
            flags = read.c
        else:
            facets, source = facets.where(row.product_id == lot.c.id), lot
            if chosen is not None:
                facets = facets.add_columns(*(one.facets.label(name) for name, one in self.own.items()))
                any_own = (
                    sa.and_(is_chosen, *(met.facets for met in self.kept_own(one))) for one, is_chosen in chosen.items()
                )
                facets = facets.where(*(one.facets for one in self.belongs), sa.or_(*any_own))
                if self.common:
                    its = sa.select(product.id).where(product.id == lot.c.id, *self.common)
                    source = source.join(its.offset(number(0)).lateral("its"), sa.true())
            read = facets.offset(number(0)).lateral("read")
            source = source.join(read, sa.true())
            flags = lot.c if chosen is None else read.c
        columns: list[Any] = [read.c.codes, read.c.bits]
        if self.has_attributes:
            columns.append(read.c.others)
        for one in self.passes:
            own = [flags[name] for name in self.own if name not in one.without]
            mask: Any = all_of(own)
            if one.is_conditional:
                bits = [read.c[f"c_{name}"] for name in one.conditions] or [read.c.all_bits]
                mask = _all_bits(bits)
                mask = sa.case((all_of(own), mask)) if own else mask
            columns.append(mask.label(f"m{one.number}"))
        return sa.select(*columns).select_from(source).offset(number(0)).subquery("products")

    def meets(self, rows: Any, one: Pass) -> Any:
        """Whether a product meets the conditions of a pass."""
        mask = rows.c[f"m{one.number}"]
        return sa.func.bit_count(mask) > number(0) if one.is_conditional else mask

    def has(self, each: Any, one: Pass) -> Any:
        """Whether listings with a value meet the conditions of a pass."""
        mask = each.c[f"m{one.number}"]
        return sa.func.bit_count(each.c.bit.op("&")(mask)) > number(0) if one.is_conditional else mask


def _all_bits(bits: list[Any]) -> Any:
    """Join bit strings by AND."""
    return sa.type_coerce(reduce(lambda left, right: left.op("&")(right), bits), BITS)
