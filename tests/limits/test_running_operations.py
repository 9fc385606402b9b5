"""What stops an operation that reads or returns too much, and how many errors a response has."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.variables import changed

BRANDS = "{ brands(first: 100) { nodes { id name slug } } }"
VARIANTS = "{ products(first: 20) { nodes { variants { id } } } }"


@pytest.fixture(params=[{"operation_rows": 9}, {"operation_bytes": 300}], ids=["rows", "bytes"])
async def small(
    request: pytest.FixtureRequest, settings: Settings, credentials: Secrets, database_url: str, world: World
) -> AsyncIterator[World]:
    """A server where an operation may read or return very little."""
    for _ in range(10):
        await world.brand()
        await world.variant()
    app = application.create(changed(settings, **request.param), credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield replace(world, http=http)


async def test_too_much(small: World) -> None:
    """The same at first sight of a document and later, when it runs by a plan."""
    for query in (BRANDS, VARIANTS, BRANDS, VARIANTS, BRANDS, VARIANTS):
        response = await small.nobody.send(query, {"accept": "application/graphql-response+json"})
        assert (response.status_code, response.json().keys()) == (400, {"errors"})
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "TOO_COMPLEX", "retryable": False}
        assert "Use a smaller `first`" in error["message"]
    assert (await small.nobody.send("{ viewer { id } }")).json() == {"data": {"viewer": None}}


def counted(answer: Any) -> None:
    assert len(answer["errors"]) == 10
    last = answer["errors"][-1]
    assert last["message"] == f"There are {last['extensions']['omitted']} more errors."


class TestErrors:
    """A response has ten errors at most, and the last one counts the rest."""

    @pytest.mark.parametrize("number", [10, 11, 20])
    async def test_of_fields(self, world: World, number: int) -> None:
        fields = " ".join(f"f{at}: ticketQueue {{ totalCount }}" for at in range(number))
        answer = (await world.nobody.send(f"{{ {fields} }}")).json()
        assert answer["data"] == {f"f{at}": None for at in range(number)}
        if number == 10:
            assert [error["path"] for error in answer["errors"]] == [[f"f{at}"] for at in range(10)]
            return
        counted(answer)
        omitted = {"code": "UNAUTHENTICATED", "retryable": False, "omitted": number - 9}
        assert answer["errors"][-1]["extensions"] == omitted

    async def test_of_validation(self, world: World) -> None:
        answer = (await world.nobody.send("{ " + " ".join(f"nothing{at}" for at in range(20)) + " }")).json()
        counted(answer)
        assert answer["errors"][-1]["extensions"]["omitted"] == 11

    async def test_of_variables(self, world: World) -> None:
        query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        counted((await world.nobody.send(query, ids=[None] * 30)).json())
        few = (await world.nobody.send(query, ids=[None] * 10)).json()
        assert [error["message"] for error in few["errors"] if "more" in error["message"]] == []
        assert len(few["errors"]) == 10
