"""Rows that come with those that refer to them: the same answers by fewer statements."""

from typing import Any

import orjson
import pytest
from graphql import DocumentNode, parse

from database.reads import Reads
from loaders.batches import BatchLoader, StatementLoader
from loaders.products import PRODUCT, product
from tests.execution.demo_graph import NOBODY, Demo, fetched
from tests.execution.running import Answer, compiled, outcomes, reference

ITEMS = "viewer { wishlists(first: 3) { nodes { items(first: 4) { nodes { note variant { sku %s } } } } } }"
CASES = {
    "an edge": ("{ products(first: 20) { nodes { title brand { name } } } }", 1),
    "two edges, and one beyond": (
        "{ products(first: 20) { nodes { brand { name } category { name parent { name } } } } }",
        1,
    ),
    "no column": ("{ products(first: 20) { nodes { id brand { __typename } } } }", 1),
    "by edges": ("{ products(first: 20) { edges { cursor node { brand { id } } } } }", 1),
    "aliases with other fields": (
        "{ products(first: 5) { nodes { a: brand { name } b: brand { id slug } brand { logoUrl } } } }",
        1,
    ),
    "fragments, one of them on an interface": (
        (
            "{ products(first: 5) { nodes { ...A ...B } } } fragment A on Product { brand { name } } "
            "fragment B on Product { brand { slug ...C } } fragment C on Node { id }"
        ),
        1,
    ),
    "@skip and @include": (
        (
            "query ($yes: Boolean = true, $no: Boolean = false) { products(first: 5) { nodes { "
            "brand { name @include(if: $yes) slug @skip(if: $yes) } category @include(if: $no) { name } "
            "c: category @skip(if: $no) { name } } } }"
        ),
        1,
    ),
    "from a short list": ("{ products(first: 5) { nodes { variants(first: 2) { sku product { title } } } } }", 2),
    "a row beyond that is not there": (
        "{ products(first: 3) { nodes { variants(first: 2) { product { title brand { name } category { name } } } } } }",
        2,
    ),
    "rows that few others are": (
        "{ products(first: 5) { nodes { variants(first: 2) { listings { store { name } source { name } } } } } }",
        5,
    ),
    "a table that refers to itself": (
        "{ categories { name children { name parent { name parent { name } } } } }",
        2,
    ),
    "a long text is not repeated": ("{ products(first: 5) { nodes { brand { description } } } }", 2),
    "nor where another edge needs it": (
        (
            "{ products(first: 5) { nodes { brand { slug } } } "
            "more: products(first: 1) { nodes { variants { product { brand { description } } } } } }"
        ),
        4,
    ),
    "two ways with other columns": (
        "{ products(first: 5) { nodes { brand { slug products(first: 2) { nodes { brand { name } category { name } } } } } } }",
        2,
    ),
    "a way through customers' lists": (f"{{ {ITEMS % 'product { title brand { name } }'} }}", 3),
    "the row of the root": ("{ viewer { wishlists { nodes { name owner { id username } } } } }", 2),
    "the row of the root beside others": (
        "{ viewer { wishlists { nodes { owner { username } } } } brands(first: 1) { nodes { id } } }",
        3,
    ),
}
"""Queries, and how many statements each takes for a customer who has all of it when it is seen again."""


@pytest.fixture
async def incomplete(loaded_url: str) -> None:
    """The newest product has no brand, the next one no category."""
    sql = """UPDATE product SET brand_id = CASE WHEN place > 1 THEN brand_id END,
        category_id = CASE WHEN place <> 2 THEN category_id END
        FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place FROM product) AS newest
        WHERE newest.id = product.id AND place <= 2 RETURNING 1"""
    assert len(await fetched(loaded_url, sql)) == 2


class Asking:
    """Runs operations, and knows how many statements the last one took."""

    def __init__(self, demo: Demo, language: str | None = None) -> None:
        self._demo, self._language = demo, language
        self._reads: Reads | None = None

    @property
    def statements(self) -> int:
        assert self._reads
        return self._reads.statements

    async def __call__(self, how: Any, document: DocumentNode, who: str, **variables: Any) -> Answer:
        def watch(request: Any) -> None:
            self._reads = request.reads
            if self._language:
                request.language = request.reads.language = self._language

        return await self._demo.run(how, document, variables, who, watch)


@pytest.mark.usefixtures("incomplete")
@pytest.mark.parametrize("name", CASES)
async def test_says_the_same_by_fewer_statements(name: str, demo: Demo) -> None:
    text, statements = CASES[name]
    ask, document = Asking(demo), parse(text)
    for who in ("layla", "sam", "nora", NOBODY):
        expected = await ask(reference, document, who)
        before = ask.statements
        for _ in range(3):
            assert await ask(compiled, document, who) == expected
        if who == "layla":
            assert ask.statements == statements <= before
    assert b'"errors"' not in expected[0]
    assert outcomes(demo.schema)["compiled"] == 11


@pytest.mark.usefixtures("incomplete")
async def test_variables_of_directives_below(demo: Demo) -> None:
    text = (
        "query ($name: Boolean!, $brand: Boolean!) { products(first: 9) { nodes { id "
        "brand @include(if: $brand) { name @include(if: $name) slug @skip(if: $name) } category { name @skip(if: $name) id } } } }"
    )
    ask, document = Asking(demo), parse(text)
    for _ in range(3):
        for name in (True, False):
            for brand in (True, False):
                given = {"name": name, "brand": brand}
                assert await ask(compiled, document, "layla", **given) == await ask(
                    reference, document, "layla", **given
                )


async def test_what_is_joined_is_completed_with_the_row_that_refers_to_it(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, take = [], BatchLoader.take

    def taking(loader: Any, column: str, keys: list[Any], rows: list[Any]) -> None:
        taken.append(column)
        take(loader, column, keys, rows)

    monkeypatch.setattr(BatchLoader, "take", taking)
    ask = Asking(demo)
    simple = "{ products(first: 9) { nodes { brand { name } category { name } } } }"
    with_more = (
        "{ products(first: 9) { nodes { brand { name products(first: 1) { nodes { id } } } category { name } } } }"
    )
    for text, columns in ((simple, set()), (with_more, {"brand_id"})):
        document = parse(text)
        expected = await ask(reference, document, "layla")
        for _ in range(2):
            assert await ask(compiled, document, "layla") == expected
        assert {*taken} == columns


async def test_texts_are_in_the_language_of_the_request(demo: Demo, loaded_url: str) -> None:
    sql = """UPDATE product SET translations = '{"ar": {"title": "قميص"}}' WHERE id IN (
        SELECT product_id FROM product_variant JOIN wishlist_item ON variant_id = product_variant.id)"""
    await fetched(loaded_url, sql)
    document = parse(f"{{ {ITEMS % 'product { title language category { name language } }'} }}")
    for language in ("ar", None, "ar"):
        ask = Asking(demo, language)
        expected = await ask(reference, document, "layla")
        assert ("قميص".encode() in expected[0]) is (language == "ar")
        for _ in range(2):
            assert await ask(compiled, document, "layla") == expected
        assert ask.statements == 3


async def test_a_row_that_is_deleted_between_two_statements(
    demo: Demo, loaded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = parse(f"{{ {ITEMS % 'product { title }'} }}")
    ask = Asking(demo)
    for _ in range(2):
        expected = await ask(compiled, document, "layla")
    assert b'"title"' in expected[0]
    run = Reads._run
    first = """DELETE FROM product WHERE id = (SELECT product_id FROM product_variant JOIN wishlist_item
        ON variant_id = product_variant.id JOIN wishlist ON wishlist.id = wishlist_id JOIN customer ON customer.id = owner_id
        WHERE username = 'layla' ORDER BY wishlist.created_at DESC, wishlist_item.created_at DESC LIMIT 1)"""

    async def deleting(reads: Reads, statement: Any, parameters: Any) -> Any:
        rows = await run(reads, statement, parameters)
        if statement.row.graphql_type == "WishlistItem":
            await fetched(loaded_url, first)
        return rows

    monkeypatch.setattr(Reads, "_run", deleting)
    assert await ask(compiled, document, "layla") == expected
    assert await ask(compiled, document, "layla") != expected


async def test_a_failure_below_rows_that_several_places_share(
    demo: Demo, loaded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value of a joined row that cannot be completed is an error at each place where the row is."""
    sql = "ALTER TABLE product_variant DROP CONSTRAINT product_variant_availability_check"
    await fetched(loaded_url, sql)
    await fetched(loaded_url, "UPDATE product_variant SET availability = 'BROKEN'")
    text = "{ stores(first: 3) { nodes { products(first: 2) { nodes { bestListing { id variant { sku availability } } } } } } }"
    ask, document = Asking(demo), parse(text)
    expected = await ask(reference, document, "layla")
    assert len(expected[1]) > 1
    for _ in range(3):
        got = await ask(compiled, document, "layla")
        assert (got[0], sorted(got[1])) == (expected[0], sorted(expected[1]))
    assert outcomes(demo.schema)["recovered"] == 2


async def test_fields_of_the_root_read_nothing_for_others(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "{ products(first: 2) { nodes { id } } brands(first: 2) { nodes { description products(first: 1) { nodes { brand { name } } } } } }"
    document, read, run = parse(text), [], Reads._run

    async def reading(reads: Reads, statement: Any, parameters: Any) -> Any:
        read.append({*statement.row.columns})
        return await run(reads, statement, parameters)

    ask = Asking(demo)
    expected = await ask(compiled, document, NOBODY)
    monkeypatch.setattr(Reads, "_run", reading)
    assert await ask(compiled, document, NOBODY) == expected
    assert read[0] == {"ordinality", "id", "created_at"}


def test_a_loader_that_may_hide_rows_joins_none() -> None:
    body = {"columns": PRODUCT, "found_by": product.id, "joined_columns": frozenset({"id"})}
    type("Open", (StatementLoader,), body)
    hiding = classmethod(lambda _cls, _viewer: None)
    with pytest.raises(TypeError, match="may hide rows"):
        type("Hiding", (StatementLoader,), body | {"select": hiding})


async def test_nobody_s_wishlists_are_joined_to_nothing(demo: Demo) -> None:
    """Rows that a policy hides stay hidden: their loaders join nothing."""
    document = parse(
        "{ viewer { wishlists { nodes { name } } following: followingCustomers { nodes { wishlists { nodes { owner { id } } } } } } }"
    )
    ask = Asking(demo)
    for who in ("layla", "omar", NOBODY):
        expected = await ask(reference, document, who)
        for _ in range(3):
            assert await ask(compiled, document, who) == expected
    assert orjson.loads((await ask(compiled, document, "layla"))[0])["viewer"]["wishlists"]["nodes"]
