"""Random queries over the real graph say the same on both executors where data and loaders are broken."""

import pytest

from tests.execution.demo_graph import Demo
from tests.execution.faults import Failing, break_values
from tests.execution.running import agree, outcomes
from tests.execution.test_fuzz_graph import pools, written

DOCUMENTS = 130
SHARED = (
    ("{ products(last: 5) { nodes { variants { product", "Product", "} } } }"),
    (
        "{ products(first: 3) { nodes { variants { id product { variants",
        "ProductVariant",
        "viewerHasWishlisted } } } } }",
    ),
    ("{ products(first: 6) { nodes { brand", "Brand", "title } } }"),
    ("{ stores(first: 4) { nodes { products(first: 3) { nodes { bestListing { store", "Store", "} } } } } }"),
    (
        "{ viewer { followers(first: 5) { nodes { followingCustomers(first: 3) { totalCount nodes",
        "Customer",
        "} } } } }",
    ),
    ("{ viewer { tickets { nodes { customer", "Customer", "claimedBy { id } } } } }"),
)
"""Ways to one object from several parents, of which type it is, and what is asked beside it."""


@pytest.fixture(scope="module")
async def loaded_url(loaded_url: str) -> str:
    assert await break_values(loaded_url) > 5
    return loaded_url


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .*:RuntimeWarning")  # the reference executor leaves some when it gives up
async def test_random_queries(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = await pools(demo)
    failing = Failing(monkeypatch)
    ran = failed = 0
    for seed in range(DOCUMENTS):
        text, ast, sets = written(demo, pool, seed, SHARED[seed % len(SHARED)] if seed % 5 else None)
        if ast is None:
            continue
        failing.seed = seed
        failing.one_in, failing.batches_in = ((0, 0), (5, 0), (12, 12), (0, 6))[seed % 4]
        for number, given in enumerate(sets):
            who = list(demo.personas)[(seed + number) % len(demo.personas)]
            expected = await demo.reference(ast, given, who)
            ran += 1
            failed += bool(expected[1])
            for turn in range(3):
                got = await demo.compiled(ast, given, who)
                assert agree(expected, got), (seed, turn, who, text, given, expected, got)
    found = outcomes(demo.schema)
    assert ran > DOCUMENTS
    assert failing.taken > DOCUMENTS
    assert failing.read_together > DOCUMENTS / 20
    assert failed > 0.2 * ran
    assert found["recovered"] > 0.1 * found.total(), found
