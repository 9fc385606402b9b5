"""The mutations of an area: each has an input and a payload of its own name, also where several have the same fields."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.utils.str_converters import to_camel_case

C = TypeVar("C", bound=type)


def mutations(cls: C) -> C:
    """Make the class that holds the mutations of an area; it takes the place of `strawberry.type`.

    Inputs and payloads without fields of their own need no class. `follow_customer: CustomerPayload = mutation(…)`,
    whose resolver takes a `CustomerIdInput`, has `FollowCustomerInput` and `FollowCustomerPayload` in the graph.
    """
    for name, payload in cls.__annotations__.items():
        verb = to_camel_case(name)
        prefix = verb[0].upper() + verb[1:]
        result = f"The result of `{verb}`."
        cls.__annotations__[name] = _named(payload, f"{prefix}Payload", result, strawberry.type)
        for argument in vars(cls)[name].base_resolver.arguments:
            made = _named(argument.type, f"{prefix}Input", f"The input of `{verb}`.", strawberry.input)
            argument.type_annotation = StrawberryAnnotation(made)
            argument.description = made.__strawberry_definition__.description
    made_type: C = strawberry.type(cls)
    return made_type


def _named(kind: Any, name: str, description: str, make: Callable[..., Any]) -> Any:
    """Give a type of this name with the fields of another, or that one if the name is its own."""
    if kind.__name__ == name:
        return kind
    return make(type(name, (kind,), {"__module__": kind.__module__}), description=description)
