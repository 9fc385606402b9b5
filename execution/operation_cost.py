"""The cost of an operation and the number of its objects, for the variables of a request, and their limits."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from execution.cost_advice import Trial, advise
from execution.cost_analysis import Analysis
from execution.cost_tree import Values, WeighedSelection
from execution.measure import SATURATED
from execution.quantities import cost, objects


@dataclass(frozen=True, slots=True)
class CostLimits:
    """The limits on one operation. Without a token less is allowed."""

    signed_in: int = 10_000
    anonymous: int = 5_000
    objects: int = 10_000


class Excess(NamedTuple):
    """The error of an operation that exceeds a limit."""

    sentence: str
    measured: int
    allowed: int
    paths: list[dict[str, Any]]


class Total:
    """One quantity of one operation."""

    __slots__ = ("_constant", "_refusals", "_root", "_words")

    def __init__(self, root: WeighedSelection, words: str) -> None:
        self._root, self._words = root, words
        self._constant = root.constant(0)
        self._refusals: dict[int, Excess] = {}
        """By limit, where the quantity is the same for all variables."""

    def of(self, values: Values) -> int:
        """The total for these values of the variables."""
        return self._root.weigh(values, 0, {}) if self._constant is None else self._constant

    def excess(self, measured: int, allowed: int, values: Values) -> Excess:
        """The error for a total that is over the limit."""
        if self._constant is None:
            return self._explain(measured, allowed, values)
        if allowed not in self._refusals:
            self._refusals[allowed] = self._explain(measured, allowed, values)
        return self._refusals[allowed]

    def _explain(self, measured: int, allowed: int, values: Values) -> Excess:
        paths = [path for path in Trial(self._root, values).paths() if path.number]
        shown = [{"path": path.text, "measured": min(path.number, SATURATED)} for path in paths]
        number = f"{SATURATED} or more" if measured >= SATURATED else str(measured)
        most = f"Most of it comes from '{shown[0]['path']}'."
        advice = advise(self._root, values, allowed, paths)
        sentence = f"{self._words.format(number)}; the limit is {allowed}. {most} {advice}"
        return Excess(sentence, min(measured, SATURATED), allowed, shown)


class OperationCost(NamedTuple):
    """What one operation amounts to."""

    cost: Total
    objects: Total

    def check(self, cost: int, values: Values, allowed: int, objects: int) -> Excess | None:
        """The error of an operation that costs more than is allowed, or can return more objects.

        `cost` is its cost for these values of the variables.
        """
        if cost > allowed:
            return self.cost.excess(cost, allowed, values)
        number = self.objects.of(values)
        return self.objects.excess(number, objects, values) if number > objects else None


class CostAnalysis:
    """Analyses the operations of one validated document."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._cost, self._objects = (Analysis(schema, fragments, weigh) for weigh in (cost, objects))

    def operation(self, operation: OperationDefinitionNode) -> OperationCost:
        """Analyse an operation."""
        return OperationCost(
            Total(self._cost.operation(operation), "The operation costs {}"),
            Total(self._objects.operation(operation), "The operation can return {} objects"),
        )

    @property
    def weight(self) -> int:
        """The approximate memory that the analysis takes."""
        return self._cost.weight + self._objects.weight
