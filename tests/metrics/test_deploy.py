"""The Grafana dashboard and the alert rules name metrics and labels that there are, and each alert is documented."""

import json
import re
from typing import Any

import asyncpg
import pytest
import yaml
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.architecture.project import ROOT
from tests.graph import Graph
from tests.metrics.conftest import Serve
from tests.metrics.exposition import Exposition, scrape
from tests.transport.wires import PROTOCOL
from tests.webhooks.clerk import Clerk

DASHBOARD: Any = json.loads((ROOT / "deploy/grafana/clientele.json").read_text())
RULES: Any = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
BY_PROMETHEUS = {"up", "job", "instance"}
SELECTOR = re.compile(r"\b((?:graphql|clientele|process|python)_\w+|up)(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on|ignoring|without) \(([\w, ]+)\)")
JOB = "INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, status) VALUES (0, 'mail', 'queued')"
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = {panel["title"]: "\n".join(target["expr"] for target in panel["targets"]) for panel in PANELS}
EXPRESSIONS |= {rule["alert"]: rule["expr"] for rule in RULES}


@pytest.fixture(scope="module")
async def shown(serve: Serve, empty_database_url: str) -> Exposition:
    """What a server shows after it has done some of everything."""
    async with (
        Clerk.open() as clerk,
        serve(empty_database_url, clerk_issuer=clerk.issuer, connections_per_address=1) as served,
    ):
        for query in ("query Home { supportedLanguages }", 'query Find { customerByUsername(username: "a") { id } }'):
            for _ in range(2):
                await Graph(served.http)(query)
        await Graph(served.http).errors("{ nothing }")
        await served.http.post("/webhooks/clerk", content=b"{}")
        await Graph(served.http, clerk.token()).send("{ supportedLanguages }")
        address = f"ws://127.0.0.1:{served.http.base_url.port}/graphql"
        async with connect(address, subprotocols=[PROTOCOL]):
            with pytest.raises(InvalidStatus):
                await connect(address, subprotocols=[PROTOCOL])
        connection = await asyncpg.connect(empty_database_url)
        await connection.execute(JOB)
        await connection.close()
        return await scrape(served.http)


@pytest.mark.parametrize("title", EXPRESSIONS)
def test_what_is_named_exists(title: str, shown: Exposition) -> None:
    expression = EXPRESSIONS[title]
    found = SELECTOR.findall(expression)
    assert found
    labels: set[str] = set(BY_PROMETHEUS)
    for name, selector in found:
        own = {label for sample in shown.samples if sample.name == name for label in sample.labels}
        assert name in shown.names | {"up"}
        assert set(re.findall(r"(\w+)(?==~?\")", selector)) <= own | BY_PROMETHEUS
        labels |= own
    for grouped in GROUPING.findall(expression):
        assert set(grouped.split(", ")) <= labels
    assert expression.count("(") == expression.count(")")


class TestDashboard:
    def test_panels_do_not_overlap(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells

    def test_ids_and_titles_are_unique(self) -> None:
        for key in ("id", "title"):
            values = [panel[key] for panel in DASHBOARD["panels"]]
            assert len(set(values)) == len(values)

    def test_shows_every_metric_of_ours(self, shown: Exposition) -> None:
        named = {name for expression in EXPRESSIONS.values() for name, _ in SELECTOR.findall(expression)}
        ours = {family.name for family in shown.families if family.name.startswith(("graphql_", "clientele_"))}
        missing = {one for one in ours if not any(name.startswith(one) for name in named)}
        assert missing == {"graphql_cache_entries"}


class TestRules:
    def test_each_says_how_bad_it_is_and_what_to_do(self) -> None:
        for rule in RULES:
            assert rule["labels"]["severity"] in {"warning", "critical"}
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"

    def test_each_is_documented(self) -> None:
        documented = re.findall(r"^#### (Clientele\w+)$", OPERATIONS, re.MULTILINE)
        assert documented == [rule["alert"] for rule in RULES]
