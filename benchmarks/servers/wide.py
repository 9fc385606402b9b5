"""The hand-written route once more, but each statement gives all columns that the graph has a use for."""

from starlette.applications import Starlette

from benchmarks.servers import ceiling


def create() -> Starlette:
    ceiling.STATEMENTS = {by: ceiling.Statements(by, {}) for by in ceiling.STATEMENTS}
    return ceiling.create()
