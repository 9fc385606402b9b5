"""Servers of their own, over a database whose registered documents nobody else changes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import md5, sha256
from typing import Any, NamedTuple

import httpx2
import pytest

import application
from actions import trusted_documents
from auth.secrets import Secrets
from database.engine import Database
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
from tests.variables import changed
from transport.persisted_documents import PersistedDocuments

BRANDS = "query Brands { brands { totalCount } }"
ID = md5(BRANDS.encode(), usedforsecurity=False).hexdigest()
DATA = {"data": {"brands": {"totalCount": 0}}}
REFUSED = (400, "FORBIDDEN", "document_not_registered")
UNKNOWN = "query Unknown { supportedLanguages }"
JSON = {"accept": "application/json"}
GRAPHQL = {"accept": "application/graphql-response+json"}


def digest(text: str) -> str:
    """Give the SHA-256 of a text as clients send it."""
    return sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    """Give the `extensions` that name a text."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


class Served(NamedTuple):
    """A running server, and a client of it."""

    app: Any
    http: httpx2.AsyncClient

    @property
    def documents(self) -> PersistedDocuments:
        """What it has of documents."""
        found: PersistedDocuments = self.app.sockets._graph.operations.persisted
        return found

    async def post(self, headers: dict[str, str] = GRAPHQL, /, **members: Any) -> httpx2.Response:
        """Send members of a request as they are."""
        return await self.http.post("/graphql", json=members, headers=headers)

    async def register(self, text: str) -> None:
        """Register a query as clients do."""
        answer = await self.post(query=text, extensions=persisted(text))
        assert "errors" not in answer.json(), answer.json()

    async def knows(self, text: str) -> bool:
        """Whether a query can be sent by its hash."""
        answer = (await self.post(extensions=persisted(text))).json()
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        return "errors" not in answer


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture(scope="session")
def serve_at(settings: Settings, credentials: Secrets) -> Serve:
    """Start a server with some settings changed, over the database at an address."""

    @asynccontextmanager
    async def served(url: str, **values: Any) -> AsyncIterator[Served]:
        given = {"persisted_queries_per_hour_and_address": 1_000_000} | values
        app = application.create(changed(settings, **given), credentials, url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
            yield Served(app, http)

    return served


@pytest.fixture
def serve(serve_at: Serve, fresh_url: str) -> Serve:
    """The same, over a database of the test."""

    def served(**values: Any) -> AbstractAsyncContextManager[Served]:
        return serve_at(fresh_url, **values)

    return served


@pytest.fixture(scope="module")
async def server(serve_at: Serve, empty_database_url: str) -> AsyncIterator[Served]:
    """A server with the default settings."""
    async with serve_at(empty_database_url) as served:
        yield served


def refusal(response: httpx2.Response) -> tuple[int, Any, Any]:
    """Give status, code and reason of a refusal."""
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["extensions"].get("reason")


def of_requests(statements: list[str]) -> list[str]:
    """Give those that write documents, without those of the timers that delete old ones meanwhile."""
    return [sql for sql in statements if ("document" in sql or "persisted" in sql) and "ctid" not in sql]


async def register(url: str, *texts: str, **by_id: str) -> None:
    """Register trusted documents, by their MD5 or by ids."""
    documents = {md5(text.encode(), usedforsecurity=False).hexdigest(): text for text in texts} | by_id
    database = await Database.connect(url, size=1, statement=5, lock=5, wait=5)
    try:
        async with database.transaction() as tx:
            await trusted_documents.register(tx, documents, {})
    finally:
        await database.close()
