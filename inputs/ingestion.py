"""The inputs of `ingestProducts`, made from the models of an import's lines, so that the format has one definition."""

from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry
from pydantic import AwareDatetime
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from strawberry.types.base import has_object_definition

from ingestion import text
from ingestion.checking import DuplicateKey
from ingestion.lines import Line, Record
from inputs.arguments import input_field
from inputs.scalars import URL, CurrencyCode, LanguageTag

MAX_PRODUCTS = 100
SCALARS: dict[Any, Any] = {text.url: URL, text.currency: CurrencyCode}
"""Scalars by the function that checks a text."""


@strawberry.input(name="IngestAttributeInput", description="A property of a variant.")
class AttributeInput:
    """In a file it is a pair of key and value."""

    name: str = input_field("The name, for example `material`. It is created if it is new.")
    value: str = input_field("The value, for example `linen`.")


@cache
def graphql_input(record: type[Record]) -> Any:
    """Make the input type of a part of a line. Maps are lists of objects, since GraphQL has none."""
    fields: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for name, info in record.model_fields.items():
        _add(fields, name, info)
    return strawberry.input(
        type(record.graphql_name, (), fields), name=record.graphql_name, description=_sentence(record)
    )


def _sentence(record: type[Record]) -> str:
    return " ".join((record.__doc__ or "").split())


def _add(fields: dict[str, Any], name: str, info: FieldInfo) -> None:
    kind = _graphql_type(Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation)
    options = {} if info.is_required() else {"default": None}
    fields["__annotations__"][name] = kind if info.is_required() else kind | None
    fields[name] = input_field(info.description or "", **options)


def _graphql_type(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        checks = [SCALARS[one.func] for one in arguments[1:] if getattr(one, "func", None) in SCALARS]
        return checks[0] if checks else _graphql_type(arguments[0])
    if origin in {Union, UnionType}:
        (kind,) = [one for one in arguments if one is not NoneType]
        return _graphql_type(kind) | None
    if origin is list:
        return list[_graphql_type(arguments[0])]  # type: ignore[misc]
    if origin is dict:
        value = arguments[1]
        return list[_translation(value) if isinstance(value, type) else AttributeInput]  # type: ignore[misc]
    if annotation is AwareDatetime:
        return datetime
    return graphql_input(annotation) if issubclass(annotation, Record) else annotation


@cache
def _translation(record: type[Record]) -> Any:
    """Make the input of a translation, whose language is its key in a file."""
    language = input_field("The language, for example `ar`.")
    fields: dict[str, Any] = {"__annotations__": {"language": LanguageTag}, "language": language}
    for name, info in record.model_fields.items():
        _add(fields, name, info)
    made = type(record.graphql_name, (), fields | {"__module__": __name__})
    return strawberry.input(made, name=record.graphql_name, description=_sentence(record))


ProductInput = graphql_input(Line)


@strawberry.input(description="The input of `ingestProducts`.")
class IngestProductsInput:
    """Some lines."""

    products: list[ProductInput] = input_field(  # type: ignore[valid-type]
        f"Variants with their products and listings, 1 to {MAX_PRODUCTS}."
    )


MAPS = {"translations": "language", "attributes": "name"}
"""The field that is the key in a file, by the names of the lists that are maps there."""


def plain(value: Any, path: str = "") -> Any:
    """Give an input in the form that the lines of a file have; what was not sent, or is null, is left out.

    Raises `DuplicateKey` if a list that is a map in a file has a key twice.
    """
    if isinstance(value, list):
        return [plain(one, f"{path}[{index}]") for index, one in enumerate(value)]
    if not has_object_definition(value):
        return value
    sent = {to_camel(name): one for name, one in vars(value).items() if one is not None}
    found = {name: plain(one, f"{path}.{name}".removeprefix(".")) for name, one in sent.items()}
    for name in found.keys() & MAPS.keys():
        found[name] = _map(found[name], MAPS[name], f"{path}.{name}".removeprefix("."))
    if "attributes" in found:
        found["attributes"] = {name: one["value"] for name, one in found["attributes"].items()}
    return found


def _map(items: list[dict[str, Any]], key: str, path: str) -> dict[str, Any]:
    made = {one.pop(key): one for one in items}
    if len(made) < len(items):
        raise DuplicateKey(f"{path}: The same {key} comes twice.")
    return made
