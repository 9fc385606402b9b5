"""`GET /metrics` tells how operations ran."""

import re

import httpx2

from tests.people import World, word


async def counted(http: httpx2.AsyncClient, outcome: str) -> float:
    shown = await http.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain")
    found = re.search(rf'^graphql_operations_total{{outcome="{outcome}"}} (\S+)$', shown.text, re.MULTILINE)
    return float(found[1]) if found else 0


class TestMetrics:
    """X5."""

    async def test_operations_by_how_they_ran(self, world: World, http: httpx2.AsyncClient) -> None:
        before = await counted(http, "compiled"), await counted(http, "first execution")
        query = f"{{ {word()}: supportedLanguages }}".replace("{ ", "{ a")
        for _ in range(3):
            await world.nobody(query)
        assert await counted(http, "compiled") - before[0] == 2
        assert await counted(http, "first execution") - before[1] == 1
