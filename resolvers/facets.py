"""Facets of lists of products."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import strawberry

from context import Info
from execution.field_metadata import reads
from loaders.facets import FacetLoader, FacetValue
from loaders.pages import Page
from models import ids

NAMES = "brand", "category", "color", "size", "availability", "store", "source"
TYPES = {"brand": "Brand", "store": "Store", "source": "Source"}


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one name."""

    name: str
    values: list[FacetValue]

    @property
    def is_estimate(self) -> bool:
        """Whether products of a sample were counted."""
        return any(value.is_estimate for value in self.values)


@reads()
async def facets(root: strawberry.Parent[Page], info: Info) -> list[Facet]:
    """The facets of the whole list, whatever the page: those that all products have, then attributes by name."""
    found = await info.context.loader(FacetLoader, root.connection, root.filters).load(root.parent)
    return list(grouped(found))


def grouped(found: list[FacetValue]) -> Iterable[Facet]:
    """Make facets of values, with global ids for those that are rows."""
    values: dict[str, list[FacetValue]] = {name: [] for name in NAMES}
    for one in found:
        kind = TYPES.get(one.name)
        shown = one if kind is None else replace(one, value=ids.encode(kind, UUID(one.value)))
        values.setdefault(one.name, []).append(shown)
    return (Facet(name, of_name) for name, of_name in values.items())
