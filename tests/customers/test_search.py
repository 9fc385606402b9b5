"""Searching: products by words and filters (P4), customers by what somebody typed (C6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.products import Product
from tests.conventions.paging import BOTH, FIELDS, GIVEN, Listed, of
from tests.people import World, word

ARABIC = "".join(chr(code) for code in range(0x0628, 0x0638))
PRODUCTS = """query ($filter: ProductFilter, $sort: ProductSort, $first: Int, $after: String) {
    products(filter: $filter, sort: $sort, first: $first, after: $after) {
    totalCount nodes { title } edges { cursor } pageInfo { endCursor } } }"""


def letters(alphabet: str = "ghijklmnopqrstuv") -> str:
    """Give a word of letters alone that nobody has used."""
    return "".join(alphabet[int(digit, 16)] for digit in word())


async def titles(world: World, sort: str | None = None, **filter: Any) -> list[str]:
    found = (await world.nobody(PRODUCTS, filter=filter, sort=sort, first=100))["products"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["title"] for node in found["nodes"]]


class TestProductWords:
    """P4."""

    async def test_words_in_any_form(self, world: World) -> None:
        """All of them, in title or description, whatever their order, case and ending."""
        rare = letters()
        row = await world.product(title=f"{rare} Running Shoes", description="Made of knitted cotton.")
        await world.product(title=f"{rare} sandals")
        for search in ("run shoe", "SHOES RUNNING", "run cottons", f"  shoe\t{rare.upper()} ", "the shoe of runs"):
            assert await titles(world, search=f"{rare} {search}") == [row.title]
        for search in ("shoes sandals", "running boots", "unknit"):
            assert await titles(world, search=f"{rare} {search}") == []

    async def test_every_character_is_literal(self, world: World) -> None:
        """What tsquery, LIKE and web searches read as operators is punctuation."""
        one, other, absent = letters(), letters(), letters()
        row = await world.product(title=f"{one} {other}")
        for search in (
            f"{one} & {other}", f"{one} | {other}", f"!{one}", f"'{one}'", f"({one})", f"{other} <-> {one}",
            f'"{other} {one}"', f"{one}%", f"{one}:*", f"\\{one}", f"{one}; --", f"{one} <> *",
        ):  # fmt: skip
            assert await titles(world, search=search) == [row.title], search
        for search in (f"{one} | {absent}", f"{one} or {absent}", f"{one[:8]}:* {other}", f"{one[:8]}% {other}"):
            assert await titles(world, search=search) == [], search
        for search in (f"{other[:8]}:*", f"{other[:8]}*", f"{other[:8]}%", other[:8]):
            assert await titles(world, search=search) == [row.title], search
        for search in ("%", "&", "|", "!", ":*", "'", '"', "\\", "()", "_", "<->", "the"):
            assert await titles(world, search=search) == [], search

    async def test_arabic(self, world: World) -> None:
        rare = letters(ARABIC)
        row = await world.product(title=f"\u0641\u0633\u062a\u0627\u0646 {rare} \u0623\u062d\u0645\u0631")
        for search in (rare, f"\u0623\u062d\u0645\u0631 {rare}", f"{rare} \u0641\u0633\u062a\u0627\u0646"):
            assert await titles(world, search=search) == [row.title]
        assert await titles(world, search=f"{rare} \u0623\u0632\u0631\u0642") == []

    @pytest.mark.parametrize("blank", ["", " \n\t ", None])
    async def test_blank_is_none(self, world: World, blank: str | None) -> None:
        brand = await world.brand()
        rows = [await world.product(brand_id=brand.id) for _ in range(2)]
        found = await titles(world, search=blank, brandIds=[ids.encode("Brand", brand.id)])
        assert found == [row.title for row in rows[::-1]]

    async def test_length(self, world: World) -> None:
        """What surrounds the words does not count."""
        assert await titles(world, search=f" {'x' * 200}\n") == []
        assert await titles(world, search="\u0641 " * 100) == []
        (error,) = await world.nobody.errors(PRODUCTS, filter={"search": "x" * 201})
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_search")
        assert "200" in error["message"]

    async def test_order(self, world: World) -> None:
        """A word of the title counts more than one of the description; NEWEST asks for time alone."""
        rare, now = letters(), datetime.now(UTC)
        rows = {}
        for day, (title, description) in enumerate([(f"a {rare}", rare), (f"b {rare}", None), ("c", rare)]):
            rows[title[0]] = await world.product(title=title, description=description, created_at=now + timedelta(day))
        for sort, order in (("RELEVANCE", "abc"), (None, "abc"), ("NEWEST", "cba")):
            assert await titles(world, sort, search=rare) == [rows[name].title for name in order]

    async def test_cursor_of_another_order(self, world: World) -> None:
        """`limits.md`, "Cursors"."""
        rare = letters()
        for _ in range(3):
            await world.product(title=rare)
        for sort, other in (("RELEVANCE", "NEWEST"), ("NEWEST", "RELEVANCE")):
            given = {"filter": {"search": rare}, "first": 1}
            cursor = (await world.nobody(PRODUCTS, **given, sort=sort))["products"]["pageInfo"]["endCursor"]
            assert len((await world.nobody(PRODUCTS, **given, sort=sort, after=cursor))["products"]["nodes"]) == 1
            (error,) = await world.nobody.errors(PRODUCTS, **given, sort=other, after=cursor)
            assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_cursor")


class TestProductFilters:
    """P4: brands, a category with its subtree, and each with the others."""

    async def test_brands(self, world: World) -> None:
        brands = [await world.brand() for _ in range(3)]
        rows = [await world.product(brand_id=brand.id) for brand in brands]
        keys = [ids.encode("Brand", brand.id) for brand in brands]
        assert await titles(world, brandIds=keys[:2]) == [rows[1].title, rows[0].title]
        assert await titles(world, brandIds=[keys[2], "x", "", keys[2], ids.encode("Store", brands[0].id)]) == [
            rows[2].title
        ]
        assert await titles(world, brandIds=["x"]) == await titles(world, brandIds=[]) == []
        assert await titles(world, brandIds=None, search=rows[2].title) == [rows[2].title]

    async def test_category_and_all_below_it(self, world: World) -> None:
        root = await world.category()
        leaf = await world.category(parent_id=(await world.category(parent_id=root.id)).id)
        rows = [await world.product(category_id=place.id) for place in (root, leaf)]
        await world.product(category_id=(await world.category()).id)
        assert await titles(world, categorySlug=root.slug) == [rows[1].title, rows[0].title]
        assert await titles(world, categorySlug=leaf.slug) == [rows[1].title]
        for unknown in (word(), "", "%", root.slug.upper() + "x"):
            assert await titles(world, categorySlug=unknown) == []

    async def test_circle_of_categories(self, world: World) -> None:
        """No table forbids it, and nothing hangs."""
        one = await world.category()
        other = await world.category(parent_id=one.id)
        await world.execute("UPDATE category SET parent_id = $1 WHERE id = $2", other.id, one.id)
        row = await world.product(category_id=other.id)
        assert await titles(world, categorySlug=one.slug) == [row.title]
        query = "query ($slug: String!) { categoryBySlug(slug: $slug) { ancestors { slug } } }"
        found = (await world.nobody(query, slug=one.slug))["categoryBySlug"]["ancestors"]
        assert {place["slug"] for place in found} == {one.slug, other.slug}

    async def test_each_narrows(self, world: World) -> None:
        rare, brand, category = letters(), await world.brand(), await world.category()
        child = await world.category(parent_id=category.id)
        whole = {"title": rare, "brand_id": brand.id, "category_id": child.id}
        made: list[Product] = []
        for left_out in (None, *whole):
            values = {name: value for name, value in whole.items() if name != left_out}
            made.append(await world.product(**values))
        given = {"search": rare, "brandIds": [ids.encode("Brand", brand.id)], "categorySlug": category.slug}
        for sort in ("RELEVANCE", "NEWEST"):
            assert await titles(world, sort, **given) == [made[0].title]
            for name in given:
                assert len(await titles(world, sort, **{key: given[key] for key in given if key != name})) == 2


class TestSearchCustomers:
    """C6."""

    query = "query ($term: String!) { searchCustomers(term: $term, first: 100) { totalCount nodes { username } } }"

    async def found(self, graph: Any, term: str) -> list[str]:
        found = (await graph(self.query, term=term))["searchCustomers"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["username"] for node in found["nodes"]]

    async def test_prefix_first_then_words(self, world: World) -> None:
        """Each part in the order of usernames; in whatever letter case; the beginning of a word will do."""
        rare = letters()[:12]
        named = [await world.person(username=name, name=f"Dr. {rare}son Smith") for name in (f"a{rare}", f"Z{rare}")]
        prefixed = [await world.person(username=f"{rare.capitalize()}{end}", name=rare) for end in ("z", "B", "a")]
        expected = [one.username for one in (*prefixed[::-1], *named)]
        for term in (rare, rare.upper(), f" {rare}\n"):
            assert await self.found(world.nobody, term) == expected
        for term in (f"smith {rare}", f"{rare[:9]} SMI", f"dr {rare}", f"{rare}son-smith"):
            assert await self.found(world.nobody, term) == [one.username for one in named]
        for term in (f"{rare}b", f"{rare}B"):
            assert await self.found(world.nobody, term) == [prefixed[1].username]
        assert await self.found(world.nobody, f"jones {rare}") == await self.found(world.nobody, rare[1:]) == []

    async def test_arabic(self, world: World) -> None:
        rare = letters(ARABIC)
        person = await world.person(name=f"\u0644\u064a\u0644\u0649 {rare}")
        for term in (rare, rare[:10], f"{rare} \u0644\u064a\u0644\u0649", f"\u0644\u064a\u0644 {rare}"):
            assert await self.found(world.nobody, term) == [person.username]
        assert await self.found(world.nobody, f"{rare} \u0633\u0639\u062f") == []

    async def test_beyond_ascii_in_whatever_case(self, world: World) -> None:
        rare = letters()
        person = await world.person(name=f"\u00c9LODIE \u015eAH\u00cdN {rare}")
        for term in ("\u00e9lodie", "\u00c9LO", "e\u0301lodie \u015fah\u00edn"):
            assert await self.found(world.nobody, f"{term} {rare}") == [person.username]

    async def test_every_character_is_literal(self, world: World) -> None:
        rare = letters()
        await world.person(username=rare, name=f"{rare[::-1]} Smith")
        for term in ("%", "_", "\\", "'", ":*", "&", "|", "!", "<->", "()", f"$1 {letters()}", "{", "~", "'':*", "\\'"):
            assert await self.found(world.nobody, term) == [], term
        for term in (f"{rare[:6]}%", f"{rare[:6]}_{rare[7:]}", f"%{rare[4:]}", f"{rare[::-1]} | jones", f"!{rare} x"):
            assert await self.found(world.nobody, term) == [], term
        name = rare[::-1]
        for term in (f"'{name}'", f"{name} & smith", f"{name}:*", f"\\{name}", f"!{name}", f"{name[:9]}%", f"{name}_"):
            assert await self.found(world.nobody, term) == [rare], term

    @pytest.mark.parametrize("blank", ["", " \n\t", "\u3000"])
    async def test_blank_finds_nobody(self, world: World, blank: str) -> None:
        await world.person()
        assert await self.found(world.nobody, blank) == []

    async def test_length(self, world: World) -> None:
        assert await self.found(world.nobody, (letters() * 20)[:100]) == []
        await self.found(world.nobody, "\u0680 " * 50)
        (error,) = await world.nobody.errors(self.query, term="x" * 101)
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_search")

    async def test_hidden_and_blocked(self, world: World) -> None:
        """C8, S2: found neither by username nor by name, nor counted."""
        rare = letters()[:12]
        made = {
            name: await world.person(username=f"{rare}{name}", name=letters(), show_profile=name != "hidden")
            for name in ("blocked", "blocker", "hidden", "private")
        }
        me, private, admin = await world.person(), await world.person(is_private=True), await world.person(role="ADMIN")
        await world.block(me, made["blocked"])
        await world.block(made["blocker"], me)
        everybody = [one.username for one in made.values()]
        for graph, expected in (
            (me.graph, ["private"]), (private.graph, ["blocked", "blocker", "private"]),
            (world.nobody, ["blocked", "blocker", "private"]), (admin.graph, list(made)),
            (made["hidden"].graph, list(made)),
        ):  # fmt: skip
            assert await self.found(graph, rare) == [rare + name for name in expected]
        for username in everybody[:3]:
            name = await world.value("SELECT name FROM customer WHERE username = $1", username)
            assert await self.found(me.graph, name) == []

    async def test_pages(self, world: World) -> None:
        """G2: across the border between the two parts; cursors of this search alone."""
        rare = letters()[:12]
        for end in ("x", "Y", "z"):
            await world.person(username=rare + end)
            await world.person(name=f"{rare} {end}")
        query = f'query ({BOTH}) {{ searchCustomers(term: "{rare}", {GIVEN}) {{ {FIELDS} }} }}'
        listed = Listed(world.nobody, query, [])
        whole = of(await listed.page(first=100))
        assert (len(whole), of(await listed.page(first=None))) == (6, whole)
        for size in (1, 2, 4, 5):
            assert [key for page in await listed.pages(size) for key in of(page)] == whole
            backward = [of(page) for page in await listed.pages(size, backward=True)]
            assert [key for page in reversed(backward) for key in page] == whole
        other = Listed(world.nobody, f"query ({BOTH}) {{ stores({GIVEN}) {{ {FIELDS} }} }}", [])
        await world.store()
        theirs = (await other.page(first=1))["pageInfo"]["endCursor"]
        for wrong, reason in (
            ({"after": theirs}, "bad_cursor"),
            ({"after": "x"}, "bad_cursor"),
            ({"before": theirs}, "bad_cursor"),
            ({"first": 101}, "bad_page"),
            ({"last": 101}, "bad_page"),
            ({"first": 1, "last": 1}, "bad_page"),
        ):
            (error,) = await world.nobody.errors(query, **wrong)
            assert error["extensions"]["reason"] == reason
