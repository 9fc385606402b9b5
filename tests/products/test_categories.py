"""Brands, and the tree of categories (P1)."""

from datetime import UTC, datetime, timedelta

from models import ids
from tests.people import World, word


class TestCategories:
    """P1: the roots."""

    async def test_roots_in_order(self, world: World) -> None:
        """By position, then by name; what lies below is not among them."""
        same = word()
        names = {"b": 2, "a": 2, "c": 1}
        made = {name: await world.category(name=name + same, position=place) for name, place in names.items()}
        await world.category(parent_id=made["a"].id, name="d" + same)
        for _ in range(2):
            found = (await world.nobody("{ categories { name parent { id } ancestors { id } } }"))["categories"]
            mine = [one for one in found if one["name"].endswith(same)]
            assert [one["name"][0] for one in mine] == ["c", "a", "b"]
            assert all((one["parent"], one["ancestors"]) == (None, []) for one in found)


class TestCategory:
    """P1, P5."""

    async def test_family(self, world: World) -> None:
        """Its parent, the way from the root down, and its children in order."""
        way = [await world.category()]
        for _ in range(3):
            way.append(await world.category(parent_id=way[-1].id))
        children = [await world.category(parent_id=way[-1].id, position=place) for place in (2, 0, 1)]
        await world.category(parent_id=way[1].id)
        query = "query ($slug: String!) { categoryBySlug(slug: $slug) { id slug parent { slug } ancestors { slug } children { slug } } }"
        for _ in range(2):
            assert (await world.nobody(query, slug=way[-1].slug))["categoryBySlug"] == {
                "id": ids.encode("Category", way[-1].id), "slug": way[-1].slug, "parent": {"slug": way[-2].slug},
                "ancestors": [{"slug": one.slug} for one in way[:-1]],
                "children": [{"slug": children[place].slug} for place in (1, 2, 0)],
            }  # fmt: skip

    async def test_unknown(self, world: World) -> None:
        made = await world.category(slug=f"a{word()}")
        query = "query ($slug: String!) { categoryBySlug(slug: $slug) { id } }"
        for wrong in ("", "%", made.slug.upper(), made.slug[:-1], word()):
            assert await world.nobody(query, slug=wrong) == {"categoryBySlug": None}

    async def test_products_of_the_subtree(self, world: World) -> None:
        """In it and in all below it, the newest first; not those above or beside it."""
        root, now = await world.category(), datetime.now(UTC)
        middle = await world.category(parent_id=root.id)
        leaf, beside = await world.category(parent_id=middle.id), await world.category(parent_id=root.id)
        days = {"root": (root, 4), "middle": (middle, 3), "leaf": (leaf, 1), "beside": (beside, 2)}
        made = {
            name: await world.product(category_id=place.id, created_at=now - timedelta(day))
            for name, (place, day) in days.items()
        }
        query = """query ($slug: String!) { categoryBySlug(slug: $slug) {
            products(first: 2) { totalCount nodes { slug } pageInfo { hasNextPage } } } }"""
        for place, names in (
            (root, ["leaf", "beside", "middle", "root"]), (middle, ["leaf", "middle"]), (beside, ["beside"]),
        ):  # fmt: skip
            assert (await world.nobody(query, slug=place.slug))["categoryBySlug"]["products"] == {
                "totalCount": len(names), "nodes": [{"slug": made[name].slug} for name in names[:2]],
                "pageInfo": {"hasNextPage": len(names) > 2},
            }  # fmt: skip

    async def test_as_many_statements_for_one_as_for_many(self, world: World, statements: list[str]) -> None:
        """Each child has its own family and its own products."""
        root = await world.category()
        query = """query ($slug: String!) { categoryBySlug(slug: $slug) { children {
            slug parent { slug } ancestors { slug } children { slug } products { totalCount nodes { slug } } } } }"""
        counts, made = [], []
        for size in (1, 1, 9, 9):
            while len(made) < size:
                child = await world.category(parent_id=root.id, position=len(made))
                below = await world.category(parent_id=child.id)
                made.append((child, below, await world.product(category_id=below.id)))
            statements.clear()
            assert (await world.nobody(query, slug=root.slug))["categoryBySlug"]["children"] == [
                {
                    "slug": child.slug, "parent": {"slug": root.slug}, "ancestors": [{"slug": root.slug}],
                    "children": [{"slug": below.slug}], "products": {"totalCount": 1, "nodes": [{"slug": row.slug}]},
                }
                for child, below, row in made
            ]  # fmt: skip
            counts.append(len(statements))
        assert len(set(counts[1:])) == 1, "the first time nothing is fetched with the rows that refer to it"
        assert counts[1] <= counts[0] <= 7


class TestBrands:
    """P1."""

    async def test_by_name(self, world: World) -> None:
        """All of them, and what each makes, the newest first."""
        same = word()
        made = [
            await world.brand(name=name + same, logo_url="https://a.example/logo", description="d") for name in "cab"
        ]
        rows = [await world.product(brand_id=made[0].id) for _ in range(2)]
        query = "{ brands(first: 100) { totalCount nodes { id name slug logoUrl description products { nodes { slug } } } } }"
        await world.execute("DELETE FROM brand WHERE name NOT LIKE '%' || $1", same)
        found = (await world.nobody(query))["brands"]
        assert found["totalCount"] == 3
        assert [one["name"][0] for one in found["nodes"]] == ["a", "b", "c"]
        assert found["nodes"][2] == {
            "id": ids.encode("Brand", made[0].id), "name": made[0].name, "slug": made[0].slug, "description": "d",
            "logoUrl": "https://a.example/logo", "products": {"nodes": [{"slug": row.slug} for row in rows[::-1]]},
        }  # fmt: skip
