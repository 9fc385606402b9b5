"""What is compiled for the rows of a statement goes with the statement, however long the plan lives."""

from collections.abc import AsyncIterator
from dataclasses import replace
from gc import collect

import pytest
from graphql import parse

from database.engine import Database
from database.statements import JoinedRow, Row
from loaders.page_statements import page_statement
from tests.execution.demo_graph import NOBODY, Demo
from tests.execution.running import compiled

QUERY = parse("{ products(first: 2) { nodes { title brand { name } variants { product { title } } } } }")
STATEMENTS = 150


@pytest.fixture
async def forgetful(demo: Demo) -> AsyncIterator[Demo]:
    """One connection, which keeps few prepared statements: these have the class of their rows, too."""
    database = await Database.connect(demo.url, size=1, statement=10, lock=2, wait=5, prepared=10)
    yield replace(demo, database=database)
    await database.close()


async def test_a_plan_keeps_few_classes_of_rows(forgetful: Demo) -> None:
    """As clients vary filters, orders and cursors, a plan sees the rows of ever new statements."""
    expected = await forgetful.reference(QUERY, {}, NOBODY)
    before = [len(kind.__subclasses__()) for kind in (Row, JoinedRow)]
    for _ in range(STATEMENTS):
        page_statement.cache_clear()  # as if others had pushed them out
        assert await forgetful.run(compiled, QUERY, {}, NOBODY) == expected
    collect()
    after = [len(kind.__subclasses__()) for kind in (Row, JoinedRow)]
    assert all(new - old < STATEMENTS / 2 for new, old in zip(after, before, strict=True)), (before, after)
