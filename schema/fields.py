"""How fields are made: audiences, edges, connections and mutations are written once, here.

The `FieldPlan` of a field says the same as its resolver, for the executor, which finds the values of many parents at once.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import wraps
from inspect import Signature, signature
from typing import Any, TypeVar

import strawberry
import structlog
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location

from context import Context, Info
from errors import NotAllowed, SignedOut, UserErrorException
from errors.collection import UserErrors
from events.queues import EventSource
from execution.field_metadata import NO_PLAN, Edge, FieldPlan, ListSize
from execution.readers import predicate
from inputs import enums  # noqa: F401 - makes the enums part of the graph
from inputs.pages import PageArguments, page_parameters
from loaders.batches import BatchLoader, Lookup, StatementLoader
from loaders.pages import ConnectionLoader
from loaders.short_lists import ShortListLoader
from policy.access import Access, RequiredAccess
from policy.audiences import Audience, Bit
from resolvers import pages
from resolvers.idempotency import keyed_request
from schema.access import access_sentence, audience_sentence, check_access, with_access, with_access_async
from schema.costs import MUTATION

T = TypeVar("T")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="audience",
    description="Who can see this field. For everyone else it is null.",
)
class AudienceDirective:
    """Shows the audience in the SDL."""

    of: Audience = strawberry.directive_field(name="of")


class Audienced(FieldExtension):
    """Answers null where the row of the customer says that the viewer is not in the audience. The only such place.

    A plan writes `condition` into its own code; the reference executor calls `resolve`, which is compiled from it.
    """

    def __init__(self, audience: Audience) -> None:
        self.condition = f"row['audience'] & {int(Bit[audience.name])}"
        self.reads = frozenset({"audience"})
        self._admits = predicate(self.condition)

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Give null to a viewer who is not in the audience."""
        return next_(source, info, **kwargs) if self._admits(source) else None


def field(
    description: str, *, audience: Audience | None = None, resolver: Any = None, size: ListSize | None = None,
    plan: FieldPlan = NO_PLAN, cost: int = 0, **options: Any,
) -> Any:  # fmt: skip
    """Make a field. Without a resolver it is the column of its own name. A list of objects may declare its `size`.

    `cost` is what it costs in addition to the objects that it returns.
    """
    options["metadata"] = {FieldPlan.KEY: replace(plan, size=size or plan.size, cost=cost)}
    if audience is not None:
        description = f"{description} {audience_sentence(audience)}".rstrip()
        options["extensions"] = [Audienced(audience)]
        options["directives"] = [AudienceDirective(of=audience)]
    return strawberry.field(resolver=resolver, description=description, **options)


def page_size(connection: type[ConnectionLoader | ShortListLoader]) -> ListSize:
    """Say how many rows the pages of a connection have."""
    usual = connection.usual_size if issubclass(connection, ShortListLoader) else None
    return ListSize(connection.default_page_size, connection.max_page_size, ("first", "last"), usual)


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

    plan = FieldPlan(Edge(key, open_, loader, loader.joined_columns), size=size)
    return field(description, audience=audience, resolver=resolve, plan=plan)


def with_page_arguments(function: Callable[..., T], pages_of: type[Any] | None) -> Callable[..., T]:
    """Give a function the arguments of a connection in place of its parameter `page`, if it has one."""
    parameters = dict(signature(function).parameters)
    if parameters.pop("page", None) is None or pages_of is None:
        return function

    @wraps(function)
    def call(
        *given: Any, first: int | None = None, after: str | None = None, last: int | None = None,
        before: str | None = None, **others: Any,
    ) -> T:  # fmt: skip
        return function(*given, page=PageArguments(first, after, last, before), **others)

    arguments = page_parameters(pages_of.default_page_size, pages_of.max_page_size)
    call.__signature__ = Signature([*parameters.values(), *arguments])  # type: ignore[attr-defined]
    return call


def lookup(
    find: Callable[..., Lookup], description: str, *, pages_of: type[ConnectionLoader] | None = None, cost: int = 0,
    access: RequiredAccess = Access.ANYONE,
) -> Any:  # fmt: skip
    """Make a field of the root that a loader answers: `find` says which loader, and by what key; None finds nothing.

    A connection names the loader whose pages it gives, or one that has pages of the same size. For viewers without
    `access` the field is null, with an error.
    """
    find = with_access(with_page_arguments(find, pages_of), access)
    if access is not Access.ANYONE:
        description = f"{description} {access_sentence(access)} For others it is null, with an error."

    @wraps(find)
    def resolve(info: Info, **kwargs: Any) -> Any:
        loader, key = find(info, **kwargs)
        return None if key is None else loader.load(key)

    plan = FieldPlan(lookup=find, size=page_size(pages_of) if pages_of else None)
    return field(description, resolver=resolve, plan=plan, cost=cost)


def connection(loader: type[ConnectionLoader], key: str, description: str, *, audience: Audience | None = None) -> Any:
    """Make the field that leads to a page of what belongs to the parent."""

    def open_(context: Context, page: PageArguments) -> ConnectionLoader:
        return pages.open_page(context, loader, *page)

    return opening(open_, key, description, pages_of=loader, audience=audience)


def opening(
    open_: Callable[..., BatchLoader[Any, Any]], key: str, description: str,
    *, pages_of: type[ConnectionLoader | ShortListLoader] | None = None, audience: Audience | None = None, cost: int = 0,
    size: ListSize | None = None,
) -> Any:  # fmt: skip
    """Make a connection, a count of one, or a list, that has arguments of its own: those of the function behind the context.

    A connection names the loader whose pages it gives, another list says its `size`.
    """
    open_ = with_page_arguments(open_, pages_of)

    def resolve(root: strawberry.Parent[Any], info: Info, **arguments: Any) -> Any:
        return open_(info.context, **arguments).load(root[key])

    root, info, _ = signature(resolve).parameters.values()
    _, *arguments = signature(open_).parameters.values()
    resolve.__signature__ = Signature([root, info, *arguments])  # type: ignore[attr-defined]
    plan = FieldPlan(Edge(key, open_, open_), size=page_size(pages_of) if pages_of else size)
    return field(description, audience=audience, resolver=resolve, plan=plan, cost=cost)


log = structlog.get_logger()


class UserErrorSource:
    """Holds the exception of a user error, since graphql-core raises exceptions that a resolver returns."""

    __slots__ = ("_error", "graphql_type")

    def __init__(self, error: UserErrorException) -> None:
        self._error = error
        self.graphql_type = error.graphql_type

    def __getitem__(self, name: str) -> Any:
        """Fields are the facts of the exception."""
        return getattr(self._error, name)


class FailedPayload(dict[str, Any]):
    """The payload of a mutation that gave user errors: all else is null, also what edges begin at."""

    def __missing__(self, name: str) -> None:
        """Give null."""


def mutation(
    resolver: Callable[..., Coroutine[Any, Any, dict[str, Any]]], description: str,
    *, access: RequiredAccess = Access.SIGNED_IN, errors: tuple[type[UserErrorException], ...] = (),
) -> Any:  # fmt: skip
    """Make a mutation: the user errors that its resolver raises become the payload's `userErrors`.

    `access` is checked first. `errors` are those that the resolver can raise besides those of `access`, and `SignedOut`.
    """
    of_access = (SignedOut,) if isinstance(access, Access) else (SignedOut, NotAllowed)
    declared: tuple[type[UserErrorException], ...] = (*of_access, *errors)
    names = dict.fromkeys(f"`{error.graphql_type}`" for error in declared)

    @wraps(resolver)
    async def resolve(info: Info, **kwargs: Any) -> dict[str, Any]:
        info.context.required_role = None  # a mutation before this one in the request may have set it
        info.context.mutation = str(info.path.key)
        info.context.keyed_request = keyed_request(info, *kwargs.values())
        try:
            check_access(info.context, access)
            made = await resolver(info, **kwargs)
        except UserErrorException as one:
            found = [one]
        except UserErrors as several:
            found = several.found
        else:
            return {"user_errors": [], "viewer_id": info.context.viewer.id, **made}
        for error in found:
            if not isinstance(error, declared):
                _undeclared(info, error)
        return FailedPayload(user_errors=[UserErrorSource(error) for error in found])

    told = f"{description} {access_sentence(access)}".rstrip()
    plan = {FieldPlan.KEY: FieldPlan(cost=MUTATION)}
    made = strawberry.mutation(
        resolver=resolve, description=f"{told}\n\nPossible `userErrors`: {', '.join(names)}.", metadata=plan
    )
    for argument in made.base_resolver.arguments:
        argument.description = resolver.__annotations__[argument.python_name].__strawberry_definition__.description
    return made


def _undeclared(info: Info, error: UserErrorException) -> None:
    """Fail in development, where the declaration can be corrected; in production clients get the error all the same."""
    message = (
        f"{info.field_name} gave {error.graphql_type}: add {type(error).__name__} to the `errors` of its `mutation()`"
    )
    if info.context.resources.settings.development:
        raise TypeError(message) from error
    log.error("undeclared_user_error", mutation=info.field_name, error=error.graphql_type)


def subscription(
    resolver: Callable[..., Coroutine[Any, Any, EventSource]], description: str,
    *, access: RequiredAccess = Access.ANYONE,
) -> Any:  # fmt: skip
    """Make a subscription: what the resolver gives finds the root of each answer."""
    told = f"{description} {access_sentence(access)}".rstrip()
    return strawberry.subscription(resolver=with_access_async(resolver, access), description=told)


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
