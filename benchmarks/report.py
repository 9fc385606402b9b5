"""What is told: tables for the terminal, and docs/performance.md."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from benchmarks.carriers import Way
from benchmarks.carriers import table as table_of_carriers
from benchmarks.catalogue import Used
from benchmarks.crowded import Times
from benchmarks.growth import Growth
from benchmarks.live import Live, table
from benchmarks.load import CONNECTIONS, Sample
from benchmarks.measure import CEILING, OURS, QUERIES, Result
from benchmarks.words import FOUR_QUERIES, LIVE, METHOD, NAMES, NOTES

GOALS = {
    CEILING: (1.3, 1.2, 1.3, 1.15),
    "postgraphile": (0.6, 0.6, 0.6, 0.4),
    "mercurius": (2.2, 0.6, 0.4, 0.55),
}
FAILING_GOAL = 1.5
HEADS = ("", *QUERIES)


def cpu(results: Mapping[str, Result], queries: Sequence[str]) -> str:
    """Draw the CPU of each server for each query, and the ratio of each to the ceiling."""
    rows = []
    for name, result in results.items():
        cells = []
        for query in queries:
            value = result.typical(query, "cpu")
            times = f" ({value / results[CEILING].typical(query, 'cpu'):.2f}×)" if CEILING in results else ""  # noqa: RUF001
            cells.append(f"{value:.3f}{times}")
        rows.append((NAMES[name], *cells, f"{result.memory:.0f}", f"{result.started_in:.1f}"))
    return drawn(("CPU ms per request (÷ ceiling)", *queries, "peak MB", "start s"), rows)


def speed(results: Mapping[str, Result], queries: Sequence[str]) -> str:
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


def goals(results: Mapping[str, Result], queries: Sequence[str]) -> str:
    """Draw what was to be reached, and what was."""
    rows = []
    for name, limits in GOALS.items():
        if name in results:
            cells = []
            for query, limit in zip(QUERIES, limits, strict=True):
                if query in queries:
                    ratio = results[OURS].typical(query, "cpu") / results[name].typical(query, "cpu")
                    cells.append(f"{ratio:.2f} of {limit} {'✓' if ratio <= limit else '✗'}")
            rows.append((f"÷ {NAMES[name]}", *cells))
    return drawn(("CPU of ours, at most", *queries), rows)


def failing(samples: Mapping[str, Sample]) -> str:
    """Tell what one failing item costs."""
    well, broken = samples["all well"].cpu, samples["one item fails"].cpu
    mark = "✓" if broken / well <= FAILING_GOAL else "✗"
    return (
        f"Q3 takes {well:.2f} ms of CPU time without errors, and {broken:.2f} ms if one of its 100 items fails. "
        f"This is {broken / well:.2f} times as much; the goal is at most {FAILING_GOAL} {mark}."
    )


def sizes(growth: Growth) -> str:
    """Draw CPU by page size."""
    servers = list(growth.sizes)
    rows = [
        (
            str(size),
            *(f"{growth.sizes[name][size]:.3f}" for name in servers),
            f"{growth.sizes[OURS][size] / growth.sizes[CEILING][size]:.2f}",
        )
        for size in growth.sizes[OURS]
    ]
    return drawn(("products on a page", *(f"{NAMES[name]}, CPU ms" for name in servers), "ratio"), rows)


def statements(growth: Growth) -> str:
    """Draw statements by depth."""
    widths = list(growth.statements[1])
    rows = [(str(depth), *(f"{counts[width]:g}" for width in widths)) for depth, counts in growth.statements.items()]
    return drawn(("levels", *(f"{width} follower{'s' * (width > 1)}" for width in widths)), rows)


def places(samples: Mapping[str, Sample]) -> str:
    """Draw what a page costs by its place."""
    rows = [(name, f"{one.cpu:.2f}", f"{one.p50:.2f}", f"{one.p99:.2f}") for name, one in samples.items()]
    return drawn(("20 rows of", "CPU ms", "p50 ms", "p99 ms"), rows)


def memory(growth: Growth) -> str:
    """Draw memory by documents."""
    return drawn(
        ("distinct documents", *(f"{count:,}" for count in growth.memory)),
        [("resident MB", *(f"{mb:.0f}" for mb in growth.memory.values()))],
    )


def carriers(ways: Mapping[str, Way]) -> str:
    """Draw what it costs to tell of events."""
    head, *rows = table_of_carriers(ways)
    return drawn(head, rows)


def live(heard: Live) -> str:
    """Draw how soon subscribers hear."""
    head, *rows = table(heard)
    return drawn(head, rows)


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


def catalogue(found: Mapping[str, Used]) -> str:
    """Draw what a page of the catalogue costs, and how it compares to the hand-written route."""
    least = sum(found[CEILING])
    rows = [
        (NAMES[name], f"{used.server:.2f}", f"{used.database:.2f}", f"{sum(used):.2f}", f"{sum(used) / least:.2f}")
        for name, used in found.items()
    ]
    return drawn(("ms of CPU a request", "server", "database", "both", "÷ hand-written"), rows)


def page(results: Mapping[str, Result], growth: Growth, heard: Live, machine: Iterable[str], settings: str) -> str:
    """Write docs/performance.md."""
    starts = ", ".join(f"{seconds:.1f}" for seconds in growth.starts)
    failures = sum(result.failures() for result in results.values())
    return "\n\n".join([
        "# Performance",
        f"`make bench` wrote this page on {date.today():%Y-%m-%d}. Run it again to measure on your machine.",  # noqa: DTZ011
        "![CPU per request of each server for each query](performance.svg)",
        "## The four queries",
        FOUR_QUERIES,
        cpu(results, QUERIES),
        goals(results, QUERIES),
        speed(results, QUERIES),
        METHOD.format(connections=CONNECTIONS, settings=settings, failures=failures or "None"),
        "## What grows with what",
        "**Page size.** Q2 with pages of several sizes:", sizes(growth),
        "**Depth.** The number of SQL statements of one request, including the one for the viewer. It grows with the number of levels, and not with the number of followers on the second level:",
        statements(growth),
        "**Position in a list, and length of the list.** One request at a time. A page is found by its cursor, so no rows before it are counted or skipped:", places(growth.places),
        f"**Failures.** {failing(growth.failing)}",
        f"**Start.** The time from the command to the first response, on one core, in three starts: {starts} s.",
        "**Memory** after this many different documents:", memory(growth),
        "## Live events", live(heard), LIVE,
        "## The machine", "\n".join(f"- {line}" for line in machine),
        "## Reading the numbers", NOTES,
    ]) + "\n"  # fmt: skip


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
