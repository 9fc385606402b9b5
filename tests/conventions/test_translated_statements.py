"""Statements that read translations give the same rows as in the language of the columns, but for the texts."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.viewer import Viewer, ViewerKind
from database.engine import Database
from loaders.page_statements import page_statement
from loaders.pages import ConnectionLoader, PageRequest
from tests.architecture.every_loader import BATCHES, CONNECTIONS, needed, takes_text
from tests.conventions.pools import Pools, drawn
from tests.conventions.test_many_and_alone import plain, rows_of, some

ARABIC = re.compile("[\u0621-\u064a]")
TEXTS = {"title", "description", "name", "display_name", "language"}
PAGE = PageRequest(5)


def _first_page(loader: type[ConnectionLoader]) -> Any:
    return page_statement(loader, ViewerKind.ANONYMOUS, frozenset(), 0, 0, False)


TRANSLATED = [
    *(loader for loader in BATCHES if loader.statement(ViewerKind.ANONYMOUS).translated),
    *(loader for loader in CONNECTIONS if _first_page(loader).translated),
]


@pytest.fixture(scope="module")
async def pools(loaded_url: str) -> AsyncIterator[Pools]:
    database = await Database.connect(loaded_url, size=2, statement=60, lock=2, wait=5)
    yield await drawn(loaded_url, database)
    await database.close()


async def found(pools: Pools, loader: Any, language: str | None, keys: list[Any]) -> dict[Any, Any]:
    reads = pools.database.reads()
    reads.always, reads.language = {"viewer": None, "currency": "AED"}, language
    given: tuple[Any, ...] = ()
    if issubclass(loader, ConnectionLoader):
        filters = needed(loader, ViewerKind.ANONYMOUS)
        values = {name: pools.values.get((loader.graphql_type, name), value) for name, value in filters.items()}
        given = PAGE, tuple(values.items())
    try:
        rows = await loader(reads, Viewer(), *given).load_batch(keys)
    finally:
        await reads.release()
    assert reads.statements == 1
    return {key: plain(rows[key]) for key in keys}


def test_there_are_some() -> None:
    names = {loader.__name__ for loader in TRANSLATED}
    assert names > {"ProductById", "CategoryById", "AncestorsByCategory", "AttributesByVariant", "ProductsOfBrand"}


@pytest.mark.parametrize("loader", TRANSLATED, ids=lambda loader: loader.__name__)
async def test_only_texts_differ(loader: Any, pools: Pools) -> None:
    most = 0
    is_text = not issubclass(loader, ConnectionLoader) and takes_text(loader)
    for pool in filter(None, pools.texts if is_text else pools.ids):
        keys = some(pool, 12)
        english, arabic = await found(pools, loader, None, keys), await found(pools, loader, "ar", keys)
        for key in keys:
            assert (await found(pools, loader, "ar", [key]))[key] == arabic[key]
            rows = list(zip(rows_of(english[key]), rows_of(arabic[key]), strict=True))
            most += len(rows)
            for one, other in rows:
                assert one.keys() == other.keys()
                assert {name for name in one if one[name] != other[name]} <= TEXTS
                assert (one["language"], other["language"]) == ("en", "ar")
                assert ARABIC.search(str(other.get("title") or other.get("display_name") or other["name"]))
    assert most > 1
