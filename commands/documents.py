"""Trusted documents: those that a front end was built with."""

from typing import TYPE_CHECKING, Annotated

import typer

from commands.running import failure, print_rows, run
from settings import Settings

if TYPE_CHECKING:
    from actions.manifests import Checked

app = typer.Typer(no_args_is_help=True)

MAX_BYTES = 100_000_000
MAX_LINES = 50


@app.command("import")
def import_documents(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="The manifest; '-' for standard input.")],
) -> None:
    """Register the documents of a manifest, all or none. It can be repeated at any time.

    Manifests are those of graphql-codegen, Relay, and Apollo's generate-persisted-query-manifest.
    """
    import errors
    from actions import manifests, trusted_documents
    from database.engine import Database

    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise failure(f"The manifest is larger than {MAX_BYTES:,} bytes. Nothing was imported.")
    try:
        texts = manifests.read(content)
    except manifests.ManifestUnreadable as problem:
        raise failure(f"{problem} Nothing was imported.") from None
    checked = _check(texts)
    if checked.problems:
        raise _refused(checked, len(texts), "Nothing was imported.")

    async def register(database: Database) -> int:
        async with database.transaction() as tx:
            return await trusted_documents.register(tx, texts, checked.names)

    try:
        added = run(register)
    except (trusted_documents.NotRegistered, errors.Unavailable) as problem:
        raise failure(f"{problem} Nothing was imported.") from None
    typer.echo(f"{added} documents registered; {len(texts) - added} were there already.")
    if Settings().documents.trusted_documents == "off":
        typer.echo("TRUSTED_DOCUMENTS is off here: servers with this setting do not use them.", err=True)


@app.command("list")
def list_documents() -> None:
    """List the registered documents, oldest first: since when, id, name of the operation."""
    from actions import trusted_documents
    from database.engine import Database

    async def listing(database: Database) -> list[tuple[object, ...]]:
        async with database.transaction() as tx:
            return [
                (f"{one.imported_at:%Y-%m-%dT%H:%M:%SZ}", one.id, one.name or "-")
                for one in await trusted_documents.listing(tx)
            ]

    print_rows(run(listing))


@app.command("check")
def check_documents() -> None:
    """Say which registered documents the schema of this version does not allow. Exits with 1 if there are some."""
    from actions import trusted_documents
    from database.engine import Database

    async def texts(database: Database) -> dict[str, str]:
        async with database.transaction() as tx:
            return {one.id: one.text for one in await trusted_documents.listing(tx)}

    registered = run(texts)
    checked = _check(registered)
    if checked.problems:
        raise _refused(checked, len(registered), "Clients that send them get these errors.")
    typer.echo(f"All {len(registered)} registered documents can be executed.")


@app.command("remove")
def remove_documents(
    ids: Annotated[list[str], typer.Argument(help="The ids of documents; or 'all'.")],
) -> None:
    """Remove registered documents. Clients that send them get errors from then on."""
    from actions import trusted_documents
    from database.engine import Database

    async def remove(database: Database) -> int:
        async with database.transaction() as tx:
            if ids == ["all"]:
                return await trusted_documents.remove_all(tx)
            return await trusted_documents.remove(tx, ids)

    removed = run(remove)
    typer.echo(f"{removed} documents removed.")
    if ids != ["all"] and removed < len(set(ids)):
        raise failure(f"{len(set(ids)) - removed} of these ids are not registered.")


def _check(texts: dict[str, str]) -> "Checked":
    """Check documents by the rules of the server with these settings."""
    from actions import manifests
    from schema.root import build
    from transport.document_caches import open_cache
    from transport.trusted_documents import LIMITS

    development = Settings().development
    return manifests.check(open_cache(build(suggestions=development), LIMITS, development=development), texts)


def _refused(checked: "Checked", number: int, sentence: str) -> typer.Exit:
    found = [line for lines in checked.problems.values() for line in lines]
    more = [f"and {len(found) - MAX_LINES} more"] if len(found) > MAX_LINES else []
    invalid = f"{len(checked.problems)} of {number} documents are invalid. {sentence}"
    return failure("\n".join([*found[:MAX_LINES], *more, invalid]))
