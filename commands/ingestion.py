"""Importing products."""

import asyncio
import gc
import json
import os
from contextlib import ExitStack
from typing import Annotated

import typer

from commands.running import direct_url, failure, migrate
from database import local
from settings import Settings

app = typer.Typer()


@app.command("import")
def import_products(
    file: Annotated[
        typer.FileBinaryRead | None, typer.Argument(help="A file of JSON lines; '-' for standard input.")
    ] = None,
    rejected: Annotated[
        typer.FileTextWrite | None,
        typer.Option(
            help="A file for number and reason of all rejected lines.", encoding="utf-8", mode="a", lazy=False
        ),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a line, and end.")] = False,
) -> None:
    """Import products, variants, listings and prices; docs/catalogue.md describes the format.

    Exits with 1 if lines were rejected; all others are imported then. It can be repeated at any time.
    """
    from ingestion import importing
    from ingestion.checking import Rejection
    from ingestion.progress import ImportProgress
    from ingestion.schema import line_schema

    if schema:
        typer.echo(line_schema(), nl=False)
        return
    if file is None:
        raise typer.BadParameter("Name a file, or '-' for standard input.")
    if rejected:
        _empty(rejected, file)
    settings = Settings()
    with ExitStack() as opened:

        def write(rejection: Rejection) -> None:
            if rejected:
                rejected.write(json.dumps(rejection._asdict(), ensure_ascii=False) + "\n")

        configured = opened.enter_context(local.database_url(settings))
        migrate(settings, configured)
        url = direct_url(settings, configured)
        size = os.fstat(file.fileno()).st_size or None
        # Unbuffered: the buffer of standard input is locked while a thread reads it, and the process could not end.
        source = opened.enter_context(open(file.fileno(), "rb", buffering=0, closefd=False))
        # Lines become many objects, none of them in cycles: looking for cycles took a third of the time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        with ImportProgress(size) as progress:
            try:
                report = asyncio.run(importing.import_lines(url, source, progress=progress.show, rejected=write))
            except importing.ImportStopped as problem:
                raise failure(str(problem)) from None
    typer.echo(str(report))
    if report.rejected:
        raise typer.Exit(1)


def _empty(rejected: typer.FileTextWrite, file: typer.FileBinaryRead) -> None:
    """Remove what a former import has written. It is opened for appending, so that it is not emptied if it is the input."""
    if os.path.samestat(os.fstat(rejected.fileno()), os.fstat(file.fileno())):
        raise typer.BadParameter("This is the file to import.", param_hint="--rejected")
    if rejected.seekable():
        rejected.truncate(0)
