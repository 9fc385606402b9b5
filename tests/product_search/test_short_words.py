"""Words of two letters, typed alone: whole ones are found, in Latin script their beginnings are not (P12)."""

import pytest

from tests.customers.test_search import letters, titles
from tests.people import World


@pytest.mark.parametrize("short", ["qj", "ظغ"])
class TestWholeWord:
    @pytest.mark.parametrize("typed", ["{}", "{} ", " {}!"])
    async def test_of_the_title(self, world: World, short: str, typed: str) -> None:
        row = await world.product(title=f"{short.upper()} {letters()}")
        other = await world.product(title=f"{letters()} {short}{letters()}")
        found = await titles(world, search=typed.format(short))
        assert row.title in found
        assert (other.title in found) == (short == "ظغ")

    async def test_tag(self, world: World, short: str) -> None:
        row = await world.product(title=letters(), tags=[short])
        assert row.title in await titles(world, search=short)

    async def test_brand(self, world: World, short: str) -> None:
        brand = await world.brand(name=f"{short} {letters()}")
        row = await world.product(title=letters(), brand_id=brand.id)
        assert row.title in await titles(world, search=short)

    async def test_size(self, world: World, short: str) -> None:
        row = await world.product(title=letters())
        await world.variant(product_id=row.id, size_label=short.upper())
        assert row.title in await titles(world, search=short)


class TestSizes:
    async def test_with_other_words(self, world: World) -> None:
        rare = letters()
        small, large = [await world.product(title=f"Shirt {rare}") for _ in range(2)]
        for row, sizes in ((small, ("S", "M")), (large, ("XL", "42"))):
            for size in sizes:
                await world.variant(product_id=row.id, size_label=size)
        for typed in ("shirts xl", "xl shirt", "42 shirt", "shirt 42"):
            words = typed.split()
            assert len(await titles(world, search=f"{words[0]} {rare} {words[1]}")) == 1, typed
        assert await titles(world, search=f"s {rare} shirt") != []

    async def test_other_size(self, world: World) -> None:
        size, later = letters(), letters()
        row = await world.product(title=letters())
        variant = await world.variant(product_id=row.id, size_label=size)
        await world.execute("UPDATE product_variant SET size_label = $1 WHERE id = $2", later, variant.id)
        assert (await titles(world, search=size), await titles(world, search=later)) == ([], [row.title])
