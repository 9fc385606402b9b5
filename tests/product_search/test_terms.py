"""What a term may hold (P12): any characters are harmless, and the best matches come first."""

import pytest

from tests.customers.test_search import letters, titles
from tests.people import World

HARMLESS = (
    "& | ! <-> ( )", ":* :A", "'", '"', "\\", "%_%", "* ?", "\u200f&\u200e", "the of and", "من في على", "\u0640\u064b",
    "e", "ك", "''':*", "\U0001f457", "x" * 200, "ك" * 200, "\u10d0 \u10d1 " * 50, "$1 {} %s :name", "-- ; DROP", "\ufdfa",
)  # fmt: skip


class TestCharacters:
    """None of them is an operator."""

    @pytest.mark.parametrize("term", HARMLESS)
    async def test_is_harmless(self, world: World, term: str) -> None:
        rare = letters()
        row = await world.product(title=rare)
        assert row.title not in await titles(world, search=term)
        # Words after the sixteenth do not count, so no other test may use the words of a term.
        assert await titles(world, search=f"{term[:150]} {rare}") in ([row.title], [])

    async def test_two_thousand_characters_are_refused(self, world: World) -> None:
        query = "query ($it: String!) { products(filter: { search: $it }) { totalCount } }"
        (error,) = await world.nobody.errors(query, it="a" * 2_000)
        assert error["extensions"]["reason"] == "bad_search"

    async def test_sql_takes_any_length(self, world: World) -> None:
        for term in ("a" * 2_000, "ab " * 700, "&|!:*'" * 300, "عباية " * 400, "", " "):
            assert await world.value("SELECT search_query($1, 'match') IS NOT NULL", term)

    async def test_nul_is_refused(self, world: World) -> None:
        query = "query ($it: String!) { products(filter: { search: $it }) { totalCount } }"
        (error,) = await world.nobody.errors(query, it="a\0b")
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_invisible_marks_are_no_part_of_a_word(self, world: World) -> None:
        rare = letters()
        row = await world.product(title=rare)
        for mark in ("\u200f", "\u00ad", "\u2067", "\u200c"):
            assert await titles(world, search=f"{rare[:5]}{mark}{rare[5:]}") == [row.title]


class TestFolding:
    """One form for each way of writing a word."""

    @pytest.mark.parametrize(
        ("written", "typed"),
        [
            ("Crêpe", "crepe"), ("crepe", "CRÊPE"), ("Søren", "soren"), ("straße", "strasse"), ("٤٢ مقاس", "42 مقاس"),
            ("عباية", "عبايه"), ("عبايات", "عباية"), ("أسود", "اسود"), ("سوداء", "أسود"), ("مؤتمر", "موتمر"),
            ("كتان", "الكتان"), ("كتان", "والكتان"), ("حرير", "بالحرير"), ("نساء", "للنساء"), ("قميص", "قَمِيص"),
            ("قميص", "قمـــيص"), ("فساتين", "فستان"), ("T-shirt", "tshirt"), ("على", "علي"), ("ﻗﻤﻴﺺ", "قميص"),
        ],
    )  # fmt: skip
    async def test_is_found(self, world: World, written: str, typed: str) -> None:
        rare = letters()
        row = await world.product(title=f"{written} {rare}")
        assert await titles(world, search=f"{typed} {rare}") == [row.title]

    @pytest.mark.parametrize(("color", "typed"), [
        ("Black", "أسود"), ("black", "سوداء"), ("White", "بيضاء"), ("Navy", "كحلي"), ("Gold", "ذهبية"), ("Beige", "بيج"),
    ])  # fmt: skip
    async def test_colors_are_found_in_arabic(self, world: World, color: str, typed: str) -> None:
        """They are stored in English only."""
        rare = letters()
        row, other = [await world.product(title=f"فستان {rare}") for _ in range(2)]
        await world.variant(product_id=row.id, color_primary=color)
        await world.variant(product_id=other.id, color_primary="Green")
        assert await titles(world, search=f"فستان {typed} {rare}") == [row.title]


class TestOrder:
    """Words as they were typed, then beginnings of words; a corrected word only where no product has it."""

    async def test_exact_words_come_before_beginnings(self, world: World) -> None:
        rare = letters()
        longer = await world.product(title=f"{rare}xyz", tags=[f"{rare}xyz"])
        described = await world.product(description=rare)
        titled = await world.product(title=rare)
        newest = await world.product(title=f"{rare}xyzz")
        assert await titles(world, search=rare) == [titled.title, described.title, longer.title, newest.title]

    async def test_results_stay_while_the_next_word_is_typed(self, world: World) -> None:
        rare, other = letters(), letters()
        row = await world.product(title=f"{rare} {other}")
        for count in range(len(other) + 1):
            assert await titles(world, search=f"{rare} {other[:count]}") == [row.title]
        assert row.title not in await titles(world, search=other[:2])

    async def test_only_a_word_that_nobody_has_is_corrected(self, world: World) -> None:
        rare = letters()
        other = rare[:-2] + "zz"
        row = await world.product(title=rare)
        swapped = rare[:6] + rare[7] + rare[6] + rare[8:]
        for typed in (rare[:7] + "z" + rare[8:], rare[:5] + rare[6:], f"{rare[:5]}z{rare[5:]}", swapped):
            assert await titles(world, search=f"{typed} ") == [row.title], typed
        assert await titles(world, search=other[:3] + "zzzz" + rare[8:]) == []
        second = await world.product(title=other)
        assert await titles(world, search=other) == [second.title]

    async def test_at_most_four_words_are_corrected(self, world: World) -> None:
        """Each costs a look at a large part of the vocabulary."""
        words = [letters() for _ in range(5)]
        row = await world.product(title=" ".join(words))
        wrong = [f"{word[:5]}z{word[6:]}" for word in words]
        assert await titles(world, search=" ".join([words[0], *wrong[1:]])) == [row.title]
        assert await titles(world, search=" ".join(wrong)) == []

    async def test_at_most_ten_thousand_are_ranked(self, world: World) -> None:
        """The newest ones; the others count, and are found in other orders."""
        rare = letters()
        first = await world.product(title=f"{rare} {rare}")
        await world.execute(
            "INSERT INTO product (id, slug, title) SELECT uuidv7(), $1 || n, $1 FROM generate_series(1, 10000) n", rare
        )
        query = """query ($search: String!, $sort: ProductSort) {
            products(filter: { search: $search }, sort: $sort, last: 1) { totalCount nodes { title } } }"""
        ranked = (await world.nobody(query, search=rare))["products"]
        newest = (await world.nobody(query, search=rare, sort="NEWEST"))["products"]
        assert ranked == {"totalCount": 10_001, "nodes": [{"title": rare}]}
        assert newest == {"totalCount": 10_001, "nodes": [{"title": first.title}]}
        await world.execute("DELETE FROM product WHERE slug LIKE $1 || '%'", rare)
