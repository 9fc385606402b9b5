"""The command line: `python server.py --help`."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from auth import secrets
from database import checks, local
from settings import Settings, explain

if TYPE_CHECKING:
    from database.engine import Database

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
webhooks = typer.Typer(no_args_is_help=True, help="Webhook messages that could not be processed.")
app.add_typer(webhooks, name="webhooks")


@app.command()
def serve() -> None:
    """Serve the graph; the first start makes the database and its demo data."""
    import application
    from demo import loading, personas
    from transport import uvicorn_server

    settings = Settings()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn_server.check_metrics_port(settings)
    socket = uvicorn_server.bind(settings.server.host, settings.server.port)
    with local.database_url(settings, exclusive=True) as url:
        _migrate(url)
        if settings.development and not settings.database.url and asyncio.run(loading.is_empty(url)):
            typer.echo(f"Demo data: {asyncio.run(loading.load(url))}")
        given = secrets.load(settings)
        present = asyncio.run(personas.find_present(url))
        app = application.create(settings, given, url, present)
        config = uvicorn_server.uvicorn_config(app, settings, log_level="warning", timeout_graceful_shutdown=25)
        typer.echo(_banner(settings, given, present[:4]))
        application.collect_rarely()
        uvicorn_server.Server(config, app.close_long_lived).run(sockets=[socket])


def _banner(settings: Settings, given: secrets.Secrets, personas: Sequence[tuple[str, str]]) -> str:
    where = "DATABASE_URL" if settings.database.url else f"embedded PostgreSQL in {settings.data_folder.resolve()}"
    graphiql = "  (GraphiQL in a browser)" if settings.development else ""
    lines = [f"Clientele   {settings.server.public_url}/graphql{graphiql}", f"Data        {where}"]
    if given.issuer_key and personas:
        from auth.issuer import DevelopmentIssuer
        from demo.personas import clerk_id

        issuer = DevelopmentIssuer(settings, given.issuer_key)
        lines.append("Personas    send Authorization: Bearer and one of these tokens, valid for 12 hours")
        lines += [f"  {name}, {what}\n    {issuer.token(clerk_id(name))}" for name, what in personas]
    return "\n".join(lines)


@app.command()
def check() -> None:
    """Report whether this configuration can serve: settings, port, secrets, database. Changes nothing."""
    from transport import components, uvicorn_server

    settings = Settings()
    problems: list[str] = []
    steps: tuple[Callable[[], None], ...] = (
        lambda: uvicorn_server.bind(settings.server.host, settings.server.port).close(),
        lambda: uvicorn_server.check_metrics_port(settings),
        lambda: components.check_tracing(settings),
        lambda: secrets.check(settings),
        lambda: typer.echo(f"Database    {_database_report(settings)}"),
    )
    for step in steps:
        try:
            step()
        except _expected_problems() as problem:
            problems.append(str(problem))
    mail, clerk = settings.mail, settings.clerk
    typer.echo(f"E-mail      {f'sent from {mail.sender}' if mail.smtp_url else 'not sent: SMTP_URL is not set'}")
    typer.echo(f"Clerk       {clerk.issuer or 'CLERK_ISSUER is not set: only development tokens are accepted'}")
    if problems:
        raise _failure("\n".join(problems))


def _database_report(settings: Settings) -> str:
    """Describe a database that can be used; raises one of the expected problems otherwise."""
    import migrations

    if settings.database.direct_url:
        asyncio.run(checks.inspect(settings.database.direct_url.get_secret_value(), "DATABASE_DIRECT_URL"))
    url = local.known_url(settings)
    if url is None:
        return f"embedded PostgreSQL in {settings.data_folder.resolve()}, which the next start starts"
    facts = asyncio.run(checks.inspect(url))
    if migrations.is_current(url):
        return f"PostgreSQL {facts.version}, migrations are current"
    checks.require_create(facts)
    return f"PostgreSQL {facts.version}, migrations are not current: the next start applies them"


@app.command()
def token(username: Annotated[str, typer.Argument(help="The customer to sign in as.")]) -> None:
    """Print a development token for a customer."""
    from actions import clerk_ids
    from auth.issuer import DevelopmentIssuer

    async def find(database: "Database") -> str | None:
        async with database.transaction() as tx:
            return await clerk_ids.find(tx, username)

    settings = Settings()
    given = secrets.load(settings)
    if given.issuer_key is None:
        raise _failure("Development tokens are off: set ENVIRONMENT=development, and DEVELOPMENT_TOKENS not to false.")
    clerk_id = _run(find)
    if clerk_id is None:
        raise _failure(f"Nobody has the username '{username}'.")
    typer.echo(DevelopmentIssuer(settings, given.issuer_key).token(clerk_id))


@app.command()
def role(
    username: Annotated[str, typer.Argument(help="The customer who gets the role.")],
    name: Annotated[str, typer.Argument(help="CUSTOMER, SOLVER, ADMIN, OWNER or SERVICE.")],
) -> None:
    """Give a customer a role as setRole does, without asking for a role yourself: for a shop's first owner."""
    from actions import roles
    from database.engine import Database
    from errors.customers import LastOwner
    from models.customers import Role

    given = Role.__members__.get(name.upper())
    if given is None:
        raise _failure(f"'{name}' is not a role; choose one of {', '.join(Role)}.")

    async def change(database: Database) -> str | None:
        async with database.transaction() as tx:
            return await roles.set_role_by_username(tx, username, given)

    try:
        changed = _run(change)
    except LastOwner as problem:
        raise _failure(str(problem)) from None
    if changed is None:
        raise _failure(f"Nobody has the username '{username}'.")
    typer.echo(f"{changed} is now {given}.")


@app.command("demo")
def load_demo(
    scale: Annotated[float, typer.Option(help="1 is about 2,000 customers; 67, a million follows.")] = 1,
) -> None:
    """Fill an empty database with demo data."""
    from demo import loading

    settings = Settings()
    if not settings.development:
        raise _failure("Anybody can sign in as a demo customer: they do not belong where ENVIRONMENT=production.")
    with local.database_url(settings) as url:
        _migrate(url)
        try:
            typer.echo(asyncio.run(loading.load(url, scale)))
        except (loading.DatabaseNotEmpty, ValueError) as problem:
            raise _failure(str(problem)) from None


@app.command()
def schema() -> None:
    """Print the SDL."""
    from schema.root import build

    typer.echo(build().as_str())


@app.command()
def reset() -> None:
    """Delete the embedded database with everything in it; secrets stay."""
    try:
        folder = local.delete(Settings())
    except local.DatabaseInUse as problem:
        raise _failure(str(problem)) from None
    typer.echo(f"{folder} is deleted; the next start makes a new one.")


@webhooks.command("list")
def list_webhooks() -> None:
    """List the messages that failed, oldest first."""
    from webhooks import inbox

    _print_rows(_run(inbox.listing))


@webhooks.command("replay")
def replay_webhooks(
    message_id: Annotated[
        str | None, typer.Argument(help="The id of one message; without it, all that failed.")
    ] = None,
) -> None:
    """Process failed messages again."""
    from webhooks import clerk, inbox

    for received in _run(lambda database: inbox.replay(database, [clerk.PROVIDER], message_id)):
        typer.echo(f"{received.provider} {received.id}: {received.outcome}")


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
        typer.echo(f"{_run(lambda database: admin.retry(database, retry))} queued again.")
    else:
        _print_rows(_run(admin.listing))


def _print_rows(rows: Sequence[Sequence[object]]) -> None:
    for row in rows:
        typer.echo("  ".join(str(value) for value in row))


def _run(command: Callable[["Database"], Awaitable[T]]) -> T:
    """Run something over the migrated database, with the same settings as the running server."""
    from mails import outbox

    settings = Settings()

    async def run(url: str) -> T:
        database = await outbox.open_database(settings, url, pool_size=2)
        try:
            return await command(database)
        finally:
            await database.close()

    with local.database_url(settings) as url:
        _migrate(url)
        return asyncio.run(run(url))


def _migrate(url: str) -> None:
    import migrations

    if not migrations.is_current(url):
        checks.require_create(asyncio.run(checks.inspect(url)))
        migrations.upgrade(url)


def _failure(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


def _expected_problems() -> tuple[type[Exception], ...]:
    """Give the exceptions whose text is a sentence about the configuration."""
    from database.embedded import DatabaseUnavailable
    from transport.components import TracingUnusable
    from transport.uvicorn_server import AddressUnusable

    return DatabaseUnavailable, checks.DatabaseUnusable, secrets.SecretUnusable, AddressUnusable, TracingUnusable


def main() -> None:
    """Run a command; what can be expected to go wrong ends in one sentence for each problem."""
    from pydantic import ValidationError

    try:
        app()
    except ValidationError as problem:
        sys.exit("\n".join(explain(problem)))
    except Exception as problem:
        if isinstance(problem, _expected_problems()):
            sys.exit(str(problem))
        raise


if __name__ == "__main__":
    main()
