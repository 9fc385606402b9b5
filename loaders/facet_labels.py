"""The labels of the values of facets."""

from typing import Any

import sqlalchemy as sa

from database.statements import InLanguage
from loaders.categories import brand, category
from loaders.facet_rows import number
from loaders.stores import source, store
from loaders.translations import translation
from models.categories import Brand, Category
from models.facets import FacetKind
from models.stores import Source, Store


def labelled(found: Any) -> sa.Select[Any]:
    """Read the labels of the values that are left, of categories in the language of the request."""

    def of(kind: FacetKind) -> Any:
        return sa.case((found.c.kind == number(kind), sa.cast(found.c.value, sa.Uuid)))

    name = category_label(category.name)
    label = sa.func.coalesce(brand.name, store.name, source.name, name, found.c.value)
    joined = found.outerjoin(Brand, brand.id == of(FacetKind.BRAND)).outerjoin(Store, store.id == of(FacetKind.STORE))
    joined = joined.outerjoin(Source, source.id == of(FacetKind.SOURCE))
    is_category = found.c.kind == number(FacetKind.CATEGORY)
    joined = joined.outerjoin(Category, sa.and_(is_category, category.slug == found.c.value))
    return sa.select(found.c.name, found.c.value, label.label("label"), found.c.count, found.c.is_estimate).select_from(
        joined
    )


def category_label(own: sa.ColumnElement[str]) -> Any:
    """The name of a category in the language of the request, or else this one."""
    return InLanguage(own, sa.func.coalesce(translation(category, "name"), own), nullable=False)
