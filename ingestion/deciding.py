"""What the lines of a batch change, given what is stored.

Lines are taken in their order, as if each were a batch of its own: what counts is the latest observation, and an equal one
changes nothing. So where a file is cut into batches does not matter, and neither does importing it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from uuid_utils.compat import uuid7

from ingestion.lines import NEVER, Line, LineListing
from ingestion.references import References
from ingestion.stored import Key, Known, KnownListing, Stored
from models.listings import ListingState


class Item(NamedTuple):
    """A line, with its number in the file or its index in the input."""

    number: int
    line: Line


class Comparison(Enum):
    """How a line compares to what is stored."""

    LATER = "something of it is later, or new"
    EQUAL = "nothing of it is later"
    OUTDATED = "nothing of it is later, and a listing was observed later already"


class Observation(NamedTuple):
    """A listing to be written, with the number of its line."""

    number: int
    listing: LineListing
    known: KnownListing


@dataclass
class Changes:
    """What is to be written: for each product, variant and listing the line that counts."""

    products: dict[str, tuple[Item, Known]] = field(default_factory=dict)
    variants: dict[str, tuple[Item, Known]] = field(default_factory=dict)
    listings: dict[Key, list[Observation]] = field(default_factory=dict)
    """One after the other, since the price history has each change."""
    new: set[int] = field(default_factory=set)
    """Lines whose variant is new."""
    changed: set[int] = field(default_factory=set)
    outdated: set[int] = field(default_factory=set)
    """Lines with a listing that was observed later by another line."""
    moves_variants: bool = False
    """Whether a variant that is stored moves to another product."""


def is_later(observed_at: datetime, known: datetime) -> bool:
    """Whether an observation counts more than a known one. Where neither has a time, the one that comes last counts."""
    return observed_at > known or observed_at == known == NEVER


def find_changes(items: Iterable[Item], stored: Stored, references: References) -> Changes:
    """Decide what is to be written; `stored` is brought to what will be stored then."""
    changes = Changes()
    for item in items:
        _decide(item, stored, references, changes)
    return changes


def compare(line: Line, stored: Stored, references: References) -> Comparison:
    """Say whether a line has anything that is later than what is stored."""
    observed_at = line.observed_at
    variant, product = stored.variants.get(line.sku), stored.products.get(line.product.slug)
    if variant is None or is_later(observed_at, variant.observed_at):
        return Comparison.LATER
    if product is not None and is_later(observed_at, product.observed_at):
        return Comparison.LATER
    outcome = Comparison.EQUAL
    for listing in line.listings or ():
        known = stored.listings.get(_key(line, listing, references))
        if known is None or listing.observed_at > known.observed_at:
            return Comparison.LATER
        if listing.observed_at < known.observed_at:
            outcome = Comparison.OUTDATED
    return outcome


def _decide(item: Item, stored: Stored, references: References, changes: Changes) -> None:
    line, observed_at = item.line, item.line.observed_at
    slug = line.product.slug
    variant = stored.variants.get(line.sku)
    counts = variant is None or is_later(observed_at, variant.observed_at)
    product = stored.products.get(slug)
    if product is None and counts:
        product = stored.products[slug] = Known(uuid7(), slug, is_new=True)
        changes.products[slug] = item, product
    elif product is not None and is_later(observed_at, product.observed_at):
        changes.products[slug] = item, product
    if variant is None:
        variant = stored.variants[line.sku] = Known(uuid7(), slug, is_new=True)
        changes.new.add(item.number)
    if counts:
        changes.moves_variants |= variant.slug != slug and not variant.is_new
        variant.slug = slug
        changes.variants[line.sku] = item, variant
    for listing in line.listings or ():
        _observe(item, listing, stored, references, changes)
    variant.observed_at = max(variant.observed_at, observed_at)
    current = stored.products[variant.slug]
    current.observed_at = max(current.observed_at, variant.observed_at)


def _observe(item: Item, listing: LineListing, stored: Stored, references: References, changes: Changes) -> None:
    key = _key(item.line, listing, references)
    known = stored.listings.get(key)
    if known is None:
        known = stored.listings[key] = KnownListing(uuid7(), is_new=True)
        changes.changed.add(item.number)
    elif listing.observed_at <= known.observed_at:
        if listing.observed_at < known.observed_at:
            changes.outdated.add(item.number)
        return
    known.observed_at = listing.observed_at
    observations = changes.listings.setdefault(key, [])
    if len(observations) > 1 and _prices(observations[-1]) == _prices(observations[-2]):
        observations.pop()  # it changes no price, and a later one has its other values
    observations.append(Observation(item.number, listing, known))


def _prices(observation: Observation) -> tuple[Any, ...]:
    listing = observation.listing
    return listing.currency, listing.price, listing.list_price, listing.state or ListingState.ACTIVE


def _key(line: Line, listing: LineListing, references: References) -> Key:
    store = listing.store
    return line.sku, references.sources[listing.source.slug], references.stores[store.slug] if store else None
