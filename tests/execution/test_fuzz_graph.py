"""Random queries over the real graph and demo data say the same on both executors, for every persona."""

from random import Random
from typing import Any

from graphql import DocumentNode

from models import ids
from tests.execution.demo_graph import Demo, fetched
from tests.execution.running import outcomes
from tests.execution.writing import Writer, valid

DOCUMENTS = 260
TABLES = {
    "Customer": "customer", "Product": "product", "ProductVariant": "product_variant", "Brand": "brand",
    "Store": "store", "Wishlist": "wishlist", "Category": "category", "WishlistItem": "wishlist_item",
}  # fmt: skip
WORDS = {
    "username": "SELECT username FROM customer WHERE username IS NOT NULL ORDER BY created_at LIMIT 12",
    "sku": "SELECT sku FROM product_variant ORDER BY sku LIMIT 9",
    "slug": "SELECT slug FROM product UNION ALL SELECT slug FROM brand UNION ALL SELECT slug FROM category LIMIT 60",
}
RARE = {"__schema", "__type"}


async def pools(demo: Demo) -> dict[str, list[str]]:
    """What arguments can be, so that something is found."""
    found: dict[str, list[str]] = {"id": ["nonsense"], "term": ["la", "o", "%"], "text": ["a", "x"]}
    for kind, table in TABLES.items():
        rows = await fetched(demo.url, f"SELECT id FROM {table} ORDER BY id LIMIT 6")
        found["id"] += [ids.encode(kind, row["id"]) for row in rows]
    found["id"] += [ids.encode("Customer", one.id) for one in demo.personas.values() if one.id] * 6
    for name, sql in WORDS.items():
        found[name] = [row[0] for row in await fetched(demo.url, sql)] + ["nobody-at-all"]
    return found


def written(
    demo: Demo, pool: dict[str, list[str]], seed: int, around: tuple[str, str, str] | None = None
) -> tuple[str, DocumentNode | None, list[Any]]:
    """Write a query, and variables for it; `around` says how it begins, of which type it then asks, and how it ends."""
    dice = Random(seed)

    def pick(dice: Random, name: str, _kind: Any) -> Any:
        if name in {"first", "last"}:
            return dice.choice((1, 2, 3, 5, 5, 5, 5, -1 if dice.random() < 0.1 else 2))
        if name in {"after", "before"}:
            return dice.choice(("bogus", "eyJ9"))
        if name == "ids" or name.endswith("Id"):
            name = "id"
        return dice.choice(pool[name]) if name in pool else None

    writer = Writer(
        demo.schema._schema,
        dice,
        RARE,
        pick,
        size=24,
        depth=6,
        never=frozenset({"suggestion"}),
        seldom=frozenset({"after", "before", "last"}),
    )
    text = writer.below(*around) if around else writer.operation()
    return text, valid(demo.schema._schema, text), [writer.given() for _ in range(2)]


async def test_random_queries(demo: Demo) -> None:
    pool = await pools(demo)
    ran = full = 0
    for seed in range(DOCUMENTS):
        text, ast, sets = written(demo, pool, seed)
        if ast is None:
            continue
        for number, given in enumerate(sets):
            who = list(demo.personas)[(seed + number) % len(demo.personas)]
            expected = await demo.reference(ast, given, who)
            ran += 1
            full += len(expected[0]) > 60 and not expected[1]
            for turn in range(3):
                got = await demo.compiled(ast, given, who)
                assert expected[0] == got[0], (seed, turn, who, text, given)
                assert sorted(expected[1]) == sorted(got[1]), (seed, turn, who, text, given)
    found = outcomes(demo.schema)
    assert ran > DOCUMENTS
    assert full > 0.25 * ran
    assert found["compiled"] > 0.6 * (found.total() - found["first execution"]), found
