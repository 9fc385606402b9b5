"""What is told: tables for the terminal and for docs/performance.md. CPU is milliseconds of server + database = both."""

from collections.abc import Mapping, Sequence

from benchmarks.carriers import Way
from benchmarks.carriers import table as table_of_carriers
from benchmarks.crowded import Times
from benchmarks.goals import FAILING, MUTATION, mark
from benchmarks.growth import BROKEN, WELL, Growth
from benchmarks.live import Live, table
from benchmarks.load import Sample
from benchmarks.measure import ACTIONS, CEILING, OURS, Results
from benchmarks.parts import Sights
from benchmarks.words import NAMES


def both(server: float, database: float) -> str:
    """Write CPU: server + database = both."""
    return f"{server:.2f} + {database:.2f} = {server + database:.2f}"


def of_result(results: Results, name: str, operation: str) -> str:
    """Write the typical CPU of an operation on a server."""
    return both(results[name].typical(operation, "server"), results[name].typical(operation, "database"))


def cpu(results: Results, queries: Sequence[str]) -> str:
    """Draw the CPU of each server for each query, and the ratio of each sum to that of the hand-written route."""
    rows = []
    for name, result in results.items():
        cells = [
            f"{of_result(results, name, query)} ({result.total(query) / results[CEILING].total(query):.2f}×)"  # noqa: RUF001
            for query in queries
        ]
        rows.append((NAMES[name], *cells, f"{result.memory:.0f}", f"{result.started_in:.1f}"))
    return drawn(("CPU ms per request (÷ hand-written)", *queries, "peak MB", "start s"), rows)


def speed(results: Results, queries: Sequence[str]) -> str:
    """Draw requests per second with the latencies."""
    rows = [
        (
            NAMES[name],
            *(
                f"{result.typical(query, 'per_second'):,.0f} / {result.typical(query, 'p50'):.1f} / {result.typical(query, 'p99'):.1f}"
                for query in queries
            ),
        )
        for name, result in results.items()
    ]
    return drawn(("requests/s / p50 ms / p99 ms", *queries), rows)


def pages(results: Results) -> str:
    """Draw the CPU of larger queries."""
    rows = [
        (
            name,
            of_result(results, OURS, name),
            of_result(results, CEILING, name),
            f"{results[OURS].total(name) / results[CEILING].total(name):.2f}",
        )
        for name in results[OURS].samples
    ]
    return drawn(("CPU ms per request", NAMES[OURS], NAMES[CEILING], "÷ hand-written"), rows)


def mutations(results: Results) -> str:
    """Draw the CPU of mutations, and whether the goal is reached."""
    rows = []
    for name in results[OURS].samples:
        ours, least, actions = (results[server].total(name) for server in (OURS, CEILING, ACTIONS))
        cells = [of_result(results, server, name) for server in (OURS, CEILING, ACTIONS)]
        goal = f"{ours / least:.2f} of {MUTATION} {mark(ours / least, MUTATION)}"
        rows.append((name, *cells, goal, f"{ours / actions:.2f}"))
    heads = (*(NAMES[server] for server in (OURS, CEILING, ACTIONS)), "÷ hand-written", "÷ the same actions")
    return drawn(("CPU ms per mutation", *heads), rows)


def sights(found: Sights) -> str:
    """Draw what a document costs that the server has not seen before."""
    cases = {"first request": found.new, "second request": found.known, "every later request": found.later}
    rows = [(name, both(*used), f"{sum(used) / sum(found.later):.1f}") for name, used in cases.items()]
    return drawn(("CPU ms of Q2 with a new document", NAMES[OURS], "÷ later"), rows)


def failing(samples: Mapping[str, Sample]) -> str:
    """Tell what one failing item costs."""
    well, broken = samples[WELL], samples[BROKEN]
    ratio = broken.cpu / well.cpu
    return (
        f"Q3 takes {both(well.server, well.database)} ms of CPU time without errors, and "
        f"{both(broken.server, broken.database)} ms if one of its 100 items fails. This is {ratio:.2f} times as much; "
        f"the goal is at most {FAILING} {mark(ratio, FAILING)}."
    )


def growth(grown: Growth) -> str:
    """Draw all that grows."""
    return "\n\n".join((sizes(grown), statements(grown), places(grown.places), memory(grown)))


def sizes(grown: Growth) -> str:
    """Draw CPU by page size."""
    servers = list(grown.sizes)
    rows = [
        (
            str(size),
            *(both(grown.sizes[name][size].server, grown.sizes[name][size].database) for name in servers),
            f"{grown.sizes[OURS][size].cpu / grown.sizes[CEILING][size].cpu:.2f}",
        )
        for size in grown.sizes[OURS]
    ]
    return drawn(("products on a page", *(f"{NAMES[name]}, CPU ms" for name in servers), "ratio"), rows)


def statements(grown: Growth) -> str:
    """Draw statements by depth."""
    widths = list(grown.statements[1])
    rows = [(str(depth), *(str(counts[width]) for width in widths)) for depth, counts in grown.statements.items()]
    return drawn(("levels", *(f"{width} follower{'s' * (width > 1)}" for width in widths)), rows)


def places(samples: Mapping[str, Sample]) -> str:
    """Draw what a page costs by its place."""
    rows = [(name, both(one.server, one.database), f"{one.p50:.2f}", f"{one.p99:.2f}") for name, one in samples.items()]
    return drawn(("20 rows of", "CPU ms", "p50 ms", "p99 ms"), rows)


def memory(grown: Growth) -> str:
    """Draw memory by documents."""
    return drawn(
        ("distinct documents", *(f"{count:,}" for count in grown.memory)),
        [("resident MB", *(f"{mb:.0f}" for mb in grown.memory.values()))],
    )


def carriers(ways: Mapping[str, Way]) -> str:
    """Draw what it costs to tell of events."""
    head, *rows = table_of_carriers(ways)
    return drawn(head, rows)


def live(heard: Live) -> str:
    """Draw how soon subscribers hear."""
    head, *rows = table(heard)
    used = heard.used
    cpu = drawn(
        ("CPU milliseconds for an event that all receive", "server", "database", "sum"),
        [("one event", f"{used.server:.1f}", f"{used.database:.1f}", f"{used.server + used.database:.1f}")],
    )
    return f"{drawn(head, rows)}\n\n{cpu}"


def crowded(found: Mapping[str, Times]) -> str:
    """Draw how long a cheap query takes on a busy server."""
    rows = [
        (
            what,
            f"{one.p50:.1f}",
            f"{one.p99:.1f}",
            f"{one.worst:.1f}",
            ", ".join(f"{n} of {s}" for s, n in one.others.items()),
        )
        for what, one in found.items()
    ]
    return drawn(("a cheap query", "p50 ms", "p99 ms", "worst ms", "responses to the others"), rows)


def drawn(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table in Markdown, the first column to the left and the others to the right."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = (
            f"{cell:>{width}}" if place else f"{cell:<{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    rule = "|".join("-" * (width + 1) + (":" if place else "-") for place, width in enumerate(widths))
    return "\n".join([line(heads), f"|{rule}|", *map(line, rows)])
