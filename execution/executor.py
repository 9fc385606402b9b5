"""The executor: runs what is planned, and hands the rest to the stock executor, field by field of the root."""

from collections import Counter, OrderedDict
from typing import Any

from graphql import DirectiveNode, GraphQLError, OperationDefinitionNode, OperationType, VariableNode
from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.levels import Run, finish
from execution.plans import Access, Plan
from execution.readers import Unusual

KEPT = 256
FAILED = object()


class Plans:
    """The plans met last. An operation is planned when it is seen for the second time."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._known: OrderedDict[Any, tuple[OperationDefinitionNode, Plan | str | None]] = OrderedDict()
        self._conditions: dict[int, tuple[str, ...]] = {}
        self.outcomes: Counter[str] = Counter()
        """How often operations ran compiled, and how often not and why."""

    def find(self, executor: Any) -> Plan | None:
        """Find the plan of an operation, for the values that its @skip and @include look at."""
        operation: OperationDefinitionNode = executor.operation
        names = self._conditions.get(id(operation))
        values = executor.variable_values.coerced
        key = (id(operation), *(values.get(name) for name in names or ()))
        known = self._known.get(key)
        if known is None:
            self._meet(key, operation, executor)
            return None
        self._known.move_to_end(key)
        plan = known[1]
        if plan is None:
            try:
                plan = Plan(executor, executor.schema.get_root_type(operation.operation), self._access)
            except Unusual as reason:
                plan = str(reason)
            self._known[key] = operation, plan
        if isinstance(plan, str):
            self.outcomes[plan] += 1
            return None
        return plan

    def _meet(self, key: Any, operation: OperationDefinitionNode, executor: Any) -> None:
        self.outcomes["first sight"] += 1
        names = tuple(sorted(_conditions(operation, executor)))
        self._conditions[id(operation)] = names
        values = executor.variable_values.coerced
        self._known[id(operation), *(values.get(name) for name in names)] = operation, None
        if len(self._known) > KEPT:
            old, (gone, _) = self._known.popitem(last=False)
            if not any(kept is gone for kept, _ in self._known.values()):
                self._conditions.pop(old[0], None)


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


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Plugs into `Schema(execution_context_class=…)`; a subclass says where its plans are."""

    plans: Plans

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Run the plan where there is one."""
        if self.middleware_manager or self.abort_signal or self.operation.operation is OperationType.SUBSCRIPTION:
            self.plans.outcomes["middleware, signal or subscription"] += 1
            return super().execute_operation(serially)
        plan = self.plans.find(self)
        if plan is None:
            return super().execute_operation(serially)
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        return self._planned(plan, serially=serially)

    async def _planned(self, plan: Plan, *, serially: bool) -> Any:
        try:
            groups = [[one] for one in plan.roots] if serially else [plan.roots]
            data: dict[str, Any] = {}
            for group in groups:
                data.update(await self._fields(plan, group))
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self.build_response(None)
        return self.build_response(data)

    async def _fields(self, plan: Plan, fields: list[Any]) -> dict[str, Any]:
        """Resolve root fields as the stock executor does, then complete them by the plan, or all of them by it."""
        asked = [_Root(self, plan, *field) for field in fields]
        values = (
            [await asked[0].resolve()]
            if len(asked) == 1
            else await gather_with_cancel(*(one.resolve() for one in asked))
        )
        pairs = list(zip(asked, values, strict=True))
        try:
            s = Run(plan, self)
            s.abstract = asked[0].info if asked else None
            data = {one.name: None if value is FAILED else one.complete(value, s) for one, value in pairs}
            await finish(s)
        except Exception as reason:  # noqa: BLE001 - whatever it is, the stock executor finds it again and says it right
            self.plans.outcomes[str(reason) if isinstance(reason, Unusual) else type(reason).__name__] += 1
            stock = [one.by_stock(value) for one, value in pairs]
            done = [await stock[0]] if len(stock) == 1 else await gather_with_cancel(*stock)
            return {one.name: value for one, value in zip(asked, done, strict=True)}
        self.plans.outcomes["compiled"] += 1
        return data


class _Root:
    """A field of the root in one request."""

    __slots__ = ("complete", "definition", "details", "executor", "info", "name", "path")

    def __init__(self, executor: Any, plan: Plan, name: str, details: Any, definition: Any, complete: Any) -> None:
        self.executor, self.name, self.details, self.definition = executor, name, details, definition
        self.complete = complete
        self.path = Path(None, name, plan.root.name)
        self.info = executor.build_resolve_info(definition, to_nodes(details), plan.root, self.path)

    async def resolve(self) -> Any:
        """Call the resolver in its own wrapper."""
        executor, definition = self.executor, self.definition
        try:
            given: dict[str, Any] = {}
            if definition.args:
                node = self.details[0].node
                given = get_argument_values(definition, node, executor.variable_values, None, executor.hide_suggestions)
            resolve = definition.resolve or executor.field_resolver
            value = resolve(executor.root_value, self.info, **given)
            return await value if executor.is_awaitable(value) else value
        except Exception as error:  # noqa: BLE001 - located, and raised again if it must be
            executor.handle_field_error(error, definition.type, self.details, self.path)
            return FAILED

    async def by_stock(self, value: Any) -> Any:
        """Complete the resolved value as the stock executor does."""
        if value is FAILED:
            return None
        executor = self.executor
        try:
            done = executor.complete_value(self.definition.type, self.details, self.info, self.path, value, None)
            return await done if executor.is_awaitable(done) else done
        except Exception as error:  # noqa: BLE001 - located, and raised again if it must be
            executor.handle_field_error(error, self.definition.type, self.details, self.path)
            return None
