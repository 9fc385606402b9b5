"""A cache of plans, least recently used first out, bounded by the memory that they take."""

from collections import Counter, OrderedDict
from traceback import format_tb
from typing import Any

import structlog
from graphql import DirectiveNode, GraphQLError, OperationDefinitionNode, VariableNode

from execution.documents import MAX_ECHO_CHARS
from execution.plans import Plan, PlanOptions
from execution.readers import NotPlannable

PLAN_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 2_000
FIELD_BYTES = 3_700
"""The approximate memory that a field of a plan takes, the code compiled for it included."""
MAX_FALLBACKS = MAX_VARIANTS = 8
COMPILED = "compiled"
RECOVERED = "recovered"
FIRST_EXECUTION = "first execution"
TOO_MANY_VARIANTS = "too many variants"

log = structlog.get_logger("clientele")


class PlanCache:
    """The plans of one schema."""

    def __init__(self, options: PlanOptions, most_bytes: int = PLAN_BYTES) -> None:
        self._options = options
        self._most_bytes = most_bytes
        self._plans: OrderedDict[Any, tuple[OperationDefinitionNode, Plan | str | None]] = OrderedDict()
        self._conditions: dict[int, tuple[str, ...]] = {}
        self._variants: Counter[int] = Counter()
        """How many plans an operation has, one for each set of values that @skip and @include look at."""
        self.weight = self.added_bytes = 0
        self.outcomes: Counter[str] = Counter()
        """How many operations ran by a plan, and how many did not, by reason."""

    def __len__(self) -> int:
        return len(self._plans)

    def find(self, executor: Any) -> Plan | None:
        """Find the plan of an operation for the values of the variables that its @skip and @include use."""
        operation: OperationDefinitionNode = executor.operation
        key = self._key(executor)
        entry = self._plans.get(key)
        if entry is None:
            executor.outcome = FIRST_EXECUTION if executor.plan_now is not True else TOO_MANY_VARIANTS
            if executor.plan_now is not True:
                self.outcomes[FIRST_EXECUTION] += 1
            if executor.plan_now is False or self._variants[id(operation)] >= MAX_VARIANTS:
                return None
            key = self._add(operation, executor)
            if executor.plan_now is None:
                return None
            executor.outcome = ""
        self._plans.move_to_end(key)
        plan = self._plans[key][1]
        if plan is None:
            plan = self._build(operation, executor)
            self._set(key, operation, plan)
        if isinstance(plan, str):
            self.outcomes[plan] += 1
            executor.outcome = plan
            return None
        return plan

    def _build(self, operation: OperationDefinitionNode, executor: Any) -> Plan | str:
        """Plan an operation, or say why it cannot be planned."""
        try:
            return Plan(executor, executor.schema.get_root_type(operation.operation), self._options)
        except NotPlannable as reason:
            return str(reason)
        except Exception as error:  # noqa: BLE001 - the reference executor runs the operation without a plan
            if not isinstance(error, GraphQLError | RecursionError):
                _log_bug(operation, error)
            return "an error"

    def completed(self, executor: Any, plan: Plan, *, recovered: bool) -> None:
        """Record that a plan was completed. Mutations run one after the other: one that was not just compiled decides."""
        plan.fallbacks = 0
        outcome = RECOVERED if recovered else COMPILED
        self.outcomes[outcome] += 1
        if executor.outcome in {"", COMPILED}:
            executor.outcome = outcome

    def failed(self, executor: Any, plan: Plan, reason: BaseException) -> None:
        """Record why a plan could not be completed. One that fails MAX_FALLBACKS times in a row is not used again."""
        executor.outcome = str(reason) if isinstance(reason, NotPlannable) else type(reason).__name__
        self.outcomes[executor.outcome] += 1
        if not isinstance(reason, Exception):
            return
        if not plan.fallbacks and not isinstance(reason, NotPlannable | GraphQLError):
            _log_bug(executor.operation, reason)
        plan.fallbacks += 1
        if plan.fallbacks >= MAX_FALLBACKS:
            why = reason if isinstance(reason, NotPlannable) else type(reason).__name__
            self._set(self._key(executor), executor.operation, f"abandoned: {why}")

    def _key(self, executor: Any) -> Any:
        operation: OperationDefinitionNode = executor.operation
        names = self._conditions.get(id(operation)) or ()
        values = executor.variable_values.coerced
        return (id(operation), *(values.get(name) for name in names))

    def _add(self, operation: OperationDefinitionNode, executor: Any) -> Any:
        self._conditions[id(operation)] = tuple(sorted(_conditions(operation, executor)))
        key = self._key(executor)
        self._set(key, operation, None)
        return key

    def _set(self, key: Any, operation: OperationDefinitionNode, plan: Plan | str | None) -> None:
        known = self._plans.get(key)
        self._variants[id(operation)] += known is None
        self.weight += _weight(plan) - (_weight(known[1]) if known else 0)
        self.added_bytes += _weight(plan)
        self._plans[key] = operation, plan
        while self.weight > self._most_bytes and len(self._plans) > 1:
            old_key, (removed, old_plan) = self._plans.popitem(last=False)
            self.weight -= _weight(old_plan)
            self._variants[id(removed)] -= 1
            if not self._variants[id(removed)]:
                del self._variants[id(removed)]
                self._conditions.pop(old_key[0], None)


def _weight(plan: Plan | str | None) -> int:
    """The approximate memory that an entry takes."""
    return ENTRY_BYTES + (0 if plan is None or isinstance(plan, str) else FIELD_BYTES * plan.fields)


def _log_bug(operation: OperationDefinitionNode, error: Exception) -> None:
    """Log a bug in the planner, without the text of the exception, which may contain personal data."""
    log.error(
        "plan_failed",
        error=type(error).__qualname__,
        operation=operation.name.value[:MAX_ECHO_CHARS] if operation.name else "",
        trace="".join(format_tb(error.__traceback__)),
    )


def _conditions(operation: OperationDefinitionNode, executor: Any) -> set[str]:
    """The names of the variables that @skip and @include use in an operation and in all fragments."""
    names: set[str] = set()
    stack: list[Any] = [operation, *(fragment.definition for fragment in executor.fragments.values())]
    while stack:
        node = stack.pop()
        for directive in getattr(node, "directives", None) or ():
            names |= _variables(directive)
        selections = getattr(node, "selection_set", None)
        stack.extend(selections.selections if selections else ())
    return names


def _variables(directive: DirectiveNode) -> set[str]:
    if directive.name.value not in {"skip", "include"}:
        return set()
    return {one.value.name.value for one in directive.arguments or () if isinstance(one.value, VariableNode)}
