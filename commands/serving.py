"""Serving the graph, and reporting whether it could be served."""

import asyncio
from collections.abc import Callable, Sequence
from socket import socket
from typing import TYPE_CHECKING

import typer

from auth import secrets
from commands.running import direct_url, expected_problems, failure, migrate
from database import checks, local, pooler
from settings import Settings
from settings.groups import is_loopback

if TYPE_CHECKING:
    from commands.assignments import Assignment

app = typer.Typer()

MIGRATIONS = {
    "BEHIND": "migrations are not current: the next start applies them",
    "CURRENT": "migrations are current",
    "AHEAD": "migrated by a newer version on which this one works as well",
}


@app.command()
def serve() -> None:
    """Serve the graph; the first start makes the database and its demo data."""
    from commands.assignments import Assignment
    from commands.data import fill
    from demo import loading, personas
    from transport import log_setup, uvicorn_server

    settings = Settings()
    log_setup.configure(settings.log_form, settings.log_level, messages=settings.development)
    uvicorn_server.check_metrics_port(settings)
    listening = uvicorn_server.bind(settings.server.host, settings.server.port)
    with local.database_url(settings, exclusive=True) as url:
        migrate(settings, url)
        if settings.development and not settings.database.url and asyncio.run(loading.is_empty(url)):
            typer.echo(f"Demo data: {fill(settings, url)}")
        asyncio.run(checks.require_connections(settings, direct_url(settings, url)))
        given = secrets.load(settings)
        present = asyncio.run(personas.find_present(direct_url(settings, url), staff=settings.offers_staff))
        typer.echo(_banner(settings, given, present[:4]))
        _serve(Assignment(settings, given, url, present), listening)


def _serve(assignment: "Assignment", listening: socket) -> None:
    if assignment.settings.server.workers == 1:
        from commands import worker

        worker.serve(assignment, listening)
    else:
        from commands import workers

        workers.serve(assignment, listening)


@app.command(hidden=True)
def worker(number: int, supervisor: int, listening: int, metrics: int | None = typer.Argument(None)) -> None:
    """One of the WORKERS processes of `serve`, which starts it; the rest are file descriptors of sockets."""
    from commands import worker

    bound = None if metrics is None else socket(fileno=metrics)
    worker.work(number, socket(fileno=supervisor), socket(fileno=listening), bound)


def _banner(settings: Settings, given: secrets.Secrets, personas: Sequence[tuple[str, str]]) -> str:
    where = "DATABASE_URL" if settings.database.url else f"embedded PostgreSQL in {settings.data_folder.resolve()}"
    graphiql = "  (GraphiQL in a browser)" if settings.development else ""
    host = settings.server.host
    lines = [f"Clientele   {settings.server.public_url}/graphql{graphiql}", f"Data        {where}"]
    if settings.server.workers > 1:
        lines.append(f"Workers     {settings.server.workers} processes")
    if settings.development and not settings.server.is_local:
        opened_by = f"HOST={host}" if not is_loopback(host) else f"PUBLIC_URL={settings.server.public_url}"
        lines.append(f"Warning     {opened_by} opens a server for development to the network")
    if given.issuer_key and personas:
        from auth.issuer import DevelopmentIssuer
        from demo.personas import clerk_id

        issuer = DevelopmentIssuer(settings, given.issuer_key)
        if not settings.server.is_local:
            who = "staff as well" if settings.offers_staff else "no staff, unless STAFF_PERSONAS=true"
            lines.append(f"            whoever reaches it can sign in as these customers ({who})")
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
        lambda: _report_database(settings),
    )
    for step in steps:
        try:
            step()
        except expected_problems() as problem:
            problems.append(str(problem))
    mail, clerk = settings.mail, settings.clerk
    typer.echo(f"E-mail      {f'sent from {mail.sender}' if mail.smtp_url else 'not sent: SMTP_URL is not set'}")
    typer.echo(f"Payments    {_payments(settings)}")
    typer.echo(f"Clerk       {clerk.issuer or 'CLERK_ISSUER is not set: only development tokens are accepted'}")
    if problems:
        raise failure("\n".join(problems))


def _payments(settings: Settings) -> str:
    key_id = settings.razorpay.key_id
    if key_id is None:
        return "a sandbox in place of Razorpay" if settings.development else "none: RAZORPAY_KEY_ID is not set"
    return f"Razorpay with the key {key_id}" + (", which takes no real money" if "_test_" in key_id else "")


def _report_database(settings: Settings) -> None:
    """Describe a database that can be used; raises one of the expected problems otherwise."""
    import migrations

    if settings.database.direct_url:
        asyncio.run(checks.inspect(settings.database.direct_url.get_secret_value(), "DATABASE_DIRECT_URL"))
    url = local.known_url(settings)
    if url is None:
        folder = settings.data_folder.resolve()
        typer.echo(f"Database    embedded PostgreSQL in {folder}, which the next start starts")
        return
    direct = direct_url(settings, url)
    facts = asyncio.run(checks.inspect(direct if settings.database.pooler else url))
    if settings.database.pooler:
        asyncio.run(pooler.check(settings.database))
    state = asyncio.run(migrations.find_state(direct))
    if state is migrations.SchemaState.BEHIND:
        if not settings.database.migrate_on_start:
            raise migrations.SchemaBehind
        checks.require_create(facts)
    asyncio.run(checks.require_connections(settings, direct_url(settings, url)))
    typer.echo(f"Database    PostgreSQL {facts.version}, {MIGRATIONS[state.name]}")
    if state is not migrations.SchemaState.BEHIND and not asyncio.run(_has_owner(direct)):
        typer.echo("Owner       nobody: make somebody an owner with 'python server.py role USERNAME OWNER'")


async def _has_owner(url: str) -> bool:
    from actions import roles
    from database.engine import Database

    database = await Database.connect(url, size=1, statement=5, lock=2, wait=2)
    try:
        async with database.transaction() as tx:
            return await roles.has_owner(tx)
    finally:
        await database.close()
