"""What the hostile schema reads from: right most of the time, wrong in every way now and then, the same at each run."""
# ruff: noqa: ARG005 - every maker takes the same

from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any
from zlib import crc32

import strawberry
from graphql import GraphQLError
from graphql.pyutils import Undefined

PEOPLE = 12
KINDS = ("Person", "Robot", "Rock")


class Text(str):
    """Not quite a str."""

    __slots__ = ()


class Promise:
    """Awaitable, and not a coroutine."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "a promise"  # the same at each run, since a key may be one

    def __await__(self) -> Iterator[Any]:
        yield from ()
        return self.value


@strawberry.enum
class Mood(Enum):
    CALM = "calm"
    WILD = "wild"
    SAD = 7


class World:
    """A request over the hostile graph: which values are wrong, and what was done."""

    def __init__(self, seed: int = 0, rate: float = 0.0) -> None:
        self.seed = seed
        self.rate = int(rate * 1000)
        self.log: list[str] = []
        self.loaders: dict[Any, Any] = {}
        self.forced: dict[str, Any] = {}
        """Values of person 1 that are wrong for certain, as functions that make them."""
        self.timed = False
        """Whether anything asynchronous ran: then the order of errors is a matter of time."""

    def roll(self, *of: object) -> int:
        return crc32(repr((self.seed, *of)).encode())

    def row(self, number: int, *, plain: bool = True) -> Any:
        """Give a source: by item, by attribute or a dict."""
        number %= PEOPLE
        kind = number % 4
        if kind == 3 and plain:
            return {name: self.value(number, name, plain=False) for name in FIELDS}
        return (Thing if kind == 1 else Item)(self, number)

    def rows(self, number: int, *, plain: bool = True) -> list[Any]:
        return [self.row(number + step * 5, plain=plain) for step in range(self.roll(number, "rows") % 4)]

    def value(self, number: int, name: str, *, plain: bool = True) -> Any:
        dice = self.roll(number, name)
        good, wrong = FIELDS[name]
        if number == 1 and name in self.forced:
            return self.forced[name]()
        if wrong and dice % 1000 < self.rate:
            return wrong[dice // 1000 % len(wrong)]()
        return good(self, number, dice // 1000, plain)


class Item:
    """Read by `[]`."""

    seen: frozenset[str] | None = None
    """What may be asked for; None for everything."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number = world, number

    def __getitem__(self, name: str) -> Any:
        assert self.seen is None or name in self.seen, f"nobody needs {name}"
        return self.world.value(self.number, name)


class Thing(Item):
    """Read by attribute; only the keys of its edges are items."""

    def __getitem__(self, name: str) -> Any:
        if name not in {"boss_id", "strict_name"}:
            raise KeyError(name)
        return super().__getitem__(name)

    def __getattr__(self, name: str) -> Any:
        if name not in FIELDS:
            raise AttributeError(name)
        return Item.__getitem__(self, name)


def access(of: type) -> str:
    """Write what `read` does."""
    if issubclass(of, dict):
        return "row.get({name!r})"
    return "row.{name}" if issubclass(of, Thing) or not hasattr(of, "__getitem__") else "row[{name!r}]"


def read(source: Any, name: str) -> Any:
    if isinstance(source, dict):
        return source.get(name)
    return getattr(source, name) if isinstance(source, Thing) or not hasattr(source, "__getitem__") else source[name]


async def _ticks() -> AsyncIterator[int]:
    for number in range(3):
        yield number


class _Raising:
    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __repr__(self) -> str:
        return "no words"  # as above


Make = Callable[[], Any]
LEAVES: list[Make] = [
    lambda: 2**31, lambda: -(2**31) - 1, lambda: 2**63, lambda: float("nan"), lambda: float("inf"), lambda: "7",
    lambda: "", lambda: Text("subclass"), lambda: True, lambda: b"bytes", lambda: None, lambda: 3.0, lambda: 3.5,
    lambda: Decimal(2), list, dict, lambda: ValueError("a value"), lambda: Undefined, lambda: Promise("kept"),
    lambda: Promise(5), lambda: Mood.WILD, lambda: "WILD", lambda: "wild", lambda: 7, lambda: GraphQLError("told"),
    lambda: Mood, _Raising,
]  # fmt: skip
LISTS: list[Make] = [
    lambda: None, lambda: (1, 2), lambda: {3}, lambda: (n for n in (4, 5)), lambda: "text", lambda: 6, _ticks,
    lambda: [None], lambda: [1, None, 2], lambda: [2**31], lambda: [Promise(8)], lambda: [KeyError("inside")], dict,
    lambda: [[None]], lambda: [["x"], None], lambda: [(1,), [2]], lambda: range(2), lambda: Promise([1]),
]  # fmt: skip
OBJECTS: list[Make] = [
    lambda: None, lambda: ValueError("instead of a row"), lambda: Undefined, lambda: Promise(None), lambda: 5, dict,
    list, lambda: "text", lambda: Promise({"id": "p", "kind": "Person"}), lambda: {"kind": "Nobody"},
    lambda: {"kind": None}, lambda: {"kind": 5}, lambda: {"kind": "Mood"}, lambda: {"kind": []}, lambda: {"kind": "Rock"},
]  # fmt: skip
FIELDS: dict[str, tuple[Callable[[World, int, int, bool], Any], list[Make]]] = {
    "id": (lambda w, n, d, p: f"id{n}", LEAVES),
    "kind": (lambda w, n, d, p: KINDS[n % 2], [lambda: "Nobody", lambda: None, lambda: 5, lambda: "Rock", list]),
    "name": (lambda w, n, d, p: f"name {n}" if d % 5 else None, LEAVES),
    "strict_name": (lambda w, n, d, p: f"strict {n}", LEAVES),
    "age": (lambda w, n, d, p: d % 90 if d % 5 else None, LEAVES),
    "strict_age": (lambda w, n, d, p: d % 90, LEAVES),
    "height": (lambda w, n, d, p: d % 300 / 7 if d % 5 else None, LEAVES),
    "alive": (lambda w, n, d, p: (True, False, None)[d % 3], LEAVES),
    "mood": (lambda w, n, d, p: ("calm", "wild", 7, None)[d % 4], LEAVES),
    "tag": (lambda w, n, d, p: f"tag{n}" if d % 5 else None, LEAVES),
    "blob": (lambda w, n, d, p: {"n": [n, None]} if d % 5 else None, LEAVES),
    "numbers": (lambda w, n, d, p: [d % 7, None, n] if d % 5 else None, LISTS),
    "strict_numbers": (lambda w, n, d, p: [n, 2], LISTS),
    "grid": (lambda w, n, d, p: [[n], [], None, [1, None]], LISTS),
    "strict_grid": (lambda w, n, d, p: [[n], [], [1, 2]], LISTS),
    "tags": (lambda w, n, d, p: [f"t{n}", None], [*LISTS, lambda: ["bad"], lambda: [b"bad"]]),
    "friend": (lambda w, n, d, p: w.row(d, plain=p) if d % 5 else None, OBJECTS),
    "strict_friend": (lambda w, n, d, p: w.row(d, plain=p), OBJECTS),
    "friends": (lambda w, n, d, p: w.rows(n, plain=p), [*LISTS, *OBJECTS, lambda: [{}], lambda: [Promise(None)]]),
    "strict_friends": (lambda w, n, d, p: w.rows(n, plain=p), [*LISTS, lambda: [None, {}]]),
    "twin": (lambda w, n, d, p: w.row(n + 1, plain=p) if d % 5 else None, OBJECTS),
    "stuff": (lambda w, n, d, p: [w.row(n + 2, plain=p), None, {"kind": "Rock", "weight": n}], [*LISTS, *OBJECTS]),
    "weight": (lambda w, n, d, p: n, LEAVES),
    "boss_id": (lambda w, n, d, p: n // 3 if d % 4 else None, [lambda: 99, list, lambda: True, lambda: "x"]),
    "open": (lambda w, n, d, p: d % 3, []),
}
