"""A law: every example of the explorer and every query of the benchmarks runs by its plan, and never falls back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from execution.documents import Documents
from models import ids
from tests.execution.demo_graph import Demo, fetched
from tests.execution.running import outcomes

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "explorer" / "examples").glob("*.graphql"))
LIVE = [path for path in FILES if re.search("^subscription ", path.read_text(), re.MULTILINE)]
EXAMPLES = [path for path in FILES if path not in LIVE]
QUERIES = sorted((ROOT / "benchmarks" / "queries").glob("*.graphql"))


def read(path: Path) -> tuple[str, Any]:
    """Read an operation and its variables."""
    given = path.with_suffix(".json")
    return path.read_text(), json.loads(given.read_text()) if given.exists() else {}


def drawn(data: bytes) -> bytes:
    """Leave out what is drawn by lot."""
    return re.sub(rb'"suggestion":"\w+"', b"", data)


async def settled(demo: Demo, text: str, variables: Any, who: str) -> tuple[Any, Any]:
    """Run an operation four times; give its last answer, and what became of the third and the fourth."""
    document = parse(text)
    for _ in range(2):
        answer = await demo.compiled(document, variables, who)
    before = outcomes(demo.schema).copy()
    for _ in range(2):
        answer = await demo.compiled(document, variables, who)
    return answer, outcomes(demo.schema) - before


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
async def test_examples(demo: Demo, path: Path) -> None:
    text, variables = read(path)
    who = re.search(r"^# persona: (\w+)", text, re.MULTILINE)
    assert who
    answer, became = await settled(demo, text, variables, who[1])
    assert set(became) == {"compiled"}, became
    assert answer[1] == []
    if "mutation" not in text:
        reference = await demo.reference(parse(text), variables, who[1])
        assert [drawn(answer[0]), answer[1]] == [drawn(reference[0]), reference[1]]


@pytest.mark.parametrize("path", LIVE, ids=lambda path: path.stem)
def test_live_examples(demo: Demo, path: Path) -> None:
    """They wait for what happens, so they are but read here; `test_tickets_live` shows their like at work."""
    text, _ = read(path)
    assert Documents(demo.schema._schema).get(text).errors == ()
    assert re.search(r"^# persona: (\w+)", text, re.MULTILINE)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
async def test_benchmarks(demo: Demo, path: Path) -> None:
    rows = await fetched(demo.url, "SELECT id FROM customer ORDER BY followers_count DESC LIMIT 1")
    solver = await fetched(demo.url, "SELECT id FROM solver LIMIT 1")
    variables = {
        "id": ids.encode("Customer", rows[0]["id"]),
        "ids": [ids.encode("Customer", rows[0]["id"]), ids.encode("Solver", solver[0]["id"]), "nothing"],
        "first": 50,
        "category": "women-dresses",
        "most": "500.00",
    }
    text, _ = read(path)
    answer, became = await settled(demo, text, variables, "nora")
    assert set(became) == {"compiled"}, became
    assert answer == await demo.reference(parse(text), variables, "nora")
