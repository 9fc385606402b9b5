"""The goals: what our CPU, of server and database together, may be of another server's."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.load import Sample
from benchmarks.measure import CEILING, OURS, Results
from benchmarks.operations import QUERIES
from benchmarks.words import NAMES, REASONS

QUERY_GOALS = {
    CEILING: (1.2, 1.2, 1.25, 1.1),
    "postgraphile": (0.75, 0.65, 0.4, 0.4),
    "mercurius": (1.8, 0.65, 0.4, 0.58),
}
STRETCH = {"postgraphile": (0.6, 0.6, 0.4, 0.36), "mercurius": (1.4, 0.6, 0.4, 0.5)}
"""What is hoped for beyond the goals."""
FAILING = 1.5
MUTATION = 1.3
MILLISECONDS = 50.0
"""Half of all 1,000 subscribers receive an event within this time."""


def mark(value: float, limit: float) -> str:
    return "✓" if value <= limit else "✗"


def table(results: Results, queries: Sequence[str]) -> str:
    """Draw what was to be reached, and what was."""
    from benchmarks.report import drawn

    rows = []
    for name, limits in QUERY_GOALS.items():
        if name in results:
            cells = []
            for place, query in enumerate(QUERIES):
                if query in queries:
                    ratio, limit = _ratio(results, name, query), limits[place]
                    further = STRETCH.get(name, limits)[place]
                    hoped = f" ({further} {mark(ratio, further)})" if further != limit else ""
                    cells.append(f"{ratio:.2f} of {limit} {mark(ratio, limit)}{hoped}")
            rows.append((f"÷ {NAMES[name]}", *cells))
    return drawn(("CPU of ours, at most", *queries), rows)


def _ratio(results: Results, name: str, operation: str) -> float:
    return results[OURS].total(operation) / results[name].total(operation)


def missed(queries: Results, mutations: Results, failing: Mapping[str, Sample], milliseconds: float) -> str:
    """Say which goals are not reached, by how much, and what is known of the reason."""
    lines = list(_missed(queries, mutations, failing, milliseconds))
    return "\n".join(f"- {line}" for line in lines) if lines else "All goals are reached."


def _missed(queries: Results, mutations: Results, failing: Mapping[str, Sample], milliseconds: float) -> Iterator[str]:
    for name, limits in QUERY_GOALS.items():
        for query, limit in zip(QUERIES, limits, strict=True):
            if name in queries and (ratio := _ratio(queries, name, query)) > limit:
                yield _line(f"{query} ÷ {NAMES[name]}", ratio, limit, query)
    for name in mutations[OURS].samples:
        if (ratio := _ratio(mutations, CEILING, name)) > MUTATION:
            yield _line(f"{name} ÷ {NAMES[CEILING]}", ratio, MUTATION, name)
    well, broken = (one.cpu for one in failing.values())
    if broken / well > FAILING:
        yield _line("One failing item in Q3", broken / well, FAILING, "failing")
    if milliseconds > MILLISECONDS:
        yield _line("An event for 1,000 subscribers, in ms", milliseconds, MILLISECONDS, "live")


def _line(what: str, value: float, limit: float, reason: str) -> str:
    over = 100 * (value / limit - 1)
    return f"**{what}:** {value:.2f} instead of {limit:g}, {over:.0f} % too much. {REASONS.get(reason, '')}".rstrip()
