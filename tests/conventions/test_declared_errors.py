"""Each mutation declares the user errors that it can give."""

import re
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from errors import SignedOut, UserErrorException
from errors.customers import UsernameTaken
from models import rules
from settings import Settings
from tests.architecture.project import GRAPH
from tests.conftest import serving
from tests.graph import Graph, only
from tests.people import World
from tests.tickets.submissions import submit

TYPES = {error.graphql_type for error in UserErrorException.__subclasses__()}


def test_descriptions_list_them() -> None:
    assert GRAPH.mutation_type
    for name, field in GRAPH.mutation_type.fields.items():
        listed = re.search(r"\n\nPossible `userErrors`: (`\w+`(?:, `\w+`)*)\.$", field.description or "")
        assert listed, name
        names = re.findall(r"\w+", listed[1])
        assert names[0] == SignedOut.graphql_type
        assert len(names) == len(set(names))
        assert set(names) <= TYPES


def raise_undeclared(*_: Any) -> None:
    raise UsernameTaken("layla", "layla2")


class TestUndeclared:
    """A mutation that gives an error which it does not declare."""

    async def test_fails_in_development(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "language", raise_undeclared)
        query = 'mutation { submitTicket(input: {description: "x", language: "en"}) { userErrors { message } } }'
        with capture_logs() as logs:
            (error,) = await world.nobody.errors(query)
        assert error["extensions"]["code"] == "INTERNAL"
        (line,) = [line for line in logs if line["event"] == "internal_error"]
        assert "submitTicket gave UsernameTakenError: add UsernameTaken to the `errors`" in line["trace"]

    async def test_is_logged_in_production(
        self, settings: Settings, credentials: Secrets, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "language", raise_undeclared)
        production = settings.model_copy(update={"environment": "production"})
        app = application.create(production, credentials, database_url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address) as http:
            with capture_logs() as logs:
                payload = await submit(Graph(http), language="en")
        assert only(payload) == "UsernameTakenError"
        assert {"event": "undeclared_user_error", "log_level": "error", "mutation": "submitTicket",
                "error": "UsernameTakenError"} in logs  # fmt: skip
