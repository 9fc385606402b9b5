"""Nulls in a list of objects: they cost no other object a second reading."""

from types import SimpleNamespace
from typing import Any

import pytest

from execution.completers import FieldFailure, objects
from execution.deadline import Deadline


class Row:
    """A source."""


class ReadOnce:
    """A selection that refuses to read a source twice."""

    def __init__(self) -> None:
        self.batch = object()
        self.compiled = {Row: (self._read, self.batch)}
        self.read: list[Any] = []

    def _read(self, row: Any, _run: Any) -> dict[str, Any]:
        assert row not in self.read
        self.read.append(row)
        return {"row": row}

    def compile(self, of: type) -> Any:
        pytest.fail(f"{of} is compiled already")


@pytest.mark.parametrize("required", [False, True])
def test_other_objects_are_read_once(required: bool) -> None:
    rows, selection = [Row() for _ in range(3)], ReadOnce()
    run = SimpleNamespace(pending={}, failed=False, deadline=Deadline())
    outputs = objects(selection, required=required)([rows[0], None, rows[1], rows[2], None], run)
    kept = [one for one in outputs if isinstance(one, dict)]
    assert kept == [{"row": row} for row in rows]
    assert [type(outputs[at]) for at in (1, 4)] == [FieldFailure if required else type(None)] * 2
    assert run.failed is required
    assert run.pending == {selection.batch: (rows, kept)}
