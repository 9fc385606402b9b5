"""Merging a batch of lines into the catalogue, in the transaction of whoever calls it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingestion import references, staging, statements, stored
from ingestion.deciding import Changes, Comparison, Item, compare, find_changes
from ingestion.interference import Interfered


@dataclass
class Merged:
    """What became of the lines of a batch, by their numbers. All others were stored already."""

    new: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    outdated: set[int] = field(default_factory=set)


async def merge(connection: Any, items: Sequence[Item], when_staged: Callable[[], None] = lambda: None) -> Merged:
    """Merge lines; raises one of `INTERFERED`. `connection` is asyncpg's, in a transaction.

    `when_staged` is called where the rest is work for the database, which takes longer than all before.

    The products are locked before anything of them is decided, so that of two imports the second sees what the first has
    stored. Lines that are stored already lock nothing.
    """
    known = await references.resolve(connection, [item.line for item in items])
    slugs, skus = _keys(items)
    before = await stored.read(connection, slugs, skus)
    compared = [(item, compare(item.line, before, known)) for item in items]
    rest = [item for item, outcome in compared if outcome is Comparison.LATER]
    outdated = {item.number for item, outcome in compared if outcome is Comparison.OUTDATED}
    if not rest:
        return Merged(outdated=outdated)
    slugs, skus = _keys(rest)
    await stored.lock(connection, slugs, skus)
    now = await stored.read(connection, slugs, skus)
    changes = find_changes(rest, now, known)
    await staging.stage(connection, changes, now, known)
    when_staged()
    changed = changes.changed | await _write(connection, changes)
    return Merged(changes.new, changed - changes.new, (changes.outdated | outdated) - changes.new - changed)


def _keys(items: Sequence[Item]) -> tuple[set[str], set[str]]:
    return {item.line.product.slug for item in items}, {item.line.sku for item in items}


async def _write(connection: Any, changes: Changes) -> set[int]:
    """Write what is staged; gives the numbers of the lines that changed something that was there before."""
    changed: set[int] = set()

    async def run(*sqls: str) -> None:
        for sql in sqls:
            changed.update([line for (line,) in await connection.fetch(sql)])

    await connection.fetch(statements.WORDS_WITH_VARIANTS)
    await _insert(connection, statements.INSERT_PRODUCTS, sum(known.is_new for _, known in changes.products.values()))
    await run(statements.UPDATE_PRODUCTS)
    new = sum(known.is_new for _, known in changes.variants.values())
    await _insert(connection, statements.INSERT_VARIANTS, new)
    if changes.moves_variants:
        await run(statements.MOVE_VARIANTS)
    if new < len(changes.variants):
        await run(
            statements.UPDATE_VARIANTS,
            statements.DELETE_ATTRIBUTES,
            statements.DELETE_IMAGES,
            statements.UPDATE_IMAGES,
        )
    numbers = {known.id: item.number for item, known in changes.variants.values() if not known.is_new}
    for sql in (statements.INSERT_ATTRIBUTES, statements.INSERT_IMAGES):
        changed.update([numbers[variant] for (variant,) in await connection.fetch(sql) if variant in numbers])
    if changes.listings:
        await connection.execute(statements.INSERT_LISTINGS)
        for step in range(max(map(len, changes.listings.values()))):
            changed.update([line for (line,) in await connection.fetch(statements.UPDATE_LISTINGS, step)])
        await connection.execute(statements.END_MOVED)
    return changed


async def _insert(connection: Any, sql: str, expected: int) -> None:
    if expected and len(await connection.fetch(sql)) < expected:
        raise Interfered
