"""The reference executor with a deadline."""

from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.deadline import BATCH, Deadline, OperationStopped


class TimedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Checks the deadline regularly while it completes objects. The caller sets `deadline` for each operation."""

    deadline = Deadline()
    outcome = ""
    """`compiled`, `recovered`, or why the reference executor has completed the operation, in the words of `PlanCache.outcomes`."""

    def complete_object_value(self, *given: Any) -> Any:
        deadline = self.deadline
        deadline.unchecked += 1
        if deadline.unchecked > BATCH:
            deadline.check()
        return super().complete_object_value(*given)

    def handle_field_error(self, raw_error: Exception, *given: Any) -> None:
        """Let `OperationStopped` pass through all fields, so that it ends the operation."""
        if isinstance(raw_error, OperationStopped):
            raise raw_error
        super().handle_field_error(raw_error, *given)
