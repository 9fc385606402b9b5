"""`GraphQL-Execution: report`: how an operation was executed, in development only (X2)."""

from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

import application
from auth.secrets import Secrets
from database.engine import Database
from database.recording import MAX_ALL_CHARS, MAX_CHARS, MAX_STATEMENTS, Recording
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.people import World
from tests.variables import changed

ASKED = {"graphql-execution": "report"}
VIEWER = "{ viewer { username wishlists(first: 2) { nodes { name } } } }"
CREATE = "mutation ($input: CreateWishlistInput!) { createWishlist(input: $input) { wishlist { name } } }"


def unique(query: str) -> str:
    """The same operation as a text that no other test has sent."""
    return query.replace("{", f"query Q{uuid4().hex} {{", 1)


async def reported(graph: Graph, query: str, **variables: Any) -> Any:
    return (await graph.send(query, ASKED, **variables)).json()["extensions"]["execution"]


class TestReport:
    """What a report tells."""

    async def test_not_asked_for(self, world: World) -> None:
        me = await world.person()
        assert "extensions" not in (await me.graph.send(VIEWER)).json()
        assert "extensions" not in (await me.graph.send(VIEWER, {"graphql-execution": "all"})).json()

    async def test_statements_of_a_query(self, world: World) -> None:
        me = await world.person()
        await me.graph(VIEWER)  # the first one notes when they were last active
        answer = (await me.graph.send(VIEWER, ASKED | {"graphql-cost": "report"})).json()
        report, cost = answer["extensions"]["execution"], answer["extensions"]["cost"]
        assert answer["data"]["viewer"]["username"] == me.username
        assert report["cost"] == {"requested": 3, "allowed": 10_000, "actual": cost["actual"]}
        assert (report["statements"], report["rows"]) == (cost["statements"], cost["rows"])
        assert [one["loader"] for one in report["sql"]][-2:] == ["CustomerById", "WishlistsByOwner"]
        assert [one["type"] for one in report["sql"]][-2:] == ["Customer", "Wishlist"]
        assert all(one["text"].startswith("SELECT") and one["error"] is None for one in report["sql"])
        assert 0 < sum(one["milliseconds"] for one in report["sql"]) < report["milliseconds"]
        assert report["leftOut"] == 0

    async def test_values_are_not_told(self, world: World) -> None:
        me = await world.person()
        report = await reported(me.graph, CREATE, input={"name": "A secret wish"})
        told = orjson.dumps(report).decode()
        assert "A secret wish" not in told
        assert str(me.key) not in told
        assert me.username not in told

    async def test_statements_of_a_transaction(self, world: World) -> None:
        me = await world.person()
        await me.graph(VIEWER)
        report = await reported(me.graph, CREATE, input={"name": "Desk"})
        control = [one["text"] for one in report["sql"] if one["control"]]
        assert control == ["BEGIN;", "COMMIT;"]
        inserts = [one for one in report["sql"] if one["text"].startswith("INSERT INTO wishlist")]
        assert [one["rows"] for one in inserts] == [1]
        assert report["statements"] == len(report["sql"]) - len(control)

    async def test_what_failed(self, world: World) -> None:
        me = await world.person()
        query = VIEWER.replace("2", "101")
        answer = (await me.graph.send(unique(query), ASKED)).json()
        assert answer["errors"][0]["extensions"]["reason"] == "bad_page"
        assert answer["extensions"]["execution"]["mode"] == "REFERENCE"

    async def test_size_of_the_answer_alone(self, http: httpx2.AsyncClient) -> None:
        query = {"query": "{ __schema { types { name description } } }"}
        plain = await http.post("/graphql", json=query, headers={"accept-encoding": "gzip"})
        asked = await http.post("/graphql", json=query, headers={"accept-encoding": "gzip"} | ASKED)
        size = asked.json()["extensions"]["execution"]["bytes"]
        encoded = int(plain.headers["content-length"])
        assert size == {"decoded": len(plain.content), "encoded": encoded, "encoding": "gzip"}
        assert encoded < len(plain.content)

    async def test_small_answers_are_sent_as_they_are(self, http: httpx2.AsyncClient) -> None:
        query = {"query": "{ supportedLanguages }"}
        size = (await http.post("/graphql", json=query, headers=ASKED)).json()["extensions"]["execution"]["bytes"]
        plain = await http.post("/graphql", json=query)
        assert size == {"decoded": len(plain.content), "encoded": len(plain.content), "encoding": None}

    async def test_no_cache_keeps_it(self, http: httpx2.AsyncClient) -> None:
        query = {"query": "{ stores(first: 1) { nodes { name } } }"}
        kept = await http.get("/graphql", params=query)
        assert "max-age" in kept.headers["cache-control"]
        asked = await http.get("/graphql", params=query, headers=ASKED)
        assert asked.headers["cache-control"] == "no-store"
        assert "execution" in asked.json()["extensions"]


class TestMode:
    """Whether an operation ran compiled."""

    async def test_the_second_time(self, world: World) -> None:
        me, query = await world.person(), unique(VIEWER)
        first, second = await reported(me.graph, query), await reported(me.graph, query)
        assert (first["mode"], first["reason"]) == ("REFERENCE", "first execution")
        assert (second["mode"], second["reason"]) == ("COMPILED", None)

    async def test_each_mutation_counts(self, world: World) -> None:
        """The first one runs compiled, and so does the rest of the second one, but not what fails in it."""
        me, made = await world.person(), '(input: {name: "Desk"}) { wishlist { %s } }'
        query = f"{{ a: createWishlist{made % 'name'} b: createWishlist{made % 'items(first: 101) { totalCount }'} }}"
        query = unique(query).replace("query", "mutation", 1)
        await me.graph.send(query)
        answer = (await me.graph.send(query, ASKED)).json()
        assert answer["errors"][0]["path"] == ["b", "wishlist", "items"]
        assert (answer["data"]["a"], answer["extensions"]["execution"]["mode"]) == (
            {"wishlist": {"name": "Desk"}}, "RECOVERED",
        )  # fmt: skip


class TestRefusals:
    """What was refused has a report as well."""

    async def test_too_complex(self, world: World) -> None:
        query = "{ brands(first: 100) { nodes { products(first: 100) { nodes { brand { name } } } } } }"
        answer = (await world.nobody.send(query, ASKED)).json()
        assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
        report = answer["extensions"]["execution"]
        assert (report["cost"]["requested"], report["cost"]["allowed"]) == (20_100, 5_000)
        assert (report["mode"], report["statements"], report["sql"]) == (None, 0, [])

    async def test_token(self, http: httpx2.AsyncClient) -> None:
        headers = ASKED | {"authorization": "Bearer nonsense"}
        answer = await http.post("/graphql", json={"query": VIEWER}, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["extensions"]["execution"]["mode"] is None

    async def test_body(self, http: httpx2.AsyncClient) -> None:
        answer = await http.post("/graphql", json={"query": "#" * 110_000}, headers=ASKED)
        assert answer.status_code == 413
        assert answer.json()["extensions"]["execution"]["cost"]["requested"] == 0


class TestStreams:
    """A stream has events, and no report."""

    async def test_query(self, http: httpx2.AsyncClient) -> None:
        headers = ASKED | {"accept": "text/event-stream"}
        answer = await http.post("/graphql", json={"query": "{ supportedLanguages }"}, headers=headers)
        assert "execution" not in answer.text
        assert "supportedLanguages" in answer.text


class TestProduction:
    """Nobody is told there."""

    async def test_ignored(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        given = changed(settings, environment="production")
        async with (
            serving(application.create(given, credentials, database_url)) as url,
            httpx2.AsyncClient(base_url=url) as http,
        ):
            headers = ASKED | {"x-graphiql": "true"}
            answer = await http.post("/graphql", json={"query": "{ supportedLanguages }"}, headers=headers)
            assert answer.json() == {"data": {"supportedLanguages": ["en", "ar"]}}

    async def test_connections_record_nothing(self, database_url: str) -> None:
        database = await Database.connect(database_url, size=1, statement=5, lock=2, wait=2)
        recording = Recording()
        async with database.connections.connection() as connection:
            with recording.running():
                await connection.fetch("SELECT 1")
        await database.close()
        assert recording.statements == []


class TestRecording:
    """What is kept of statements."""

    @pytest.fixture
    async def connection(self, database_url: str) -> Any:
        database = await Database.connect(database_url, size=1, statement=5, lock=2, wait=2, recorded=True)
        async with database.connections.connection() as connection:
            yield connection
        await database.close()

    async def test_rows_and_errors(self, connection: Any) -> None:
        recording = Recording()
        with recording.running():
            await connection.fetch("SELECT generate_series(1, $1::int)", 3)
            await connection.execute("SET LOCAL lock_timeout = 1000")
            with pytest.raises(Exception, match="division by zero"):
                await connection.fetch("SELECT 1 / $1::int", 0)
        await connection.fetch("SELECT 2")
        assert [(one.sql[:10], one.rows, one.error) for one in recording.statements] == [
            ("SELECT gen", 3, None), ("SET LOCAL ", None, None), ("SELECT 1 /", None, "22012"),
        ]  # fmt: skip

    async def test_rows_of_a_list(self, connection: Any) -> None:
        """As the ingestion of products sends them."""
        recording = Recording()
        await connection.execute("BEGIN READ WRITE; CREATE TEMPORARY TABLE number (value int)")
        with recording.running():
            await connection.copy_records_to_table("number", records=[(1,), (2,)])
            await connection.executemany("INSERT INTO number VALUES ($1)", [(3,), (4,)])
        await connection.copy_records_to_table("number", records=[(5,)])
        await connection.executemany("INSERT INTO number VALUES ($1)", [(6,)])
        assert [(one.sql, one.rows) for one in recording.statements] == [
            ("COPY number FROM STDIN", 2), ("INSERT INTO number VALUES ($1)", None),
        ]  # fmt: skip
        assert await connection.fetchval("SELECT sum(value) FROM number") == 21
        await connection.execute("ROLLBACK")

    async def test_a_long_text_is_cut(self, connection: Any) -> None:
        recording = Recording()
        with recording.running():
            await connection.fetch(f"SELECT '{'x' * MAX_CHARS}'")
        assert len(recording.statements[0].sql) == MAX_CHARS + 2

    @pytest.mark.parametrize(
        ("text", "kept"), [("SELECT 1", MAX_STATEMENTS), ("x" * MAX_CHARS, MAX_ALL_CHARS // MAX_CHARS)]
    )
    def test_there_is_room_for_so_many(self, text: str, kept: int) -> None:
        recording = Recording()
        for _ in range(MAX_STATEMENTS + 5):
            with recording.timing(text):
                pass
        assert len(recording.statements) == kept
        assert recording.left_out == MAX_STATEMENTS + 5 - kept
