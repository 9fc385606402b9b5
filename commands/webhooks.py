"""Webhook messages of all providers, and those that could not be processed."""

from typing import Annotated

import typer

from commands.running import failure, print_rows, run

app = typer.Typer(no_args_is_help=True)
MAX_LISTED = 1_000


@app.command("list")
def list_webhooks(
    provider: Annotated[str | None, typer.Option(help="Those of one provider, such as razorpay.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"The newest {MAX_LISTED:,} messages, whatever became of them.")
    ] = False,
) -> None:
    """List the messages that failed, oldest first."""
    from models.inbox import WebhookStatus
    from webhooks import inbox

    status, limit = (None, MAX_LISTED) if everything else (WebhookStatus.FAILED, None)
    print_rows(run(lambda database: inbox.listing(database, status, provider, limit)))


@app.command("show")
def show_webhook(
    message_id: Annotated[str, typer.Argument(help="The id of the message.")],
    body: Annotated[
        bool, typer.Option(help="Print what is kept of its body, too: of messages of Clerk that is personal data.")
    ] = False,
) -> None:
    """Show one message: its provider, kind, status, attempts and error."""
    from webhooks import inbox

    found = run(lambda database: inbox.show(database, message_id))
    if not found:
        raise failure("There is no message with this id. 'server.py webhooks list --all' lists the newest.")
    for message, kept in found:
        for name, value in message._asdict().items():
            typer.echo(f"{name:12}{value}")
        typer.echo(f"{'kept':12}{len(kept):,} bytes of its body")
        if body:
            typer.echo(kept.decode("utf-8", "backslashreplace"))


@app.command("replay")
def replay_webhooks(
    message_id: Annotated[
        str | None, typer.Argument(help="The id of one message; without it, all that failed.")
    ] = None,
) -> None:
    """Process failed messages again."""
    from webhooks import inbox, providers

    replayed = run(lambda database: inbox.replay(database, providers.PROVIDERS, message_id))
    if message_id is not None and not replayed:
        raise failure("No message with this id has failed. 'server.py webhooks list' lists those that have.")
    for received in replayed:
        typer.echo(f"{received.provider} {received.id}: {received.outcome}")
