"""The plans met last, kept for the operations that they are of."""

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


class Plans:
    """The plans met last. An operation is planned when it is seen for the second time."""

    def __init__(self, style: PlanOptions) -> None:
        self._style = style
        self._known: OrderedDict[Any, tuple[OperationDefinitionNode, Plan | str | None]] = OrderedDict()
        self._conditions: dict[int, tuple[str, ...]] = {}
        self.outcomes: Counter[str] = Counter()
        """How often operations ran compiled, and how often not and why."""

    def find(self, executor: Any) -> Plan | None:
        """Find the plan of an operation, for the values that its @skip and @include look at."""
        operation: OperationDefinitionNode = executor.operation
        key = self._key(executor)
        known = self._known.get(key)
        if known is None:
            self._meet(operation, executor)
            return None
        self._known.move_to_end(key)
        plan = known[1]
        if plan is None:
            try:
                plan = Plan(executor, executor.schema.get_root_type(operation.operation), self._style)
            except NotPlannable as reason:
                plan = str(reason)
            except Exception as error:  # noqa: BLE001 - whatever it is, the reference executor needs no plan
                plan = "an error"
                if not isinstance(error, GraphQLError | RecursionError):
                    _tell(operation, error)
            self._known[key] = operation, plan
        if isinstance(plan, str):
            self.outcomes[plan] += 1
            return None
        return plan

    def failed(self, executor: Any, plan: Plan, reason: BaseException) -> None:
        """Note why a plan was not carried through, and give up on one to which that happens every time."""
        self.outcomes[str(reason) if isinstance(reason, NotPlannable) else type(reason).__name__] += 1
        if not isinstance(reason, Exception):
            return
        if not plan.fallbacks and not isinstance(reason, NotPlannable | GraphQLError):
            _tell(executor.operation, reason)
        plan.fallbacks += 1
        if plan.fallbacks >= MAX_FALLBACKS:
            self._known[self._key(executor)] = (
                executor.operation,
                f"given up: {reason if isinstance(reason, NotPlannable) else type(reason).__name__}",
            )

    def _key(self, executor: Any) -> Any:
        operation: OperationDefinitionNode = executor.operation
        names = self._conditions.get(id(operation)) or ()
        values = executor.variable_values.coerced
        return (id(operation), *(values.get(name) for name in names))

    def _meet(self, operation: OperationDefinitionNode, executor: Any) -> None:
        self.outcomes["first sight"] += 1
        self._conditions[id(operation)] = tuple(sorted(_conditions(operation, executor)))
        self._known[self._key(executor)] = operation, None
        if len(self._known) > PLAN_CACHE_SIZE:
            old, (gone, _) = self._known.popitem(last=False)
            if not any(kept is gone for kept, _ in self._known.values()):
                self._conditions.pop(old[0], None)


def _tell(operation: OperationDefinitionNode, error: Exception) -> None:
    """Log a bug of ours, without the text of the exception, which may hold anybody's data."""
    log.error(
        "plan_failed",
        error=type(error).__qualname__,
        operation=operation.name.value[:MAX_ECHO_CHARS] if operation.name else "",
        trace="".join(format_tb(error.__traceback__)),
    )


def _conditions(operation: OperationDefinitionNode, executor: Any) -> set[str]:
    """Name the variables that @skip and @include of an operation and of all fragments look at."""
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
