"""Spans of loader batches."""

from collections.abc import Callable
from typing import Any, TypeVar

from opentelemetry.trace import Tracer

from context import Context
from loaders.batches import BatchLoader
from loaders.pages import Page
from transport.tracing.spans import started

L = TypeVar("L")


class TracedContext(Context):
    """A request whose loaders start a span for each batch."""

    __slots__ = ("_traced_loaders",)

    def __init__(self, traced_loaders: "TracedLoaders", *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._traced_loaders = traced_loaders

    def loader(self, maker: Callable[..., L], *arguments: Any) -> L:
        return super().loader(self._traced_loaders.of(maker), *arguments)


class TracedLoaders:
    """Makes the traced subclass of each loader, once."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._made: dict[Any, Any] = {}

    def of(self, maker: Callable[..., L]) -> Callable[..., L]:
        """Give the traced subclass of a loader."""
        made = self._made.get(maker)
        if made is None:
            made = _traced(maker, self._tracer)
            self._made |= {maker: made, made: made}
        return made  # type: ignore[no-any-return]


def _traced(maker: Any, tracer: Tracer) -> Any:
    if not (isinstance(maker, type) and issubclass(maker, BatchLoader)):
        return maker
    load: Any = getattr(maker, "batch_load_fn")  # noqa: B009 - typed as an attribute of instances

    async def batch_load_fn(self: Any, keys: list[Any]) -> Any:
        with started(tracer, maker.__name__, {"loader.name": maker.__name__, "loader.keys": len(keys)}) as span:
            values = await load(self, keys)
            span.set_attribute("loader.rows", sum(map(_rows, values)))
            return values

    return type(maker.__name__, (maker,), {"__module__": maker.__module__, "batch_load_fn": batch_load_fn})


def _rows(value: Any) -> int:
    """How many rows a value was made of; a count or an answer is one."""
    if isinstance(value, Page):
        return len(value.rows)
    if isinstance(value, list):
        return len(value)
    return int(value is not None and not isinstance(value, Exception))
