"""Arguments and input fields without a default of null, which says no more than that they may be left out."""

from collections.abc import Iterable

from graphql import GraphQLArgument, GraphQLInputField, GraphQLInputObjectType, GraphQLNamedType
from graphql.pyutils import Undefined


def drop_null_defaults(types: Iterable[GraphQLNamedType]) -> None:
    """Drop them: what is left out reaches resolvers as None all the same, by the defaults of their parameters."""
    for kind in types:
        for field in getattr(kind, "fields", {}).values():
            inputs: Iterable[GraphQLArgument | GraphQLInputField]
            inputs = [field] if isinstance(kind, GraphQLInputObjectType) else field.args.values()
            for one in inputs:
                if one.default_value is None:
                    one.default_value = Undefined
