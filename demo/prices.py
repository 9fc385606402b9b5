"""How the prices of listings changed over 90 days: now and then a sale, and else steady."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from demo.draws import DAY, MINUTE, likely, scramble

PERIOD = 90 * DAY
LATEST = 2 * DAY
"""How long before the end nothing changes, since listings are last checked then."""
DEPTHS = (10, 15, 20, 25, 30)


class Price(NamedTuple):
    """A price and a list price, in minor units."""

    minor: int
    list_minor: int | None


class Change(NamedTuple):
    """The price from a moment on."""

    moment: int
    price: Price


class Offered(NamedTuple):
    """What a listing asks for: `regular` in fils without a sale, and now."""

    regular: float
    discount: int
    price: Price
    rounded: Callable[[float], int]


def history(number: int, offered: Offered, created: int, end: int) -> Iterator[Change]:
    """Give the changes of a listing's price that end in today's; the first is 90 days old, or as old as the listing."""
    chance = Random(scramble(number))
    start, latest = max(created, end - PERIOD), end - LATEST
    today, is_old = offered.price, latest - start > 80 * DAY
    usual = Price(offered.rounded(offered.regular), today.list_minor) if offered.discount else today
    steps = {start: usual}
    if likely(chance, 35) and is_old:
        before = offered.rounded(offered.regular * chance.uniform(0.92, 1.06))
        steps[start] = Price(before, _above(usual.list_minor, before))
        steps[_minute(start + chance.randrange(5, 25) * DAY + chance.randrange(DAY))] = usual
    if likely(chance, 45) and is_old:
        begin = _minute(start + chance.randrange(28, 45) * DAY + chance.randrange(DAY))
        reduced = offered.rounded(offered.regular * (100 - chance.choice(DEPTHS)) / 100)
        steps[begin] = Price(reduced, usual.list_minor or usual.minor)
        steps[begin + chance.randrange(3, 9) * DAY] = usual
    if offered.discount:
        steps[max(start, _minute(end - chance.randrange(4, 21) * DAY - chance.randrange(DAY)))] = today
    yield from _changes(sorted(steps.items()))


def _changes(steps: list[tuple[int, Price]]) -> Iterator[Change]:
    """Leave out what changes nothing."""
    previous = None
    for moment, price in steps:
        if price != previous:
            yield Change(moment, price)
        previous = price


def _above(list_minor: int | None, minor: int) -> int | None:
    """Give a list price that is not below the price."""
    return None if list_minor is None else max(list_minor, minor)


def _minute(moment: int) -> int:
    return moment // MINUTE * MINUTE
