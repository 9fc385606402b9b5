"""Operations that can be executed, and what is needed to execute one for a client."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from graphql import OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues

from auth.tokens import Claims
from context import Context
from execution.documents import Document
from transport.operation_records import OperationRecord
from transport.request import Parameters

OpenContext = Callable[..., Awaitable[Context]]
"""Opens a context for the Authorization headers, the idempotency key and the client of a request.

With `fresh=True` the viewer is read from the database, even if this process remembers who they are.
"""
OpenRequestContext = partial[Awaitable[Context]]
"""The same for one request, whose three arguments are given."""
Verify = Callable[[Sequence[bytes]], Awaitable[Claims | None]]

LARGE_COST = 1_000
"""An operation that costs more is planned at once, and runs while no other such operation runs in this process."""


class Prepared(NamedTuple):
    """An operation that can be executed."""

    document: Document
    operation: OperationDefinitionNode
    variables: VariableValues
    parameters: Parameters
    cost: int
    """The most that it can cost with these variables."""
    allowed: int
    """What it may cost."""
    reading: int
    """What is charged for a document that is not in the cache, whatever the operation costs."""
    record: OperationRecord
    hash: str | None = None
    """Under which the client wants to name the document the next time."""

    @property
    def kind(self) -> OperationType:
        return self.operation.operation

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def is_large(self) -> bool:
        return self.cost > LARGE_COST

    @property
    def requested(self) -> dict[str, int]:
        """The part of `extensions.cost` that is known before it runs."""
        return {"requested": self.cost, "allowed": self.allowed}


class CostReport(StrEnum):
    """What the header `GraphQL-Cost` can ask for, in `extensions.cost` of the response."""

    REPORT = "report"
    DRY_RUN = "dry-run"
