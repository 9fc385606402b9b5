"""Each user error is one class, from which its type of the graph is made."""

from inspect import getdoc
from typing import Annotated, get_args, get_origin

from graphql import GraphQLEnumType, GraphQLInterfaceType

from errors import UserErrorCode, UserErrorException
from tests.architecture.project import GRAPH

ERRORS = UserErrorException.__subclasses__()


def test_each_class_is_a_type() -> None:
    face = GRAPH.type_map["UserError"]
    assert isinstance(face, GraphQLInterfaceType)
    types = {kind.name: kind for kind in GRAPH.get_implementations(face).objects}
    assert types.keys() == {error.graphql_type for error in ERRORS}
    for error in ERRORS:
        facts = [kind for kind in vars(error).get("__annotations__", {}).values() if get_origin(kind) is Annotated]
        own = {name: field for name, field in types[error.graphql_type].fields.items() if name not in face.fields}
        assert [field.description for field in own.values()] == [get_args(kind)[1] for kind in facts]
        assert types[error.graphql_type].description == getdoc(error)


def test_the_enum_has_the_codes_of_user_errors() -> None:
    used = {str(error.code) for error in ERRORS}
    assert used == {str(code) for code in UserErrorCode}
    enum = GRAPH.type_map["UserErrorCode"]
    assert isinstance(enum, GraphQLEnumType)
    assert used == set(enum.values)
