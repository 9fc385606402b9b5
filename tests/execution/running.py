"""Running operations in process, on either executor, and comparing the two."""

import re
from ast import literal_eval
from collections import Counter
from typing import Any

import orjson
import strawberry
from graphql import DocumentNode, ExecutionResult
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as ReferenceExecutor

Answer = tuple[bytes, list[str]]


async def execute(cls: Any, schema: Any, document: DocumentNode, variables: Any, context: Any, **options: Any) -> Any:
    """The way of transport.py."""
    executor = cls.build(
        schema, document, raw_variable_values=variables, context_value=context,
        is_awaitable=optimized_is_awaitable, operation_extensions={}, **options,
    )  # fmt: skip
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    result = executor.execute_operation()
    if optimized_is_awaitable(result):
        result = await result
    executor.async_helpers = None
    return result


async def reference(schema: strawberry.Schema, document: DocumentNode, variables: Any, context: Any) -> Answer:
    return comparable(await execute(ReferenceExecutor, schema._schema, document, variables, context))


async def compiled(schema: strawberry.Schema, document: DocumentNode, variables: Any, context: Any) -> Answer:
    return comparable(await execute(schema.execution_context_class, schema._schema, document, variables, context))


def comparable(result: ExecutionResult) -> Answer:
    """The bytes of the data, and each error with its place and its cause."""
    errors = [
        f"{error.message} {error.path} {error.locations} {type(error.original_error).__name__} {error.extensions}"
        for error in result.errors or ()
    ]
    return _bytes(result.data), [re.sub(r" at 0x[0-9a-f]+", "", error) for error in errors]


def agree(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same where something asynchronous ran.

    Then the order of errors is a matter of time, and so is which of several failures below a null was reported.
    """
    return one[0] == other[0] and (sorted(one[1]) == sorted(other[1]) or _settled(one) == _settled(other))


def _settled(answer: Answer) -> Any:
    """Give the errors that have a null of their own, and the places of the other nulls."""
    try:
        data = orjson.loads(answer[0])
    except orjson.JSONDecodeError:  # a strange leaf, which JSON cannot say
        return answer
    own: Counter[str] = Counter()
    above: set[str] = set()
    for error in answer[1]:
        place = re.search(r" (\[[^\[\]]*\]) \[SourceLocation", error)
        path = literal_eval(place[1]) if place else []
        value, depth = data, 0
        while value is not None and depth < len(path):
            value, depth = value[path[depth]], depth + 1
        if depth < len(path):
            above.add(str(path[:depth]))
        else:
            own[error] += 1
    return own, above


def _bytes(data: Any) -> bytes:
    try:
        return orjson.dumps(data)
    except TypeError:
        return re.sub(r" at 0x[0-9a-f]+", "", repr(data)).encode()


def outcomes(schema: strawberry.Schema) -> Any:
    """How often operations ran compiled, and how often not and why."""
    executor: Any = schema.execution_context_class
    return executor.plans.outcomes
