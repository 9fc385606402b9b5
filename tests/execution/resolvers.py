"""Resolvers of the hostile schema."""

from asyncio import sleep
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types.nodes import InlineFragment

from execution.field_metadata import reads
from tests.execution.loaders import opener
from tests.execution.sources import Mood, Promise, World, read

Info = strawberry.Info[World, None]
Row = strawberry.Parent[Any]
VOICE: ContextVar[str] = ContextVar("VOICE", default="silent")


@strawberry.input
class Wish:
    """An input with defaults, a list and itself in it."""

    word: str = "please"
    times: int | None = 1
    moods: list[Mood] | None = None
    more: "Wish | None" = strawberry.UNSET

    def describe(self) -> str:
        more = "-" if self.more is strawberry.UNSET or not self.more else self.more.describe()
        return f"{self.word}*{self.times} {[mood.name for mood in self.moods or ()]} ({more})"


class Shy(FieldExtension):
    """A condition that plans understand."""

    condition = "row_open(row)"
    reads = frozenset({"open"})

    def __init__(self, least: int) -> None:
        self.least = least
        self.condition = f"row['open'] >= {least} if hasattr(type(row), '__contains__') else row.number % 3 >= {least}"

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        opened = source["open"] if hasattr(type(source), "__contains__") else source.number % 3
        return next_(source, info, **kwargs) if opened >= self.least else None

    async def resolve_async(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        opened = source["open"] if hasattr(type(source), "__contains__") else source.number % 3
        return await next_(source, info, **kwargs) if opened >= self.least else None


class Loud(FieldExtension):
    """One that plans must leave alone."""

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return value.upper() if isinstance(value, str) else value


class Trusted(BasePermission):
    message = "Not for you."

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return bool(info.context.roll(str(read(source, "strict_name")), "trusted") % 2)


@reads("strict_name")
def greeting(row: Row, word: str = "hello", times: int | None = 1) -> str | None:
    return None if times is None else f"{word} {read(row, 'strict_name')}" * times


@reads()
def wished(row: Row, wish: Wish | None = None, wishes: list[Wish] | None = None) -> str:
    return f"{wish.describe() if wish else None} {[one.describe() for one in wishes or ()]}"


@reads("strict_name")
def mooded(row: Row, mood: Mood = Mood.CALM, ids: list[strawberry.ID] | None = None) -> str:
    return f"{mood.name} {ids} {read(row, 'strict_name')}"


@reads()
def looks(row: Row, info: Info) -> str:
    variables = {name: str(value) for name, value in info.variable_values.items()}
    return f"{info.field_name} {info.python_name} {sorted(variables.items())} {info.operation.operation.value}"


@reads("strict_name")
def code(row: Row, info: Info) -> str:
    return coder(info._raw_info.parent_type.name)(read(row, "strict_name"))


def coder(kind: str) -> Any:
    """Specialize `code` for a type of the graph."""
    return lambda name: f"{kind}:{name}"


@reads()
def where(row: Row, info: Info) -> str:
    return "/".join(map(str, info.path.as_list()))


def selected(row: Row, info: Info) -> Any:
    info.context.log.append(_names(info.selected_fields))
    return {"id": _names(info.selected_fields), "kind": "Person", "strict_name": "of selected", "strict_age": 1}


def _names(fields: Any) -> str:
    return ",".join(
        f"{'...' if isinstance(one, InlineFragment) else ''}{getattr(one, 'alias', None) or getattr(one, 'name', '')}"
        f"{getattr(one, 'arguments', '')}{{{_names(one.selections)}}}"
        for one in fields
    )


@reads()
def speak(row: Row, voice: str = "soft") -> str:
    VOICE.set(voice)
    return voice


@reads()
def voice(row: Row) -> str:
    return VOICE.get()


@reads("strict_name")
def boom(row: Row, info: Info) -> str | None:
    if info.context.roll(str(read(row, "strict_name")), "boom") % 3 == 0:
        raise RuntimeError(f"boom {read(row, 'strict_name')}")
    return "quiet"


def returns_exception(row: Row, info: Info) -> Any:
    return ValueError("handed back") if info.context.roll(str(read(row, "strict_name"))) % 3 == 0 else row


@reads()
def promised(row: Row) -> Any:
    return Promise("in time")


@reads()
def coroutine(row: Row, info: Info) -> Any:
    async def made() -> str:
        info.context.timed = True
        return "made"

    return made()


@reads()
async def slow(row: Row, info: Info, steps: int = 0) -> int | None:
    info.context.timed = True
    for _ in range(min(steps, 3)):
        await sleep(0)
    return steps


@reads("strict_name")
async def slow_boom(row: Row, info: Info) -> int:
    info.context.timed = True
    await sleep(0)
    if info.context.roll(str(read(row, "strict_name")), "slow") % 4 == 0:
        raise RuntimeError(f"slow boom {read(row, 'strict_name')}")
    return 1


@reads("strict_name")
async def waited(row: Row, info: Info) -> int:
    """Fail for some at once, when others wait for a loader."""
    info.context.timed = True
    name = str(read(row, "strict_name"))
    if info.context.roll(name, "waited") % 4 == 0:
        raise RuntimeError(f"waited {name}")
    return len(await opener("crew")(info.context).load(name))


async def slow_friend(row: Row, info: Info) -> Any:
    info.context.timed = True
    await sleep(0)
    return read(row, "friend")


async def slow_friends(row: Row, info: Info) -> Any:
    info.context.timed = True
    return read(row, "strict_friends")


@reads()
async def ticks(row: Row, info: Info, to: int = 2) -> AsyncIterator[int]:
    info.context.timed = True
    for number in range(min(to, 4)):
        yield number
