"""Loaders of the hostile schema: some fail for a key, some for a whole batch."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiodataloader import DataLoader

from tests.execution.sources import PEOPLE, Item, Mood, World


class Loader(DataLoader[Any, Any]):
    """Answers keys by a function, in batches that it notes in the world's log."""

    def __init__(self, world: World, name: str, answer: Callable[..., Any], *arguments: Any) -> None:
        super().__init__()
        self.world, self.name, self.answer, self.arguments = world, name, answer, arguments
        self.items: frozenset[str] | None = None

    def load(self, key: Any) -> asyncio.Future[Any]:
        return asyncio.shield(super().load(key))

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        self.world.timed = True
        self.world.log.append(f"{self.name}{self.arguments}: {list(keys)}")
        if self.name == "broken":
            raise ConnectionError("the whole batch")
        return [narrowed(self.answer(self.world, key, *self.arguments), self.items) for key in keys]

    async def load_batch(self, keys: Sequence[Any]) -> dict[Any, Any]:
        """What a plan asks: exceptions of single keys are values."""
        return dict(zip(keys, await self.batch_load_fn(keys), strict=True))

    def with_columns(self, items: frozenset[str]) -> "Loader":
        """Give a loader whose rows refuse to be asked for anything else."""
        key = self.name, self.arguments, items
        if key not in self.world.loaders:
            made = self.world.loaders[key] = Loader(self.world, self.name, self.answer, *self.arguments)
            made.items = items
        return self.world.loaders[key]  # type: ignore[no-any-return]


def narrowed(value: Any, items: frozenset[str] | None) -> Any:
    """Leave of a value, or of each of a list, only some items."""
    if items is None:
        return value
    if isinstance(value, list):
        return [narrowed(one, items) for one in value]
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name in items}
    if isinstance(value, Item):
        value.seen = items
    return value


def _one(world: World, key: Any) -> Any:
    return world.row(key) if isinstance(key, int) and key < PEOPLE else None


def _failing(world: World, key: Any) -> Any:
    return LookupError(f"no {key}") if world.roll(key, "fails") % 5 == 0 else _one(world, key)


def _crew(world: World, key: Any) -> Any:
    return world.rows(world.roll(key))


def _page(world: World, key: Any, first: int, mood: Mood | None) -> Any:
    if first < 0:
        raise ValueError("negative")
    rows = [world.row(world.roll(key, mood) + step) for step in range(min(first, 4))]
    return {"nodes": rows, "first": first, "mood": mood and mood.value, "key": str(key)}


ANSWERS: dict[str, Callable[..., Any]] = {
    "one": _one, "failing": _failing, "crew": _crew, "page": _page, "broken": _one,
}  # fmt: skip


def opener(name: str) -> Callable[..., Loader]:
    """Give what opens a request's loader."""

    def open_(world: World, **arguments: Any) -> Loader:
        key = name, tuple(arguments.values())
        if arguments.get("first", 0) > 100:
            raise ValueError("too many")
        if key not in world.loaders:
            world.loaders[key] = Loader(world, name, ANSWERS[name], *arguments.values())
        return world.loaders[key]  # type: ignore[no-any-return]

    return open_
