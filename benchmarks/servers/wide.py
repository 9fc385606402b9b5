"""The hand-written route once more, but each statement gives all columns that the graph has a use for."""

from starlette.applications import Starlette

from benchmarks.servers import ceiling, queries


def create() -> Starlette:
    queries.STATEMENTS = {by: queries.Statements(by, {}) for by in queries.STATEMENTS}
    return ceiling.create()
