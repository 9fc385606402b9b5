"""docs/performance.md: everything is measured, one part after the other, and written down at the end."""

from datetime import date
from statistics import median

from benchmarks import dataset, goals, growth, live, parts, peers, plot, report, webhooks, words
from benchmarks.load import CONNECTIONS
from benchmarks.machine import described
from benchmarks.measure import CEILING, Results, Run
from benchmarks.operations import QUERIES


def write(run: Run) -> None:
    """Measure all of it, and write the page and its plot."""
    queries, pages, mutations = parts.queries(run), parts.pages(run), parts.mutations(run)
    sights, grown, failing = parts.sights(run), growth.measured(run), growth.failing(run)
    heard = live.measured(run.url, run.environment, run.collector)
    received = webhooks.measured(run)
    machine = described(run.url, with_peers=peers.NAMES[0] in queries)
    counted = [result for results in (queries, pages, mutations) for result in results.values()]
    method = words.METHOD.format(
        connections=CONNECTIONS, settings=f"{run.rounds} rounds of {run.seconds} s",
        failures=sum(result.failures() for result in counted) or "None",
    )  # fmt: skip
    starts = ", ".join(f"{seconds:.1f}" for seconds in grown.starts)
    text = "\n\n".join([
        "# Performance",
        f"`make bench` wrote this page on {date.today():%Y-%m-%d}. Run it again to measure on your machine.",  # noqa: DTZ011
        "![CPU per request of each server for each query](performance.svg)",
        "## The four queries", words.FOUR_QUERIES,
        report.cpu(queries, QUERIES), goals.table(queries, QUERIES), report.speed(queries, QUERIES),
        "## Larger queries", words.PAGES, report.pages(pages),
        "## Mutations", words.MUTATIONS, report.mutations(mutations),
        "## New documents", words.SIGHTS, report.sights(sights),
        "## Where a goal is not reached", goals.missed(queries, mutations, failing, median(heard.fanned)),
        "## How it is measured", method,
        "## What grows with what",
        "**Page size.** Q2 with pages of several sizes:", report.sizes(grown),
        words.DEPTH, report.statements(grown),
        words.POSITION, report.places(grown.places),
        f"**Failures.** {report.failing(failing)}",
        f"**Start.** The time from the command to the first response, on one core, in three starts: {starts} s.",
        "**Memory** after this many different documents:", report.memory(grown),
        "## Live events", report.live(heard), words.LIVE,
        "## Webhooks", words.WEBHOOKS, webhooks.report(received),
        "## The machine", "\n".join(f"- {line}" for line in machine),
        "## Reading the numbers", words.NOTES,
    ]) + "\n"  # fmt: skip
    docs = dataset.HERE.parent / "docs"
    (docs / "performance.md").write_text(text, encoding="utf-8")
    (docs / "performance.svg").write_text(_plot(queries), encoding="utf-8")
    print(f"Written: {docs / 'performance.md'}")


def _plot(results: Results) -> str:
    cpu = {name: [result.total(query) for query in QUERIES] for name, result in results.items()}
    heights = {
        words.NAMES[name]: [a / b for a, b in zip(values, cpu[CEILING], strict=True)] for name, values in cpu.items()
    }
    labels = {words.NAMES[name]: [f"{value:.2f}" for value in values] for name, values in cpu.items()}
    title = "CPU of server and database per request, as a multiple of the hand-written route's (numbers: milliseconds)"
    return plot.bars(title, QUERIES, heights, labels)
