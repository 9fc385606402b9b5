"""Background jobs that could not be done."""

from typing import Annotated

import typer

from commands.running import print_rows, run

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_jobs(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are queued or running.")] = False,
) -> None:
    """List the jobs that are held, oldest first: kind, id, state, failures, since when, reason."""
    from jobs import admin

    print_rows(run(lambda database: admin.listing(database, everything=everything)))


@app.command("retry")
def retry_jobs(
    which: Annotated[str, typer.Argument(help="The id of one job; or 'all' that are certain to do no harm.")],
) -> None:
    """Have the servers do held jobs again."""
    import application  # noqa: F401 - the areas say what else is undone before a job of theirs runs again
    from jobs import admin

    typer.echo(f"{run(lambda database: admin.retry(database, which))} queued again.")
