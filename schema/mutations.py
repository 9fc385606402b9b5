"""The mutations of an area: each has an input and a payload of its own name, also where several have the same fields."""

from typing import Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.utils.str_converters import to_camel_case

from inputs.arguments import input_field
from schema.input_reading import read_once

C = TypeVar("C", bound=type)
KEY = (
    "A text that is unique for this request, 1 to 200 characters. If the request is sent again with the same key within "
    "24 hours, nothing changes and the result is that of the first one. The header `Idempotency-Key` does the same."
)


def mutations(cls: C) -> C:
    """Make the class that holds the mutations of an area; it takes the place of `strawberry.type`.

    Inputs and payloads without fields of their own need no class. `follow_customer: CustomerPayload = mutation(…)`,
    whose resolver takes a `CustomerIdInput`, has `FollowCustomerInput` and `FollowCustomerPayload` in the graph. Each
    input gets the field `idempotencyKey`.
    """
    for name, payload in cls.__annotations__.items():
        verb = to_camel_case(name)
        prefix = verb[0].upper() + verb[1:]
        cls.__annotations__[name] = _payload(payload, f"{prefix}Payload", f"The result of `{verb}`.")
        for argument in vars(cls)[name].base_resolver.arguments:
            made = _input(argument.type, f"{prefix}Input", f"The input of `{verb}`.")
            argument.type_annotation = StrawberryAnnotation(made)
            argument.description = made.__strawberry_definition__.description
    made_type: C = strawberry.type(cls)
    return made_type


def _payload(kind: Any, name: str, description: str) -> Any:
    """Give a type of this name with the fields of another, or that one if the name is its own."""
    if kind.__name__ == name:
        return kind
    return strawberry.type(type(name, (kind,), {"__module__": kind.__module__}), description=description)


def _input(kind: Any, name: str, description: str) -> Any:
    """Give an input of this name with the fields of another, and with an idempotency key."""
    if kind.__name__ == name:
        description = kind.__strawberry_definition__.description
    key = {"__annotations__": {"idempotency_key": str | None}, "idempotency_key": input_field(KEY, default=None)}
    made = strawberry.input(type(name, (kind,), {"__module__": kind.__module__, **key}), description=description)
    read_once(made)
    return made
