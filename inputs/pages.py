"""The four arguments of connections."""

from inspect import Parameter
from typing import Annotated, NamedTuple

from strawberry import argument

AFTER = "Return rows after this cursor, for example `pageInfo.endCursor` of the page before."
BEFORE = "Return rows before this cursor, for example `pageInfo.startCursor` of the page after."


class PageArguments(NamedTuple):
    """Which page of a connection is wanted. A parameter `page` of this type stands for the four arguments."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def page_parameters(default: int, most: int) -> list[Parameter]:
    """Make the parameters that replace `page` in the graph, described with the default and the maximum size of a page."""
    first = f"How many rows to return from the start of the list, at most {most}. With neither `first` nor `last`, {default}."
    last = f"How many rows to return from the end of the list, at most {most}."
    kinds = {
        "first": Annotated[int | None, argument(description=first)],
        "after": Annotated[str | None, argument(description=AFTER)],
        "last": Annotated[int | None, argument(description=last)],
        "before": Annotated[str | None, argument(description=BEFORE)],
    }
    return [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in kinds.items()]
