"""Many at once: what a front end does when the server is too busy just now."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.graph import Failed

TIMES = 10


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """Call, and call again where the answer was UNAVAILABLE: on a slow machine fifty are too many for its pool."""
    for _ in range(TIMES):
        try:
            return await call()
        except Failed as failed:
            if {error["extensions"]["code"] for error in failed.args[0]} != {"UNAVAILABLE"}:
                raise
    raise AssertionError(TIMES)
