"""Rows for one table, with a progress display."""

import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.columns import Table

Row = tuple[object, ...]
STEP = 1_000


class Stream(NamedTuple):
    """The rows of one table, in the order of the columns; `expected` is their number, if known.

    Those that triggers have written before are replaced where it `replaces` them.
    """

    table: type[Table]
    columns: str
    rows: Iterable[Row]
    expected: int | None = None
    replaces: bool = False

    @property
    def name(self) -> str:
        """The name of the table."""
        return str(self.table.__tablename__)


class Watch:
    """Shows progress: bars on a terminal, one line for each table elsewhere, or nothing."""

    def __init__(self, *, wanted: bool) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=console) if wanted and console.is_terminal else None
        self._lines = wanted and not console.is_terminal
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def passing(self, stream: Stream) -> Iterator[Row]:
        """Yield the rows, and count them."""
        words = stream.name.replace("_", " ").removesuffix("y") + ("ies" if stream.name.endswith("y") else "s")
        task = self._bars.add_task(words, total=stream.expected) if self._bars else None
        count = 0
        for row in stream.rows:
            yield row
            count += 1
            if self._bars and task is not None and not count % STEP:
                self._bars.update(task, completed=count)
        self.counts[stream.name] = count
        if self._bars and task is not None:
            self._bars.update(task, completed=count, total=count)
        if self._lines:
            sys.stderr.write(f"demo data: {count:>9,} {words}\n")
