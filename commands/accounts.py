"""Accounts: tokens of development, and roles."""

from typing import TYPE_CHECKING, Annotated

import typer

from auth import secrets
from commands.running import failure, run
from settings import Settings

if TYPE_CHECKING:
    from database.engine import Database

app = typer.Typer()


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
        raise failure("Development tokens are off: set ENVIRONMENT=development, and DEVELOPMENT_TOKENS not to false.")
    clerk_id = run(find)
    if clerk_id is None:
        raise failure(f"Nobody has the username '{username}'.")
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
        raise failure(f"'{name}' is not a role; choose one of {', '.join(Role)}.")

    async def change(database: Database) -> str | None:
        async with database.transaction() as tx:
            return await roles.set_role_by_username(tx, username, given)

    try:
        changed = run(change)
    except LastOwner as problem:
        raise failure(str(problem)) from None
    if changed is None:
        raise failure(f"Nobody has the username '{username}'.")
    typer.echo(f"{changed} is now {given}.")
