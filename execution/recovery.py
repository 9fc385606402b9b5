"""Mends answers: the reference executor completes what is `FieldFailure` in its place, and nulls go up from there as it says.

An object that several places share is written once, and has an error for each place. What cannot be said so is
`NotPlannable`: then the reference executor completes the whole answer.
"""

from asyncio import Future, ensure_future
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import GraphQLError
from graphql.execution.executor import CollectedErrors, to_nodes
from graphql.pyutils import Path, gather_with_cancel

from execution.completers import FieldFailure
from execution.levels import Run
from execution.places import Place, Search, Slot
from execution.readers import NotPlannable


class Errors(CollectedErrors):
    """The errors of a recovered answer, on top of those that were there, which stay as they are."""

    def __init__(self, before: CollectedErrors) -> None:
        super().__init__()
        self._before = before
        self._errors.extend(before.errors)

    def has_nulled_position(self, start_path: Path | None) -> bool:
        """Ask both."""
        return self._before.has_nulled_position(start_path) or super().has_nulled_position(start_path)


class WholeAnswer(Exception):
    """An error that no place can take, so that the whole answer is null."""

    def __init__(self, error: GraphQLError) -> None:
        super().__init__()
        self.error = error


def places(s: Run) -> list[Place]:
    """Find what is failed. It is `NotPlannable` where the reference executor alone can say which errors there are."""
    found = list(Search(s.kinds).roots(s.roots, s.answer))
    if found and (any(one.error for one in s.roots) or _entangled(found)):
        raise NotPlannable("several errors")
    first = {id(place.holder[place.key]): number for number, place in reversed([*enumerate(found)])}
    return sorted(found, key=lambda place: first[id(place.holder[place.key])])


def _entangled(found: list[Place]) -> bool:
    """Whether an error of one field can make another field's place null: which of them comes first matters then."""
    if len({id(place.field) for place in found}) == 1:
        return False
    takers: dict[Slot | None, set[int]] = {}
    for place in found:
        takers.setdefault(place.nulled, set()).add(id(place.field))
    return any(takers.get(slot, set()) - {id(place.field)} for place in found for slot in place.slots)


async def recover(executor: Any, wrong: list[Place]) -> GraphQLError | None:
    """Complete what is failed; an error takes the nearest place that can be null. Give the one that takes them all."""
    recovery = _Mending(executor, wrong)
    try:
        await recovery.run()
    except WholeAnswer as whole:
        return whole.error
    return None


class _Mending:
    """What is known while an answer is recovered."""

    def __init__(self, executor: Any, wrong: list[Place]) -> None:
        self._executor = executor
        self._wrong: list[tuple[Place, FieldFailure]] = [(place, place.holder[place.key]) for place in wrong]
        self._settled: dict[Slot, Any] = {}
        self._futures: dict[int, Future[Any]] = {}
        """Of values that must be awaited, by the ids of what is failed: several places may wait for the same one."""

    async def run(self) -> None:
        """Complete everything, what must be awaited at the same time."""
        self._check()
        waiting: list[Any] = []
        try:
            for place, failed in self._wrong:
                value = self._begin(place, failed)
                if self._executor.is_awaitable(value):
                    waiting.append(self._finish(place, failed, value))
                else:
                    self._settle(place, value)
        except Exception:
            if waiting:
                self._executor.settle_in_background(waiting)
            raise
        if waiting:
            await gather_with_cancel(*waiting)

    def _check(self) -> None:
        """Refuse values that several places share and that can be read only once."""
        shared = Counter(id(failed) for _, failed in self._wrong)
        for _, failed in self._wrong:
            if shared[id(failed)] > 1 and isinstance(failed.value, Iterator | AsyncIterator):
                raise NotPlannable("read once")

    def _begin(self, place: Place, failed: FieldFailure) -> Any:
        if failed.error:
            return failed.error
        if not self._executor.is_awaitable(failed.value):
            return self._complete(place, failed.value)
        future = self._futures.get(id(failed))
        if future is None:
            future = self._futures[id(failed)] = ensure_future(failed.value)
        return future

    async def _finish(self, place: Place, failed: FieldFailure, value: Any) -> None:
        try:
            found = await value
            if value is self._futures.get(id(failed)):
                found = self._complete(place, found)
                if self._executor.is_awaitable(found):
                    found = await found
        except Exception as error:  # noqa: BLE001 - located when it is settled
            found = error
        self._settle(place, found)

    def _complete(self, place: Place, value: Any) -> Any:
        if isinstance(value, Exception):  # raised at each of many places it would gather their frames
            return value
        executor, field = self._executor, place.field
        owner = field.owner
        info = executor.build_resolve_info(field.definition, to_nodes(place.details), owner, place.path)
        try:
            return executor.complete_value(place.kind, place.details, info, place.path, value, None)
        except Exception as error:  # noqa: BLE001 - as above
            return error

    def _settle(self, place: Place, value: Any) -> None:
        """Write a value, or an error's null, to its slot; what another place has written there must be the same."""
        if isinstance(value, Exception):
            place, value = self._nulled(place, value), None
        known = self._settled.setdefault(place.slot, value)
        if known is not value and known != value:
            raise NotPlannable("several values")
        place.holder[place.key] = value

    def _nulled(self, place: Place, error: Exception) -> Place:
        """Report an error for the nearest place that can be null, and give that."""
        at, raised = place, error
        while True:
            try:
                self._executor.handle_field_error(raised, at.kind, at.details, at.path)
            except GraphQLError as located:
                if at.above is None:
                    raise WholeAnswer(located) from None
                at, raised = at.above, located
            else:
                return at
