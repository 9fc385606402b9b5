"""A cache of plans, least recently used first out. An operation is planned when it is executed for the second time."""

from collections import Counter, OrderedDict
from traceback import format_tb
from typing import Any

import structlog
from graphql import DirectiveNode, GraphQLError, OperationDefinitionNode, VariableNode

from execution.documents import MAX_ECHO_CHARS
from execution.plans import Plan, PlanOptions
from execution.readers import NotPlannable

PLAN_CACHE_SIZE = 256
MAX_FALLBACKS = 8

log = structlog.get_logger("clientele")


class PlanCache:
    """The plans of one schema."""

    def __init__(self, options: PlanOptions) -> None:
        self._options = options
        self._plans: OrderedDict[Any, tuple[OperationDefinitionNode, Plan | str | None]] = OrderedDict()
        self._conditions: dict[int, tuple[str, ...]] = {}
        self.outcomes: Counter[str] = Counter()
        """How many operations ran by a plan, and how many did not, by reason."""

    def find(self, executor: Any) -> Plan | None:
        """Find the plan of an operation for the values of the variables that its @skip and @include use."""
        operation: OperationDefinitionNode = executor.operation
        key = self._key(executor)
        entry = self._plans.get(key)
        if entry is None:
            self._add(operation, executor)
            return None
        self._plans.move_to_end(key)
        plan = entry[1]
        if plan is None:
            try:
                plan = Plan(executor, executor.schema.get_root_type(operation.operation), self._options)
            except NotPlannable as reason:
                plan = str(reason)
            except Exception as error:  # noqa: BLE001 - the reference executor runs the operation without a plan
                plan = "an error"
                if not isinstance(error, GraphQLError | RecursionError):
                    _log_bug(operation, error)
            self._plans[key] = operation, plan
        if isinstance(plan, str):
            self.outcomes[plan] += 1
            return None
        return plan

    def failed(self, executor: Any, plan: Plan, reason: BaseException) -> None:
        """Record why a plan could not be completed. One that fails MAX_FALLBACKS times in a row is not used again."""
        self.outcomes[str(reason) if isinstance(reason, NotPlannable) else type(reason).__name__] += 1
        if not isinstance(reason, Exception):
            return
        if not plan.fallbacks and not isinstance(reason, NotPlannable | GraphQLError):
            _log_bug(executor.operation, reason)
        plan.fallbacks += 1
        if plan.fallbacks >= MAX_FALLBACKS:
            why = reason if isinstance(reason, NotPlannable) else type(reason).__name__
            self._plans[self._key(executor)] = executor.operation, f"abandoned: {why}"

    def _key(self, executor: Any) -> Any:
        operation: OperationDefinitionNode = executor.operation
        names = self._conditions.get(id(operation)) or ()
        values = executor.variable_values.coerced
        return (id(operation), *(values.get(name) for name in names))

    def _add(self, operation: OperationDefinitionNode, executor: Any) -> None:
        self.outcomes["first execution"] += 1
        self._conditions[id(operation)] = tuple(sorted(_conditions(operation, executor)))
        self._plans[self._key(executor)] = operation, None
        if len(self._plans) > PLAN_CACHE_SIZE:
            old_key, (removed, _) = self._plans.popitem(last=False)
            if not any(kept is removed for kept, _ in self._plans.values()):
                self._conditions.pop(old_key[0], None)


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
