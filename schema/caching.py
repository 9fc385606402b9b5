"""For how long caches may keep what anonymous viewers see, shown in the SDL by Apollo's directive `@cacheControl`."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLNamedType
from strawberry.schema_directive import Location

from execution import strawberry_adapter
from execution.field_metadata import cached

DESCRIBING = cached(300)
"""What seldom changes, such as a brand."""
SELLING = cached(60)
"""Products and prices."""
PAGING = cached(86_400)
"""What is as old as the page that it belongs to."""


@strawberry.schema_directive(
    locations=[Location.OBJECT],
    name="cacheControl",
    description="For how many seconds caches may keep a value of this type, if the query was sent by GET and without a "
    "token. The least number of all types in the query counts; a type without this directive is not kept.",
)
class CacheControlDirective:
    """Its argument is Apollo's."""

    max_age: int


def show_caching(types: Iterable[GraphQLNamedType]) -> None:
    """Add the directive to the definitions that a schema is printed from."""
    for kind in types:
        seconds = strawberry_adapter.max_age(kind)
        definition: Any = kind.extensions.get("strawberry-definition")
        if seconds is not None and not any(
            isinstance(one, CacheControlDirective) for one in definition.directives or ()
        ):
            definition.directives = [*(definition.directives or ()), CacheControlDirective(max_age=seconds)]
