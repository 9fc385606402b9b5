"""A progress bar on a terminal; elsewhere nothing."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ingestion.report import Report


class ImportProgress:
    """Shows how many lines were imported, and how much of the file that is, if its size is known."""

    def __init__(self, size: int | None) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("0 lines", total=size)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, report: Report, end: int) -> None:
        """Show a batch that is stored."""
        rejected = f", {report.rejected:,} rejected" if report.rejected else ""
        self._bar.update(self._task, completed=end, description=f"{report.lines:,} lines{rejected}")
