"""User errors in the payloads of mutations. Their types are generated from the classes in `errors/`."""

from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc
from pkgutil import iter_modules
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import strawberry
from graphql import GraphQLAbstractType

import errors
from errors import GraphType, UserErrorCode, UserErrorException
from execution.field_metadata import costs
from inputs import enums, orders, payments, scalars
from loaders.batches import StatementLoader
from loaders.customers import CustomerById
from loaders.payments import PaymentById
from loaders.sessions import SolverAtWork
from schema.fields import UserErrorSource, edge, field

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.payments import Payment
    from schema.sessions import Solver

CustomerRef = Annotated["Customer", strawberry.lazy("schema.customers")]
PaymentRef = Annotated["Payment", strawberry.lazy("schema.payments")]
SolverRef = Annotated["Solver", strawberry.lazy("schema.sessions")]
OBJECTS: dict[str, tuple[Any, type[StatementLoader[Any, Any]]]] = {
    "Payment": (PaymentRef, PaymentById),
    "Solver": (SolverRef, SolverAtWork),
}
"""The object types that user errors lead to, with the loaders that find them."""
LEAVES = {name: kind for module in (enums, orders, payments, scalars) for name, kind in vars(module).items()}
"""The enums and scalars of the graph by name."""


@costs(0)
@strawberry.interface(
    description="A mistake that the user can correct. Each type that implements it has fields that help to do so."
)
class UserError:
    """The sources of user errors are `UserErrorSource`s."""

    message: str = field("A sentence for the user that says what happened and what to do, in English.")
    code: UserErrorCode = field("The kind of error, for programs.")
    retryable: bool = field("Whether the same request may succeed later without a change.")
    field: list[str] | None = field(
        'The path of the input value that caused the error, for example `["input", "username"]`. Null if it is not about one value.'
    )

    @classmethod
    def resolve_type(cls, source: UserErrorSource, _info: Any, _type: GraphQLAbstractType) -> str:
        """Read the name of the type off the source."""
        return source.graphql_type

    @classmethod
    def is_type_of(cls, _source: Any, _info: Any) -> bool:
        """`resolve_type` has decided already."""
        return True


def _facts(error: type[UserErrorException]) -> Iterator[tuple[str, Any, Any]]:
    """Give name, type and field for each annotated fact of an error."""
    for name, annotation in vars(error).get("__annotations__", {}).items():
        if get_origin(annotation) is not Annotated:
            continue
        kind, description, *more = get_args(annotation)
        of: GraphType | None = more[0] if more else None
        if of is not None and of.type in OBJECTS:
            ref, loader = OBJECTS[of.type]
            yield of.name or name, _with_leaf(kind, ref), edge(loader, name, description)
        else:
            options = {"name": name.removesuffix("_")} if name.endswith("_") else {}
            yield name, _with_leaf(kind, LEAVES[of.type]) if of else kind, field(description, **options)


def _with_leaf(kind: Any, leaf: Any) -> Any:
    """Put a type of the graph in the place of the innermost one."""
    if get_origin(kind) is list:
        return list[_with_leaf(get_args(kind)[0], leaf)]  # type: ignore[misc]
    if get_origin(kind) is UnionType:
        return _with_leaf(get_args(kind)[0], leaf) | None
    return leaf


def graphql_type(error: type[UserErrorException]) -> type:
    """Make the GraphQL type of a user error."""
    facts = list(_facts(error))
    body = {name: made for name, _, made in facts} | {"__annotations__": {name: kind for name, kind, _ in facts}}
    made = type(error.graphql_type, (UserError,), {"__module__": __name__, **body})
    return strawberry.type(made, description=getdoc(error))


@costs(0)
@strawberry.type(description="The result of a mutation.")
class Payload:
    """What the payloads of all mutations have."""

    user_errors: list[UserError] = field("Mistakes that the user can correct. Empty if the mutation succeeded.")
    viewer: CustomerRef | None = edge(
        CustomerById,
        "viewer_id",
        "The viewer after the mutation. Null if they are not signed in, or if the mutation failed.",
    )


for area in iter_modules(errors.__path__, "errors."):
    import_module(area.name)
TYPES = [graphql_type(error) for error in UserErrorException.__subclasses__()]
