"""E-mails that could not be sent."""

from typing import Annotated

import typer

from commands.running import print_rows, run

app = typer.Typer()


@app.command()
def mails(
    retry: Annotated[
        str,
        typer.Option(
            help="The id of one to send again, even if it may have arrived; or 'all' that certainly did not arrive."
        ),
    ] = "",
) -> None:
    """List the e-mails that could not be sent, oldest first, or have a server that has SMTP_URL send them again."""
    from mails import admin

    if retry:
        typer.echo(f"{run(lambda database: admin.retry(database, retry))} queued again.")
    else:
        print_rows(run(admin.listing))
