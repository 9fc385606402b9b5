"""Failures below objects that several places share, over HTTP: null there, an error for each place, and never a 500."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.execution.demo_graph import fetched
from tests.graph import Graph
from tests.variables import changed

SLOW_COUNT = (
    "CREATE SCHEMA slow",
    """CREATE FUNCTION slow.count_one(so_far bigint) RETURNS bigint LANGUAGE plpgsql AS
       'BEGIN IF NOT current_setting(''transaction_read_only'')::boolean THEN RETURN so_far + 1; END IF;
        PERFORM pg_advisory_lock(4711, (SELECT coalesce(max(objid::bigint), 0)::int + 1 FROM pg_locks WHERE classid = 4711));
        PERFORM pg_sleep(30); RETURN so_far + 1; END'""",
    "CREATE AGGREGATE slow.count(*) (sfunc = slow.count_one, stype = bigint, initcond = '0')",
)
"""Counting for requests never ends, wherever this schema comes first. Its tries are counted by locks, since reads write
nothing."""


@pytest.fixture(scope="module")
async def client(loaded_url: str, settings: Settings, credentials: Secrets) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application over demo data in which some things are broken."""
    checks = """SELECT conname FROM pg_constraint
        WHERE conrelid = 'listing'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%availability%'"""
    for check in await fetched(loaded_url, checks):
        await fetched(loaded_url, f'ALTER TABLE listing DROP CONSTRAINT "{check[0]}"')
    await fetched(loaded_url, "UPDATE listing SET availability = 'BROKEN'")
    for sql in SLOW_COUNT:
        await fetched(loaded_url, sql)
    name = await fetched(loaded_url, "SELECT current_database()")
    await fetched(loaded_url, f'ALTER DATABASE "{name[0][0]}" SET search_path = slow, public, pg_catalog')
    few = changed(settings, statement_seconds=2)
    async with (
        serving(application.create(few, credentials, loaded_url)) as address,
        httpx2.AsyncClient(base_url=address, timeout=60) as made,
    ):
        yield made


async def answer_to(client: httpx2.AsyncClient, query: str) -> tuple[Any, list[Any]]:
    response = await Graph(client).send(query)
    answer = response.json()
    assert response.status_code == 200, answer
    found = answer.get("errors", [])
    return answer["data"], sorted((str(one.get("path")), one["extensions"]["code"]) for one in found)


@pytest.mark.parametrize(
    "query",
    [
        "{ products(last: 5) { nodes { variants { product { bestListing { availability } } } } } }",
        "{ products(last: 5) { nodes { variants { product { variants { listings { availability } } } } } } }",
        "{ products(last: 5) { nodes { brand { products(first: 2) { nodes { bestListing { availability } } } } } } }",
        "{ products(last: 3) { nodes { variants { product { bestListing { url availability } a: bestListing { availability } } } } } }",
    ],
)
async def test_an_unknown_value(client: httpx2.AsyncClient, query: str) -> None:
    by_reference, *by_plan = [await answer_to(client, query) for _ in range(3)]
    assert by_plan == [by_reference] * 2
    data, errors = by_reference
    assert len(errors) == 1 if data is None else len(errors) > 3
    assert {code for _, code in errors} == {"INTERNAL"}


async def test_a_count_that_takes_too_long(client: httpx2.AsyncClient, loaded_url: str) -> None:
    query = "{ products(last: 5) { nodes { variants { product { brand { products(first: 1) { totalCount nodes { id } } } } } } } }"
    answers = []
    for turn in range(1, 4):
        answers.append(await answer_to(client, query))
        assert (await fetched(loaded_url, "SELECT max(objid::bigint) FROM pg_locks WHERE classid = 4711"))[0][0] == turn
    data, errors = answers[0]
    assert answers == [answers[0]] * 3
    assert len(errors) > 3
    assert {code for _, code in errors} == {"UNAVAILABLE"}
    brands = [variant["product"]["brand"] for node in data["products"]["nodes"] for variant in node["variants"]]
    assert all(one["products"]["totalCount"] is None and one["products"]["nodes"] for one in brands if one)
