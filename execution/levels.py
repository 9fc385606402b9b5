"""Runs plans: breadth first, a whole level of objects at a time, no coroutine or future for an item."""

from typing import Any

from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values

from execution import strawberry_adapter
from execution.calls import call
from execution.completers import attempt
from execution.plans import Plan
from execution.selections import Field, Selection

Frames = dict[Selection, tuple[list[Any], list[dict[str, Any]]]]


class Run:
    """What a plan needs of one request."""

    __slots__ = (
        "abstract",
        "answer",
        "arguments",
        "context",
        "deadline",
        "failed",
        "frames",
        "infos",
        "kinds",
        "propagates",
        "roots",
    )  # fmt: skip

    def __init__(self, plan: Plan, executor: Any) -> None:
        self.context = executor.context_value
        self.deadline = executor.deadline
        self.frames: Frames = {}
        self.infos: list[Any] = []
        self.arguments: list[dict[str, Any]] = []
        self.abstract: Any = None
        self.kinds: dict[int, Selection] = {}
        """What was asked of the objects whose type could be one of several, by the ids of their dicts."""
        self.failed = False
        """Whether a value was left for the reference executor."""
        self.roots: list[Any] = []
        self.answer: dict[str, Any] = {}
        """The values of the fields of the root, and what is below them as it comes to be."""
        self.propagates: bool = executor.error_propagation
        for field in plan.prepared:
            self._prepare(field, executor)

    def _prepare(self, field: Field, executor: Any) -> None:
        node, definition = field.details[0].node, field.definition
        if field.kind.edge and (field.static_arguments is not None or not definition.args):
            self.infos.append(None)
            self.arguments.append(field.static_arguments or {})
            return
        raw = executor.build_resolve_info(definition, to_nodes(field.details), field.owner, None)
        info = strawberry_adapter.shared_info(raw, field.kind)
        self.infos.append(info)
        if not definition.args:
            self.arguments.append({})
            return
        coerced = get_argument_values(definition, node, executor.variable_values, None, executor.hide_suggestions)
        made = strawberry_adapter.arguments(field.kind, coerced, info) if coerced else {}
        self.arguments.append(made)
        if field.constant and field.kind.static_arguments(coerced):
            field.static_arguments = made


async def finish(s: Run) -> None:
    """Complete level by level what waits. Whatever is fallbacks is raised, and nothing is half done but the output."""
    while s.frames:
        frames, s.frames = s.frames, {}
        asked: dict[Any, dict[Any, None]] = {}
        edges: list[tuple[Field, list[Any], Any, list[dict[str, Any]]]] = []
        calls: list[tuple[Field, list[Any], list[dict[str, Any]]]] = []
        for selection, (rows, outs) in frames.items():
            for field in selection.waiting:
                if field.kind.edge is None:
                    calls.append((field, rows, outs))
                    continue
                keys = _keys(field, field.kind.edge.key, rows)
                loader = field.kind.edge.open(s.context, **s.arguments[field.number])
                if field.items is not None:
                    loader = loader.with_columns(field.items)
                wanted = asked.setdefault(loader, {})
                wanted.update(dict.fromkeys(keys))
                edges.append((field, keys, loader, outs))
        found = {}
        for loader, wanted in asked.items():
            wanted.pop(None, None)
            found[loader] = await _load(loader, list(wanted)) if wanted else {}
        for field, keys, loader, outs in edges:
            _join(field, keys, found[loader], outs, s)
        for field, rows, outs in calls:
            await call(field, rows, outs, s)


async def _load(loader: Any, keys: list[Any]) -> dict[Any, Any]:
    """Ask a loader. If it fails, it has failed for each key, as `load` would say; it is not asked again."""
    try:
        found: dict[Any, Any] = await loader.load_batch(keys)
    except Exception as error:  # noqa: BLE001 - it is the value of each key, and reported where that is asked for
        return dict.fromkeys(keys, error)
    return found


def _keys(field: Field, key: str, rows: list[Any]) -> list[Any]:
    guard = field.guard
    if guard is None:
        return [row[key] for row in rows]
    return [row[key] if guard(row) else None for row in rows]


def _join(field: Field, keys: list[Any], found: dict[Any, Any], outs: list[dict[str, Any]], s: Run) -> None:
    """Complete the value of each key once, however many parents share it."""
    name = field.name
    distinct = dict.fromkeys(keys)
    if len(distinct) == len(keys) and None not in distinct:
        for value, out in zip(field.each([found[key] for key in keys], s), outs, strict=True):
            out[name] = value
        return
    done: dict[Any, Any] = {None: attempt(field.complete, None, s)} if None in distinct else {}
    distinct.pop(None, None)
    done.update(zip(distinct, field.each([found[key] for key in distinct], s), strict=True))
    for key, out in zip(keys, outs, strict=True):
        out[name] = done[key]
