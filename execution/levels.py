"""Runs plans breadth first: each level of objects is completed at once, without a coroutine or future for each item."""

from typing import Any

from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values

from execution import strawberry_adapter
from execution.async_resolvers import call_resolvers
from execution.completers import Batch, try_complete
from execution.deadline import OperationStopped
from execution.field_metadata import Edge
from execution.outage import Outage
from execution.plans import Plan
from execution.selections import Field, Selection

Pending = dict[Batch, tuple[list[Any], list[dict[str, Any]]]]
"""Objects whose batched fields have no values yet: their sources, and the objects of the answer."""


class PlanRun:
    """The state of one execution of a plan."""

    __slots__ = (
        "abstract",
        "answer",
        "arguments",
        "context",
        "deadline",
        "failed",
        "failed_fields",
        "outage",
        "pending",
        "propagates",
        "resolve_infos",
        "roots",
        "selections",
    )  # fmt: skip

    def __init__(self, plan: Plan, executor: Any) -> None:
        self.context = executor.context_value
        self.deadline = executor.deadline
        self.pending: Pending = {}
        self.resolve_infos: list[Any] = []
        self.arguments: list[dict[str, Any]] = []
        self.abstract: Any = None
        self.selections: dict[int, Selection] = {}
        """The selections on objects of interface and union types, by the ids of the objects of the answer."""
        self.failed = False
        """Whether there is a `FieldFailure` in the answer."""
        self.failed_fields: set[Field] | None = set()
        """The batched fields whose values contain failures; None if others do, too."""
        self.outage: Outage | None = None
        """Why something could not be read. Then nothing is completed a second time by the reference executor."""
        self.roots: list[Any] = []
        self.answer: dict[str, Any] = {}
        """The unfinished answer."""
        self.propagates: bool = executor.error_propagation
        for field in plan.prepared:
            self._prepare(field, executor)

    def _prepare(self, field: Field, executor: Any) -> None:
        node, definition = field.details[0].node, field.definition
        if field.field_info.edge and (field.static_arguments is not None or not definition.args):
            self.resolve_infos.append(None)
            self.arguments.append(field.static_arguments or {})
            return
        raw = executor.build_resolve_info(definition, to_nodes(field.details), field.owner, None)
        info = strawberry_adapter.shared_info(raw, field.field_info)
        self.resolve_infos.append(info)
        if not definition.args:
            self.arguments.append({})
            return
        coerced = get_argument_values(definition, node, executor.variable_values, None, executor.hide_suggestions)
        arguments = strawberry_adapter.arguments(field.field_info, coerced, info) if coerced else {}
        self.arguments.append(arguments)
        if field.constant and field.field_info.static_arguments(coerced):
            field.static_arguments = arguments


async def complete_levels(run: PlanRun) -> None:
    """Complete the pending objects, level by level. Raises where the plan cannot go on; only the answer is unfinished then."""
    if run.failed:
        run.failed_fields = None
    while run.pending:
        pending, run.pending = run.pending, {}
        keys_by_loader: dict[Any, dict[Any, None]] = {}
        edges: list[tuple[Field, list[Any], Any, list[dict[str, Any]]]] = []
        calls: list[tuple[Field, list[Any], list[dict[str, Any]]]] = []
        for batch, (rows, outputs) in pending.items():
            for field in batch.fields:
                if field.field_info.edge is None:
                    calls.append((field, rows, outputs))
                    continue
                keys = field.keys(rows)
                loader = _open(field, field.field_info.edge, keys, rows, run)
                keys_by_loader.setdefault(loader, {}).update(dict.fromkeys(keys))
                edges.append((field, keys, loader, outputs))
        found = {}
        for loader, wanted in keys_by_loader.items():
            wanted.pop(None, None)
            found[loader] = await _load(loader, list(wanted), run) if wanted else {}
        for field, keys, loader, outputs in edges:
            with_failures, run.failed = run.failed, False
            _join(field, keys, found[loader], outputs, run)
            _note_failure(field, run, before=with_failures)
        for field, rows, outputs in calls:
            with_failures, run.failed = run.failed, False
            await call_resolvers(field, rows, outputs, run)
            _note_failure(field, run, before=with_failures)


class _NoLoader:
    """Stands for a loader that the arguments of a field do not lead to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def load_batch(self, _keys: list[Any]) -> dict[Any, Any]:
        """Fail as the resolver of the field does."""
        raise self._error


def _open(field: Field, edge: Edge, keys: list[Any], rows: list[Any], run: PlanRun) -> Any:
    """Open the loader of an edge, with what the rows of its parents have of its values."""
    try:
        loader: Any = edge.open(run.context, **run.arguments[field.index])
    except OperationStopped:
        raise
    except Exception as error:  # noqa: BLE001 - becomes the error of each field, such as one about a cursor
        return _NoLoader(error)
    if field.columns is not None:
        loader = loader.with_columns(field.columns)
    if edge.joinable:
        loader.take(edge.key, keys, rows)
    return loader


def _note_failure(field: Field, run: PlanRun, *, before: bool) -> None:
    """Remember in which field something has failed."""
    if run.failed and run.failed_fields is not None:
        run.failed_fields.add(field)
    run.failed = run.failed or before


async def _load(loader: Any, keys: list[Any], run: PlanRun) -> dict[Any, Any]:
    """Load values. If the loader fails, each key gets its error, as with `load`; the loader is not called again."""
    try:
        found: dict[Any, Any] = await loader.load_batch(keys)
    except OperationStopped:
        raise
    except Exception as error:  # noqa: BLE001 - becomes the error of each field
        if isinstance(error, Outage):
            run.outage = error
        return dict.fromkeys(keys, error)
    return found


def _join(field: Field, keys: list[Any], found: dict[Any, Any], outputs: list[dict[str, Any]], run: PlanRun) -> None:
    """Set the field on all objects. The value of a key is completed once, however many objects share it."""
    name = field.name
    distinct = dict.fromkeys(keys)
    if len(distinct) == len(keys) and None not in distinct:
        for value, output in zip(field.complete_many([found[key] for key in keys], run), outputs, strict=True):
            output[name] = value
        return
    done: dict[Any, Any] = {None: try_complete(field.complete, None, run)} if None in distinct else {}
    distinct.pop(None, None)
    done.update(zip(distinct, field.complete_many([found[key] for key in distinct], run), strict=True))
    for key, output in zip(keys, outputs, strict=True):
        output[name] = done[key]
