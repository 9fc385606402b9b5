"""Webhook messages that could not be processed."""

from typing import Annotated

import typer

from commands.running import print_rows, run

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_webhooks() -> None:
    """List the messages that failed, oldest first."""
    from webhooks import inbox

    print_rows(run(inbox.listing))


@app.command("replay")
def replay_webhooks(
    message_id: Annotated[
        str | None, typer.Argument(help="The id of one message; without it, all that failed.")
    ] = None,
) -> None:
    """Process failed messages again."""
    from webhooks import clerk, inbox

    for received in run(lambda database: inbox.replay(database, [clerk.PROVIDER], message_id)):
        typer.echo(f"{received.provider} {received.id}: {received.outcome}")
