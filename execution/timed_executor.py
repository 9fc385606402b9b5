"""The reference executor, with an eye on the clock."""

from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.deadline import BATCH, Deadline, DeadlineExceeded


class TimedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Looks at the deadline every so many objects. Whoever executes an operation sets `deadline`."""

    deadline = Deadline()

    def complete_object_value(self, *given: Any) -> Any:
        """Complete an object as ever."""
        deadline = self.deadline
        deadline.unchecked += 1
        if deadline.unchecked > BATCH:
            deadline.check()
        return super().complete_object_value(*given)

    def handle_field_error(self, raw_error: Exception, *given: Any) -> None:
        """Let the end of the operation pass all fields, so that it is nobody's error and stops what others wait for."""
        if isinstance(raw_error, DeadlineExceeded):
            raise raw_error
        super().handle_field_error(raw_error, *given)
