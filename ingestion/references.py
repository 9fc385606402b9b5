"""What lines refer to by name: brands, categories, attributes, sources and stores. They are created when first named."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from uuid_utils.compat import uuid7

from ingestion.interference import Interfered
from ingestion.lines import Line, LineCategory, LineListing

KEYS = {"brand": "slug", "category": "slug", "attribute": "name", "source": "slug", "store": "slug"}
Ids = dict[str, UUID]
Values = dict[str, Any]


class PlacedCategory(NamedTuple):
    """A category, the slug of the one above it, and how many are above it."""

    category: LineCategory
    parent: str | None
    level: int


@dataclass
class References:
    """The ids of what a batch refers to: categories, sources and stores by slug, the others by name."""

    brands: Ids = field(default_factory=dict)
    categories: Ids = field(default_factory=dict)
    attributes: Ids = field(default_factory=dict)
    sources: Ids = field(default_factory=dict)
    stores: Ids = field(default_factory=dict)


def slug(name: str) -> str:
    """Make the slug of a brand out of its name; letters of all scripts are kept."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or name


async def resolve(connection: Any, lines: Sequence[Line]) -> References:
    """Find what lines refer to, and create what is not there, as the first line that names it says."""
    listings = [listing for line in lines for listing in line.listings or ()]
    made = References()
    names = dict.fromkeys(line.product.brand for line in lines if line.product.brand)
    brands = {name: slug(name) for name in names}
    brand_names = {key: name for name, key in reversed(brands.items())}
    by_slug = await _found(connection, "brand", brand_names, lambda key: {"name": brand_names[key]})
    made.brands = {name: by_slug[key] for name, key in brands.items()}
    made.categories = await _categories(connection, lines)
    attributes = {name for line in lines for name in line.attributes or ()}
    made.attributes = await _found(
        connection, "attribute", attributes, lambda name: {"display_name": _display_name(name)}
    )
    sources = {one.source.slug: one for one in reversed(listings)}
    made.sources = await _found(connection, "source", sources, lambda key: _source(sources[key]))
    stores = {one.store.slug: one for one in reversed(listings) if one.store}
    made.stores = await _found(connection, "store", stores, lambda key: _store(stores[key], made.sources))
    return made


def _display_name(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ")
    return words[0].upper() + words[1:]


def _source(listing: LineListing) -> Values:
    source, page = listing.source, urlsplit(listing.url)
    return {"name": source.name or source.slug, "base_url": source.base_url or f"{page.scheme}://{page.netloc}"}


def _store(listing: LineListing, sources: Ids) -> Values:
    store = listing.store
    assert store  # noqa: S101 - only listings with a store come here
    return {"name": store.name or store.slug, "source_id": sources[listing.source.slug]}


async def _categories(connection: Any, lines: Iterable[Line]) -> Ids:
    """Create categories after those that are above them."""
    first: dict[str, PlacedCategory] = {}
    for line in lines:
        parent = None
        for one in line.product.category or ():
            if one.slug not in first:
                first[one.slug] = PlacedCategory(one, parent, first[parent].level + 1 if parent else 0)
            parent = one.slug
    found: Ids = {}
    for level in range(max((one.level for one in first.values()), default=-1) + 1):
        slugs = [slug for slug, one in first.items() if one.level == level]
        found |= await _found(connection, "category", slugs, partial(_category, first, dict(found)))
    return found


def _category(first: dict[str, PlacedCategory], found: Ids, key: str) -> Values:
    category, parent, _ = first[key]
    texts = translations(category.translations)
    parent_id = found[parent] if parent else None
    return {"name": category.name, "translations": texts, "parent_id": parent_id, "position": 0}


def translations(texts: dict[str, Any] | None) -> str | None:
    """Write the texts in other languages as JSON, in the form of the column."""
    made = {tag: one.model_dump(exclude_none=True) for tag, one in sorted((texts or {}).items())}
    kept = {tag: one for tag, one in made.items() if one}
    return json.dumps(kept, ensure_ascii=False) if kept else None


async def _found(connection: Any, table: str, wanted: Collection[str], values: Callable[[str], Values]) -> Ids:
    """Give the ids of rows by their keys; those that are missing are inserted, in one order for all transactions."""
    if not wanted:
        return {}
    key = KEYS[table]
    known = f"SELECT {key}, id FROM {table} WHERE {key} = ANY ($1::text[])"  # noqa: S608 - names of ours
    ids: Ids = dict(await connection.fetch(known, [*wanted]))
    missing = {one: values(one) for one in sorted(set(wanted) - ids.keys())}
    if missing:
        columns = ["id", key, *next(iter(missing.values()))]
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
        await connection.executemany(insert, [(uuid7(), one, *given.values()) for one, given in missing.items()])
        ids |= dict(await connection.fetch(known, [*missing]))
        if len(ids) < len(set(wanted)):  # one that was there has been deleted since
            raise Interfered
    return ids
