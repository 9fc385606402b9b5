"""What a connection gives for many parents in one answer is what it gives for each in an answer of its own."""

import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx2
import pytest
from graphql import GraphQLObjectType, get_named_type, is_list_type, is_required_argument

import application
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from database.urls import plain_url
from models import ids
from models.columns import Table
from settings import Settings
from tests.architecture.project import GRAPH
from tests.conftest import serving
from tests.conventions.pools import PERSONAS
from tests.graph import Graph

SHOWN = "totalCount nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
MANY = "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ id {fields} }} }} }}"
ONE = "query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ id {fields} }} }} }}"
PARENTS, COMPARED = 60, 6


def kinds() -> list[GraphQLObjectType]:
    """Give the types whose objects can be listed, as anything that has an id can."""
    every = [kind for kind in GRAPH.type_map.values() if isinstance(kind, GraphQLObjectType)]
    return [kind for kind in every if any(interface.name == "Node" for interface in kind.interfaces)]


def is_connection(kind: GraphQLObjectType) -> bool:
    return {"edges", "nodes", "pageInfo"} <= set(kind.fields)


def connections(kind: GraphQLObjectType) -> Iterator[tuple[str, list[str]]]:
    """Give the connections of a type, and those of its parts that have no id, each as `Owner.field` and the way there."""
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if not isinstance(below, GraphQLObjectType) or any(map(is_required_argument, field.args.values())):
            continue
        if is_connection(below):
            yield f"{kind.name}.{name}", [name]
        elif below not in kinds() and not is_list_type(getattr(field.type, "of_type", field.type)):
            yield from ((found, [name, *way]) for found, way in connections(below))


FIELDS = {name: (kind.name, way) for kind in kinds() for name, way in connections(kind)}


def test_every_connection_is_compared() -> None:
    roots = {"Query", "Mutation", "Subscription"}
    every = {
        f"{kind.name}.{name}"
        for kind in GRAPH.type_map.values()
        if isinstance(kind, GraphQLObjectType) and kind.name not in roots
        for name, field in kind.fields.items()
        if isinstance(below := get_named_type(field.type), GraphQLObjectType) and is_connection(below)
    }
    assert set(FIELDS) == every
    assert {"Store.products", "SupportProfile.favoriteSolvers", "Wishlist.items"} <= every


@pytest.fixture(scope="module")
async def viewers(settings: Settings, credentials: Secrets, loaded_url: str) -> AsyncIterator[list[Graph]]:
    """The front ends of nobody and of the personas, over demo data."""
    app = application.create(settings, credentials, loaded_url)
    assert credentials.issuer_key
    issuer = DevelopmentIssuer(settings, credentials.issuer_key)
    tokens = [None, *(issuer.token(f"user_demo_{name}") for name in PERSONAS)]
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=60) as http:
        yield [Graph(http, token) for token in tokens]


async def parents(url: str, kind: str) -> list[str]:
    """Draw things of a type by lot, the same at each run; the personas are among the customers."""
    table = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    first = f"username = ANY('{{{','.join(PERSONAS)}}}') DESC," if kind == "Customer" else ""
    assert table in Table.metadata.tables
    connection = await asyncpg.connect(plain_url(url))
    try:
        rows = await connection.fetch(f'SELECT id FROM "{table}" ORDER BY {first} md5(id::text) LIMIT {PARENTS}')
    finally:
        await connection.close()
    return [ids.encode(kind, row["id"]) for row in rows]


@pytest.mark.parametrize("name", FIELDS)
async def test_connection(name: str, viewers: list[Graph], loaded_url: str) -> None:
    kind, way = FIELDS[name]
    keys, most = await parents(loaded_url, kind), 0
    for graph in viewers:
        for given in await pages(graph, kind, way, keys):
            fields = f"{' { '.join(way)}({given}) {{ {SHOWN} }}{' }' * (len(way) - 1)}"
            found = (await graph(MANY.format(kind=kind, fields=fields), ids=keys))["nodes"]
            many = {key: one for key, one in zip(keys, found, strict=True) if one}
            having = [key for key, one in many.items() if (listed(one, way) or {}).get("totalCount")]
            rest = [key for key in keys if key not in having]
            for key in [*having[:COMPARED], *rest[:2]]:
                alone = (await graph(ONE.format(kind=kind, fields=fields), id=key))["node"]
                assert many.get(key) == alone, (given, key)
            most = max(most, len(having))
    assert most > 1, "nobody saw rows of two parents: this proves nothing; ask for more"


async def pages(graph: Graph, kind: str, way: list[str], keys: list[str]) -> list[str]:
    """Give the arguments of pages from both ends, and from a place in the middle of the longest list there is."""
    fields = f"{' { '.join(way)}(first: 20) {{ edges {{ cursor }} }}{' }' * (len(way) - 1)}"
    found = (await graph(MANY.format(kind=kind, fields=fields), ids=keys))["nodes"]
    edges = max(((listed(one, way) or {"edges": []})["edges"] for one in found if one), key=len, default=[])
    between = [f'first: 2, after: "{edges[len(edges) // 3]["cursor"]}"',
               f'last: 2, before: "{edges[len(edges) * 2 // 3]["cursor"]}"'] if edges else []  # fmt: skip
    return ["first: 2", "last: 2", *between]


def listed(one: dict, way: list[str]) -> dict | None:
    """Follow the way from an object to a connection; None where the viewer does not get it."""
    found = one
    for name in way:
        found = found and found[name]
    return found
