"""Completes values: turns the results of resolvers and loaders into the values of the answer.

A value that cannot be completed becomes a `FieldFailure` in the answer. `recovery.py` deals with these at the end.
"""

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any, Protocol

from execution.deadline import BATCH, OperationStopped
from execution.readers import FunctionBuilder, NeedsPath, NotPlannable, Reader

Complete = Callable[[Any, Any], Any]


class Batch:
    """Fields of objects whose values are loaded for all objects of a level at once."""

    __slots__ = ("fields",)

    def __init__(self, fields: Sequence[Any]) -> None:
        self.fields = fields


Compiled = tuple[Reader, Batch | None]
"""The function that reads and completes what a source has itself, and the fields that it leaves out."""


class ObjectSelection(Protocol):
    """The part of `selections.Selection` that is used here."""

    compiled: dict[type, Compiled]

    def compile(self, of: type) -> Compiled:
        """Compile the reader for sources of a class."""
        ...


class FieldFailure:
    """A value that the reference executor must complete, or the error of a resolver or loader."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any, error: Exception | None = None) -> None:
        self.value = value
        self.error = error


def try_complete(complete: Complete, value: Any, run: Any) -> Any:
    """Complete a value, or give a `FieldFailure`."""
    try:
        return complete(value, run)
    except (NeedsPath, OperationStopped):
        raise
    except Exception:  # noqa: BLE001 - the reference executor raises it again and reports it
        run.failed = True
        return FieldFailure(value)


def complete_all(complete: Complete, values: Any, run: Any) -> list[Any]:
    """Complete many values, checking the deadline before each batch."""
    deadline = run.deadline
    deadline.unchecked += len(values)
    if deadline.unchecked <= BATCH:
        return [complete(value, run) for value in values]
    outputs: list[Any] = []
    for start in range(0, len(values), BATCH):
        deadline.check()
        outputs += [complete(value, run) for value in values[start : start + BATCH]]
    return outputs


def non_null(inner: Complete) -> Complete:
    """Complete a value of a non-null type."""

    def complete(value: Any, run: Any) -> Any:
        if value is None:
            raise NotPlannable("null")
        return inner(value, run)

    return complete


def for_each(complete: Complete) -> Complete:
    """Complete many values; one that fails does not affect the others."""

    def each(values: Any, run: Any) -> Any:
        try:
            return complete_all(complete, values, run)
        except OperationStopped:
            raise
        except Exception:  # noqa: BLE001 - as in `try_complete`
            return [try_complete(complete, value, run) for value in values]

    return each


def as_list(value: Any) -> list[Any]:
    """Convert a tuple; nothing else counts as a list."""
    if value.__class__ is not tuple:
        raise NotPlannable("not a list")
    return list(value)


def list_of(inner: Complete) -> Complete:
    """Complete a list."""
    each = for_each(inner)

    def complete(value: Any, run: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            value = as_list(value)
        return each(value, run)

    return complete


def leaf(builder: FunctionBuilder) -> Complete:
    """Complete a leaf by the code that is in the builder, which reads it from `row`."""
    builder.items.append("'_': row")
    read = builder.build()
    return lambda value, run: read(value, run)["_"]


def object_(selection: ObjectSelection, *, required: bool) -> Complete:
    """Complete an object. If it has batched fields, it is added to the pending objects of these."""
    compiled = selection.compiled

    def complete(value: Any, run: Any) -> Any:
        if value is None:
            if required:
                raise NotPlannable("null")
            return None
        read, batch = compiled.get(value.__class__) or selection.compile(value.__class__)
        output = read(value, run)
        if batch is not None:
            entry = run.pending.get(batch)
            if entry is None:
                entry = run.pending[batch] = ([], [])
            entry[0].append(value)
            entry[1].append(output)
        return output

    return complete


def objects_of_class(selection: ObjectSelection, one: Complete) -> Callable[[type, list[Any], Any], list[Any]]:
    """Complete objects that all have the same class in one loop; if any fails, each by `one`."""
    compiled = selection.compiled

    def complete(cls: type, values: list[Any], run: Any) -> list[Any]:
        try:
            read, batch = compiled.get(cls) or selection.compile(cls)
            outputs = complete_all(read, values, run)
        except OperationStopped:
            raise
        except Exception:  # noqa: BLE001 - as in `try_complete`
            return [try_complete(one, item, run) for item in values]
        if batch is not None:
            entry = run.pending.get(batch)
            if entry is None:
                entry = run.pending[batch] = ([], [])
            entry[0].extend(values)
            entry[1].extend(outputs)
        return outputs

    return complete


def objects(selection: ObjectSelection, *, required: bool) -> Complete:
    """Complete a list of objects, in one loop if all have the same class, whatever nulls are among them."""
    one = object_(selection, required=required)
    each, of_class = for_each(one), objects_of_class(selection, one)

    def complete(value: Any, run: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            value = as_list(value)
        if not value:
            return []
        classes = {item.__class__ for item in value}
        cls = classes.pop()
        if not classes and cls is not NoneType:
            return of_class(cls, value, run)
        classes = (classes | {cls}) - {NoneType}
        if len(classes) != 1:
            return each(value, run)
        outputs = iter(of_class(classes.pop(), [item for item in value if item is not None], run))
        return [try_complete(one, None, run) if item is None else next(outputs) for item in value]

    return complete
