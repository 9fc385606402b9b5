"""Making inputs of mutations out of coerced values: what each field needs is found out once, not for each request."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, cast

from strawberry.relay import GlobalID
from strawberry.types.arguments import InputContext, _is_leaf_type
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional

Field = tuple[str, str, Any]
"""Its name in the graph, in Python, and its type, or None for scalars and enums: they are what graphql-core gives."""


def read_once(kind: type[Any]) -> None:
    """Have Strawberry make an input by what is found out the first time; it would look at each field's type each time.

    Inputs with `Maybe` stay as they are: Strawberry checks their nulls when it validates documents.
    """
    definition: StrawberryObjectDefinition = cast("Any", kind).__strawberry_definition__
    if not any(isinstance(field.type, StrawberryMaybe) for field in definition.fields):
        definition.from_input = _reader(definition)


def _reader(definition: StrawberryObjectDefinition) -> Callable[[type, Mapping[str, Any], InputContext], Any]:
    fields: list[Field] = []
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def read(kind: type, value: Mapping[str, Any], context: InputContext) -> Any:
        if not fields:
            fields.extend(_fields(definition, context))
        values: dict[str, Any] = dict(absent)
        for name, python_name, of in fields:
            if name in value:
                given = value[name]
                values[python_name] = given if of is None else context.convert(given, of, name)
        return kind(**values)

    return read


def _fields(definition: StrawberryObjectDefinition, context: InputContext) -> list[Field]:
    found: list[Field] = []
    for field in definition.fields:
        of = field.resolve_type(type_definition=definition)
        needed = of.of_type if isinstance(of, StrawberryOptional) else of
        is_plain = _is_leaf_type(cast("Any", needed), context.scalar_registry, skip_classes=(GlobalID,))
        found.append((context.config.name_converter.from_field(field), field.python_name, None if is_plain else of))
    return found
