"""How fields are made: audiences, edges, connections and mutations are written once, here.

The metadata of a field says the same as its resolver does, for whoever runs many parents at once.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import Signature, signature
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location

import errors
from context import Context, Info
from events.subscriber import EventSource
from execution.field_metadata import Edge, ListSize
from inputs import enums  # noqa: F401 - makes the enums part of the graph
from inputs.arguments import After, Before, First, Last
from loaders.batches import Lookup, StatementLoader
from loaders.pages import ConnectionLoader, CountLoader
from loaders.short_lists import ShortListLoader
from policy.audiences import Audience, Bit
from resolvers import pages


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="audience",
    description="Who gets an answer from this field. Others get null, and `Customer.viewerCanSeeContent` says why.",
)
class AudienceDirective:
    """The audience, for people who read the SDL."""

    of: Audience = strawberry.directive_field(name="of")


class Audienced(FieldExtension):
    """Answers null where the customer's row says that the viewer is not of the audience. The only such place."""

    def __init__(self, audience: Audience) -> None:
        self.bit = int(Bit[audience.name])
        self.condition = f"row['audience'] & {self.bit}"
        self.reads = frozenset({"audience"})

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Ask the row."""
        return next_(source, info, **kwargs) if source["audience"] & self.bit else None


def field(
    description: str, *, audience: Audience | None = None, resolver: Any = None, size: ListSize | None = None,
    **options: Any,
) -> Any:  # fmt: skip
    """Make a field. Without a resolver it is the column of its own name. A list of objects may say its `size`."""
    if size is not None:
        options["metadata"] = {"size": size, **options.get("metadata", {})}
    if audience is not None:
        options["extensions"] = [Audienced(audience)]
        options["directives"] = [AudienceDirective(of=audience)]
    return strawberry.field(resolver=resolver, description=description, **options)


def page_size(connection: type[ConnectionLoader | ShortListLoader]) -> ListSize:
    """Say how many rows the pages of a connection have."""
    return ListSize(connection.default_page_size, connection.max_page_size, ("first", "last"))


def edge(
    loader: type[StatementLoader[Any, Any]], key: str, description: str,
    *, audience: Audience | None = None, size: ListSize | None = None,
) -> Any:  # fmt: skip
    """Make the field that leads to what a loader finds by a column of the parent; null leads nowhere."""

    def open_(context: Context) -> StatementLoader[Any, Any]:
        return context.loader(loader)

    def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        value = root[key]
        return None if value is None else open_(info.context).load(value)

    metadata = {"edge": Edge(key, open_, loader)}
    return field(description, audience=audience, resolver=resolve, size=size, metadata=metadata)


def lookup(find: Callable[..., Lookup], description: str, *, pages_of: type[ConnectionLoader] | None = None) -> Any:
    """Make a field of the root that a loader answers: `find` says which loader, and by what key; None finds nothing.

    A connection names the loader whose pages it gives, or one that has pages of the same size.
    """

    @wraps(find)
    def resolve(info: Info, **kwargs: Any) -> Any:
        loader, key = find(info, **kwargs)
        return None if key is None else loader.load(key)

    size = page_size(pages_of) if pages_of else None
    return field(description, resolver=resolve, size=size, metadata={"lookup": find})


def connection(loader: type[ConnectionLoader], key: str, description: str, *, audience: Audience | None = None) -> Any:
    """Make the field that leads to a page of what belongs to the parent."""

    def open_(
        context: Context, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ConnectionLoader:
        return pages.open_page(context, loader, first, after, last, before)

    return opening(open_, key, description, pages_of=loader, audience=audience)


def opening(
    open_: Callable[..., ConnectionLoader | CountLoader | ShortListLoader], key: str, description: str,
    *, pages_of: type[ConnectionLoader | ShortListLoader] | None = None, audience: Audience | None = None,
) -> Any:  # fmt: skip
    """Make a connection, or a count of one, that has arguments of its own: those of the function behind the context.

    A connection names the loader whose pages it gives.
    """

    def resolve(root: strawberry.Parent[Any], info: Info, **arguments: Any) -> Any:
        return open_(info.context, **arguments).load(root[key])

    root, info, _ = signature(resolve).parameters.values()
    _, *arguments = signature(open_).parameters.values()
    resolve.__signature__ = Signature([root, info, *arguments])  # type: ignore[attr-defined]
    size = page_size(pages_of) if pages_of else None
    metadata = {"edge": Edge(key, open_, open_)}
    return field(description, audience=audience, resolver=resolve, size=size, metadata=metadata)


class UserErrorSource:
    """A problem as the source of a user error: graphql-core raises exceptions that it meets as values."""

    __slots__ = ("_problem", "graphql_type")

    def __init__(self, problem: errors.UserErrorException) -> None:
        self._problem = problem
        self.graphql_type = problem.graphql_type

    def __getitem__(self, name: str) -> Any:
        """Fields are the facts of the problem."""
        return getattr(self._problem, name)


def mutation(resolver: Callable[..., Coroutine[Any, Any, dict[str, Any]]], description: str) -> Any:
    """Make a mutation: what can be expected to go wrong for a person becomes the payload's `userErrors`."""

    @wraps(resolver)
    async def resolve(info: Info, **kwargs: Any) -> dict[str, Any]:
        info.context.required_role = None  # another mutation of the same request may have needed_columns one
        try:
            return {"user_errors": [], **await resolver(info, **kwargs)}
        except errors.UserErrorException as problem:
            return {"user_errors": [UserErrorSource(problem)]}

    made = strawberry.mutation(resolver=resolve, description=description)
    for argument in made.base_resolver.arguments:
        argument.description = resolver.__annotations__[argument.python_name].__strawberry_definition__.description
    return made


def subscription(resolver: Callable[..., Coroutine[Any, Any, EventSource]], description: str) -> Any:
    """Make a subscription: what the resolver gives finds the root of each answer."""
    return strawberry.subscription(resolver=resolver, description=description)


def read(source: Any, name: str) -> Any:
    """Read a field that has no resolver: a column of a row, an item of a payload, an attribute of anything else."""
    if isinstance(source, dict):
        return source.get(name)
    return source[name] if hasattr(type(source), "__getitem__") else getattr(source, name)


def accessor(source: type) -> str:
    """Write what `read` does, as an expression, for sources of a class."""
    if issubclass(source, dict):
        return "row.get({name!r})"
    return "row[{name!r}]" if hasattr(source, "__getitem__") else "row.{name}"
