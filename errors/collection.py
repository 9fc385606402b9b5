"""Collects all mistakes of an input, so that the user can correct them at once.

    with collect() as check:
        name = check(rules.name, input.name, "name")
        email = check(rules.email, input.email, "email")

Behind the block all values are good: the block ends with `UserErrors` if one of the rules was broken.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, overload

from errors import KnownError, UserErrorException

V = TypeVar("V")
T = TypeVar("T")
P = ParamSpec("P")


class UserErrors(KnownError):
    """Several user errors of one input, in the order in which they were found."""

    def __init__(self, found: list[UserErrorException]) -> None:
        super().__init__(" ".join(error.message for error in found))
        self.found = found


class collect:  # noqa: N801 - called like a function, as `contextlib.suppress` is
    """Applies rules to values, and raises what they have found at the end of the block.

    One error is raised as it is, several as `UserErrors`. A user error that is raised in the block ends it, and is
    collected as well.
    """

    def __init__(self) -> None:
        self._found: list[UserErrorException] = []

    @overload
    def __call__(self, rule: Callable[Concatenate[V, P], T], value: V, *args: P.args, **options: P.kwargs) -> T: ...

    @overload
    def __call__(
        self, rule: Callable[Concatenate[V, P], T], value: V | None, *args: P.args, **options: P.kwargs
    ) -> T | None: ...

    def __call__(self, rule: Callable[..., Any], value: Any, *args: Any, **options: Any) -> Any:
        """Give what the rule makes of a value. A value of None stays None: nothing was sent, or null."""
        if value is None:
            return None
        try:
            return rule(value, *args, **options)
        except (UserErrorException, UserErrors) as error:
            self.add(error)

    def add(self, error: UserErrorException | UserErrors) -> None:
        """Collect an error that was found otherwise."""
        self._found += error.found if isinstance(error, UserErrors) else [error]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, UserErrorException | UserErrors):
            self.add(error)
        elif error is not None:
            return
        if len(self._found) > 1:
            raise UserErrors(self._found) from None
        if self._found and self._found[0] is not error:
            raise self._found[0] from None
