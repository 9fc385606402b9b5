"""Reads that explain each statement of a loader before they run it, as the server would plan it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from auth.viewer import Viewer
from database.reads import BEGIN_WITH_CUSTOM_PLANS
from database.statements import Row, Statement

BEGIN_WITH_GENERIC_PLANS = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan"
OPTIONS = "ANALYZE, BUFFERS, FORMAT JSON"


@dataclass
class Plan:
    """What a statement did."""

    root: dict[str, Any]
    milliseconds: float

    @property
    def blocks(self) -> int:
        """How many blocks it read, whether they were in memory or not, sorted rows on disk among them."""
        names = "Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks"
        return sum(int(self.root[name]) for name in names)

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Every node of the plan."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.get("Plans", ())

    @property
    def scanned(self) -> set[str]:
        """The tables that were read from their beginning."""
        return {
            node["Relation Name"] for node in self.nodes() if node["Node Type"] == "Seq Scan" and node["Actual Loops"]
        }

    @property
    def indexes(self) -> set[str]:
        """The indexes that were read."""
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node and node["Actual Loops"]}

    @property
    def sorted_rows(self) -> int:
        """How many rows were sorted at most."""
        sorts = [node for node in self.nodes() if node["Node Type"] in {"Sort", "Incremental Sort"}]
        return max((int(child["Actual Rows"]) for node in sorts for child in node["Plans"]), default=0)


@dataclass
class ExplainedReads:
    """In place of `Reads`: one connection, and a plan for each statement."""

    connection: asyncpg.Connection
    always: dict[str, Any] = field(default_factory=lambda: {"viewer": None, "currency": "AED"})
    language: str | None = None
    plans: list[Plan] = field(default_factory=list)

    async def rows(self, statement: Statement, **parameters: Any) -> list[Row]:
        """Explain a statement, then run it."""
        if self.language is not None and statement.translated is not None:
            statement, parameters = statement.translated, parameters | {"language": self.language}
        values = statement.arguments(self.always | parameters)
        written = ", ".join(literal(value) for value in values)
        begin = BEGIN_WITH_CUSTOM_PLANS if statement.custom_plan else BEGIN_WITH_GENERIC_PLANS
        await self.connection.execute(f"{begin}; PREPARE tried AS {statement.sql}")
        try:
            explained = await self.connection.fetchval(f"EXPLAIN ({OPTIONS}) EXECUTE tried({written})")
            (found,) = json.loads(explained)
            self.plans.append(Plan(found["Plan"], found["Execution Time"]))
            rows: list[Row] = await self.connection.fetch(statement.sql, *values, record_class=statement.row)
        finally:
            await self.connection.execute("ROLLBACK; DEALLOCATE tried")
        return rows

    @property
    def blocks(self) -> int:
        """How many blocks all statements read."""
        return sum(plan.blocks for plan in self.plans)


def literal(value: Any) -> str:
    """Write a parameter of EXECUTE."""
    if isinstance(value, list | tuple):
        texts = ('"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value)
        return literal("{" + ",".join(texts) + "}")
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def opened(loader: type[Any], reads: ExplainedReads, *arguments: Any) -> Any:
    """Make a loader that reads through these."""
    return loader(reads, Viewer(), *arguments)


def key(kind: int, number: int) -> UUID:
    """Give the id of a row of `tests/large/rows.py`."""
    return UUID(int=kind << 40 | number)
