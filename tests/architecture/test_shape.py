"""Small files, mutations of one form (G3), lists that page (G2), tables as the migrations make them."""

import asyncio
from pathlib import Path
from statistics import median

import asyncpg
import pytest
from alembic import command
from graphql import GraphQLObjectType
from pgqueuer import AsyncpgDriver

import migrations
from jobs import pgqueuer_adapter
from tests.architecture.project import FILES, GRAPH, module

SHORT_LISTS = {
    "Category.ancestors", "Category.children", "Listing.offers", "Product.images",
    "Product.ratingHistogram", "Product.suitableBodyTypes", "Product.tags", "Product.variants",
    "ProductVariant.attributes", "ProductVariant.images", "ProductVariant.listings", "ProductVariant.priceHistory",
    "Query.categories", "Query.nodes", "Query.supportedLanguages", "SupportSession.payments", "Ticket.sessions",
    "ProductFacet.values",
    "CustomerStats.averageOrderValue", "CustomerStats.totalSpent", "Order.lines", "Order.payments", "Payment.refunds",
}  # fmt: skip


def length(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("path", FILES, ids=module)
def test_no_file_is_long(path: Path) -> None:
    assert length(path) <= 300


def test_the_median_file_is_short() -> None:
    assert median(length(path) for path in FILES) <= 120


def test_every_mutation_takes_an_input_and_gives_a_payload() -> None:
    assert GRAPH.mutation_type
    for name, field in GRAPH.mutation_type.fields.items():
        verb = name[0].upper() + name[1:]
        assert [f"{key}: {argument.type}" for key, argument in field.args.items()] == [f"input: {verb}Input!"]
        assert str(field.type) == f"{verb}Payload!"
        assert "userErrors" in field.type.of_type.fields


def test_lists_that_can_grow_are_connections() -> None:
    lists = {
        f"{name}.{key}"
        for name, kind in GRAPH.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for key, field in kind.fields.items()
        if "[" in str(field.type) and not name.endswith(("Connection", "Payload", "Error"))
    }
    assert lists == SHORT_LISTS


async def test_the_migrations_make_the_tables_of_the_models(empty_database_url: str) -> None:
    await asyncio.to_thread(command.check, migrations.config(empty_database_url))


async def test_the_migrations_make_the_tables_of_pgqueuer(empty_database_url: str) -> None:
    """They have a schema of their own, where the law above does not look; the library itself compares them."""
    connection = await asyncpg.connect(empty_database_url)
    try:
        assert not (await pgqueuer_adapter.queries(AsyncpgDriver(connection)).plan_upgrade()).statements
    finally:
        await connection.close()
