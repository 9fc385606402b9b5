"""Completes values: turns what resolvers and loaders give into what the answer holds.

Whatever is not plainly right is `FieldFailure` where a list or an edge has it, and recovered when all else is done.
"""

from collections.abc import Callable
from types import NoneType
from typing import Any, Protocol

from execution.deadline import BATCH, DeadlineExceeded
from execution.readers import NeedsPath, NotPlannable, Reader, Source

Complete = Callable[[Any, Any], Any]


class Selected(Protocol):
    """What is asked of objects of one type."""

    readers: dict[type, Reader]
    waiting: Any

    def reader(self, of: type) -> Reader:
        """Write the reader for sources of a class."""
        ...


class FieldFailure:
    """A value in the place of its answer, for the reference executor to complete; or the error that came instead of it."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any, error: Exception | None = None) -> None:
        self.value = value
        self.error = error


def attempt(complete: Complete, value: Any, s: Any) -> Any:
    """Complete a value if it can be done."""
    try:
        return complete(value, s)
    except (NeedsPath, DeadlineExceeded):
        raise
    except Exception:  # noqa: BLE001 - whatever it is, the reference executor finds it again and says it right
        s.failed = True
        return FieldFailure(value)


def complete_all(complete: Complete, values: Any, s: Any) -> list[Any]:
    """Complete the values of a list or a level, and look at the deadline before each batch of them."""
    deadline = s.deadline
    deadline.unchecked += len(values)
    if deadline.unchecked <= BATCH:
        return [complete(value, s) for value in values]
    outs: list[Any] = []
    for start in range(0, len(values), BATCH):
        deadline.check()
        outs += [complete(value, s) for value in values[start : start + BATCH]]
    return outs


def required(inner: Complete) -> Complete:
    """Complete what must not be null."""

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            raise NotPlannable("null")
        return inner(value, s)

    return complete


def each_by(complete: Complete) -> Complete:
    """Complete many values, each for itself."""

    def each(values: Any, s: Any) -> Any:
        try:
            return complete_all(complete, values, s)
        except DeadlineExceeded:
            raise
        except Exception:  # noqa: BLE001 - as in `attempt`
            return [attempt(complete, value, s) for value in values]

    return each


def as_list(value: Any) -> list[Any]:
    """Take a tuple for a list, and nothing else."""
    if value.__class__ is not tuple:
        raise NotPlannable("not a list")
    return list(value)


def listed(inner: Complete) -> Complete:
    """Complete a list."""
    each = each_by(inner)

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            value = as_list(value)
        return each(value, s)

    return complete


def leaf(source: Source) -> Complete:
    """Complete a leaf, which the source has been told to read from `row`."""
    source.items.append("'_': row")
    read = source.build()
    return lambda value, s: read(value, s)["_"]


def object_(selection: Selected, *, required: bool) -> Complete:
    """Complete an object; what of it must wait for the rest of its level is remembered."""
    readers, waiting = selection.readers, selection.waiting

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            if required:
                raise NotPlannable("null")
            return None
        out = (readers.get(value.__class__) or selection.reader(value.__class__))(value, s)
        if waiting:
            frame = s.frames.get(selection)
            if frame is None:
                frame = s.frames[selection] = ([], [])
            frame[0].append(value)
            frame[1].append(out)
        return out

    return complete


def objects(selection: Selected, *, required: bool) -> Complete:
    """Complete a list of objects: in one loop, if they are all of a kind."""
    readers, waiting = selection.readers, selection.waiting
    one = object_(selection, required=required)
    each = each_by(one)

    def complete(value: Any, s: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is not list:
            value = as_list(value)
        if not value:
            return []
        kinds = {item.__class__ for item in value}
        kind = kinds.pop()
        if kinds or kind is NoneType:
            return each(value, s)
        try:
            read = readers.get(kind) or selection.reader(kind)
            outs = complete_all(read, value, s)
        except DeadlineExceeded:
            raise
        except Exception:  # noqa: BLE001 - as in `attempt`
            return [attempt(one, item, s) for item in value]
        if waiting:
            frame = s.frames.get(selection)
            if frame is None:
                frame = s.frames[selection] = ([], [])
            frame[0].extend(value)
            frame[1].extend(outs)
        return outs

    return complete
