"""The command line: `python server.py --help`."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from auth import secrets
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database

THERE = "SELECT array_agg(clerk_id) FROM customer WHERE clerk_id LIKE 'user\\_demo\\_%'"
EMPTY = "SELECT NOT EXISTS (TABLE customer) AND NOT EXISTS (TABLE product)"
T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
webhooks = typer.Typer(no_args_is_help=True, help="Messages that came in and could not be processed.")
app.add_typer(webhooks, name="webhooks")


@contextmanager
def database_url(settings: Settings, *, alone: bool = False) -> Iterator[str]:
    """Give the URL of the migrated database: the configured one, else the embedded one, started if need be.

    `alone` refuses to share the embedded one with a server that runs already.
    """
    import migrations

    with ExitStack() as held:
        if settings.database_url:
            url = settings.database_url.get_secret_value()
        else:
            from database.embedded import Postgres

            postgres = Postgres(settings.data_folder)
            url = postgres.url
            if alone or not asyncio.run(_answers(url)):
                held.enter_context(postgres)
        migrations.upgrade(url)
        yield url


async def _answers(url: str) -> bool:
    import asyncpg

    try:
        await (await asyncpg.connect(url, timeout=2)).close()
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    return True


@app.command()
def serve() -> None:
    """Serve the graph; at the first start, make the database and its demo data."""
    import application
    from demo.personas import PERSONAS
    from transport import uvicorn_server

    settings = Settings()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with database_url(settings, alone=True) as url:
        if settings.development and not settings.database_url and asyncio.run(_fetch(url, EMPTY)):
            from demo import loading

            typer.echo(f"Demo data: {asyncio.run(loading.load(url))}")
        given = secrets.load(settings)
        there = set(asyncio.run(_fetch(url, THERE)) or ())
        personas = [(name, what) for name, what in PERSONAS if application.CLERK_ID.format(name) in there]
        app = application.create(settings, given, url, personas)
        where = {"host": settings.host, "port": settings.port}
        config = uvicorn_server.uvicorn_config(
            app, settings, **where, log_level="warning", timeout_graceful_shutdown=25
        )
        socket = config.bind_socket()
        socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        typer.echo(_banner(settings, given, personas[:4]))
        _collect_seldom()
        uvicorn_server.Server(config, app.close_long_lived).run(sockets=[socket])


def _collect_seldom() -> None:
    """Have the cyclic collector look less often, and never at what the start has made.

    A request leaves no cycles behind, yet makes objects enough to be interrupted by the collector several times.
    """
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _banner(settings: Settings, given: secrets.Credentials, personas: list[tuple[str, str]]) -> str:
    where = "DATABASE_URL" if settings.database_url else f"embedded PostgreSQL in {settings.data_folder.resolve()}"
    lines = [
        f"Clientele   {settings.public_url}/graphql" + ("  (GraphiQL in a browser)" if settings.development else "")
    ]
    lines.append(f"Data        {where}")
    if given.issuer_key and personas:
        from application import CLERK_ID
        from auth.issuer import DevelopmentIssuer

        issuer = DevelopmentIssuer(settings, given.issuer_key)
        lines.append("Personas    send Authorization: Bearer and one of these tokens, good for 12 hours")
        lines += [f"  {name}, {what}\n    {issuer.token(CLERK_ID.format(name))}" for name, what in personas]
    return "\n".join(lines)


@app.command()
def token(username: Annotated[str, typer.Argument(help="Who to sign in as.")]) -> None:
    """Print a development token for a customer."""
    from auth.issuer import DevelopmentIssuer

    settings = Settings()
    given = secrets.load(settings)
    if given.issuer_key is None:
        raise _failure("Development tokens are off: set ENVIRONMENT=development, and DEVELOPMENT_TOKENS not to false.")
    with database_url(settings) as url:
        clerk_id = asyncio.run(_fetch(url, "SELECT clerk_id FROM customer WHERE lower(username) = lower($1)", username))
    if clerk_id is None:
        raise _failure(f"Nobody has the username '{username}'.")
    typer.echo(DevelopmentIssuer(settings, given.issuer_key).token(clerk_id))


@app.command()
def role(
    username: Annotated[str, typer.Argument(help="Who gets it.")],
    name: Annotated[str, typer.Argument(help="CUSTOMER, SOLVER, ADMIN, OWNER or SERVICE.")],
) -> None:
    """Give somebody a role, as setRole does but whoever asks: for the first owner of a shop."""
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
    except LastOwner as refusal:
        raise _failure(str(refusal)) from None
    if changed is None:
        raise _failure(f"Nobody has the username '{username}'.")
    typer.echo(f"{changed} is now {given}.")


async def _fetch(url: str, sql: str, *values: str) -> Any:
    import asyncpg

    from database.urls import plain_url

    connection = await asyncpg.connect(plain_url(url))
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


@app.command("demo")
def load_demo(
    scale: Annotated[float, typer.Option(help="1 is about 2,000 customers; 67, a million follows.")] = 1,
) -> None:
    """Fill an empty database with demo data."""
    from demo import loading

    settings = Settings()
    if not settings.development:
        raise _failure("Demo people can be signed in as by anybody: they do not belong where ENVIRONMENT=production.")
    with database_url(settings) as url:
        try:
            typer.echo(asyncio.run(loading.load(url, scale)))
        except (loading.DatabaseNotEmpty, ValueError) as refusal:
            raise _failure(str(refusal)) from None


@app.command()
def schema() -> None:
    """Print the SDL."""
    from schema.root import build

    typer.echo(build().as_str())


@app.command()
def reset() -> None:
    """Throw the embedded database away, with all that is in it; keys stay."""
    import shutil

    settings = Settings()
    folder: Path = settings.data_folder / "postgres"
    if asyncio.run(_answers(_embedded_url(settings))):
        raise _failure("A server runs on this database; stop it first.")
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"{folder} is gone; the next start makes a new one.")


def _embedded_url(settings: Settings) -> str:
    from database.embedded import Postgres

    return Postgres(settings.data_folder).url


@webhooks.command("list")
def list_webhooks() -> None:
    """List the messages that failed, the oldest first."""
    from webhooks import inbox

    _tell(_run(inbox.listing))


@webhooks.command("replay")
def replay_webhooks(
    message_id: Annotated[str | None, typer.Argument(help="Which one; all that failed if left out.")] = None,
) -> None:
    """Process failed messages again."""
    from webhooks import clerk, inbox

    for received in _run(lambda database: inbox.replay(database, [clerk.PROVIDER], message_id)):
        typer.echo(f"{received.provider} {received.id}: {received.outcome}")


@app.command()
def mails(
    retry: Annotated[
        str, typer.Option(help="Send one again, by its id, even if it may have arrived; or 'all' that surely did not.")
    ] = "",
) -> None:
    """List the mails that could not be sent, the oldest first; or have a server that has SMTP_URL try again."""
    from mails import admin

    if retry:
        typer.echo(f"{_run(lambda database: admin.retry(database, retry))} queued again.")
    else:
        _tell(_run(admin.listing))


def _tell(rows: Sequence[Sequence[object]]) -> None:
    for row in rows:
        typer.echo("  ".join(str(value) for value in row))


def _run(what: Callable[["Database"], Awaitable[T]]) -> T:
    """Run something over the database of the settings."""
    from database.engine import Database
    from mails import outbox

    settings = Settings()

    async def run(url: str) -> T:
        database = await Database.connect(
            url, size=2,
            statement=settings.statement_seconds, lock=settings.lock_seconds, wait=settings.pool_wait_seconds,
            info={outbox.SWITCH: settings.smtp_url is not None},
        )  # fmt: skip
        try:
            return await what(database)
        finally:
            await database.close()

    with database_url(settings) as url:
        return asyncio.run(run(url))


def _failure(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(1)


def main() -> None:
    """Run a command; what can be expected to go wrong ends in one sentence."""
    from pydantic import ValidationError

    from database.embedded import DatabaseUnavailable

    try:
        app()
    except ValidationError as problem:
        said = [f"{'.'.join(map(str, one['loc'])).upper() or 'The settings'}: {one['msg']}" for one in problem.errors()]
        sys.exit("Clientele cannot go on. " + "; ".join(said))
    except (DatabaseUnavailable, secrets.CredentialsUnusable) as problem:
        sys.exit(f"Clientele cannot go on. {problem}")


if __name__ == "__main__":
    main()
