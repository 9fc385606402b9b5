"""Running operations in process, on either executor, and telling whether the two say the same."""

import re
from typing import Any

import orjson
import strawberry
from graphql import DocumentNode, ExecutionResult
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Stock

Said = tuple[bytes, list[str]]


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


async def stock(schema: strawberry.Schema, document: DocumentNode, variables: Any, context: Any) -> Said:
    return said(await execute(Stock, schema._schema, document, variables, context))


async def compiled(schema: strawberry.Schema, document: DocumentNode, variables: Any, context: Any) -> Said:
    return said(await execute(schema.execution_context_class, schema._schema, document, variables, context))


def said(result: ExecutionResult) -> Said:
    """The bytes of the data, and each error with its place and its cause."""
    errors = [
        f"{error.message} {error.path} {error.locations} {type(error.original_error).__name__} {error.extensions}"
        for error in result.errors or ()
    ]
    return _bytes(result.data), [re.sub(r" at 0x[0-9a-f]+", "", error) for error in errors]


def _bytes(data: Any) -> bytes:
    try:
        return orjson.dumps(data)
    except TypeError:
        return re.sub(r" at 0x[0-9a-f]+", "", repr(data)).encode()


def outcomes(schema: strawberry.Schema) -> Any:
    """How often operations ran compiled, and how often not and why."""
    executor: Any = schema.execution_context_class
    return executor.plans.outcomes
