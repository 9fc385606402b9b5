"""Every place of the graph where text goes in, found by introspection, each with a document that is otherwise right."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

TEXT = {"String", "ID", "URL", "PhoneNumber", "EmailAddress", "LanguageTag", "CurrencyCode"}
SAMPLES: dict[str, Any] = {
    "String": "abc", "ID": "abc", "PhoneNumber": "+971501234567", "EmailAddress": "a@example.com", "LanguageTag": "en",
    "CurrencyCode": "AED", "URL": "https://a.example", "Int": 1, "Float": 1.0, "Boolean": True, "Decimal": "1",
    "DateTime": "2026-01-01T00:00:00Z",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One place: the way from the root to the field, the argument, the way inside it, and the type of the text there."""

    way: tuple[tuple[str, GraphQLObjectType], ...]
    argument: str
    of: GraphQLInputType
    kind: str
    inside: tuple[str, ...] = ()
    sure: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def mutation(self) -> bool:
        return self.way[0][1].name == "Mutation"

    @property
    def named(self) -> str:
        return ".".join([name for name, _ in self.way] + [self.argument, *self.inside])

    def document(self, literal: str | None = None) -> str:
        """Write the operation; the argument is the variable `$value` unless a literal is given."""
        body = ""
        for name, owner in reversed(self.way):
            found = owner.fields[name]
            given = {key: one.type for key, one in found.args.items() if is_required_argument(one)}
            written = {key: as_literal(sample(of, key, self.sure), of) for key, of in given.items()}
            if not body:
                written[self.argument] = literal or "$value"
            arguments = ", ".join(f"{key}: {value}" for key, value in written.items())
            inner = body or ("" if _is_leaf(found.type) else self._selection(get_named_type(found.type)))
            body = f"{name}{f'({arguments})' if arguments else ''} {f'{{ {inner} }}' if inner else ''}"
        kind = "mutation" if self.mutation else "query"
        return f"{kind} {{ {body} }}" if literal else f"{kind} ($value: {self.of}) {{ {body} }}"

    def _selection(self, of: Any) -> str:
        errors = " userErrors { __typename message field code ... on NotFoundError { id } }"
        rejected = " rejected { message }" if "rejected" in of.fields else ""
        return "__typename" + (errors if self.mutation and "userErrors" in of.fields else "") + rejected

    def value(self, text: str) -> Any:
        """Build the value of the argument with a text at the place, and what is right at all others."""
        return put(sample(self.of, self.argument, self.sure), self.of, self.inside, text)

    def literal(self, text: str) -> str:
        """Write the same as a literal; `text` is already escaped."""
        return as_literal(self.value("\0"), self.of).replace('"\0"', f'"{text}"')


def _is_leaf(of: Any) -> bool:
    return isinstance(get_named_type(of), GraphQLScalarType | GraphQLEnumType)


def put(value: Any, of: Any, inside: tuple[str, ...], text: str) -> Any:
    """Put a text into a value at a way."""
    if isinstance(of, GraphQLNonNull):
        return put(value, of.of_type, inside, text)
    if isinstance(of, GraphQLList):
        return [put(None, of.of_type, inside, text)]
    if not inside:
        return text
    name = inside[0]
    return {**(value or sample(of, name, {})), name: put(None, of.fields[name].type, inside[1:], text)}


def sample(of: Any, name: str, sure: dict[str, Any]) -> Any:
    """Give a right value of a type: what is known for sure by the name, else any of the kind."""
    if isinstance(of, GraphQLNonNull):
        return sample(of.of_type, name, sure)
    if isinstance(of, GraphQLList):
        return [sample(of.of_type, name, sure)]
    if isinstance(of, GraphQLInputObjectType):
        needed = {key: one for key, one in of.fields.items() if is_required_input_field(one)}
        return {key: sample(one.type, key, sure) for key, one in needed.items()}
    return (
        sure[name] if name in sure else next(iter(of.values)) if isinstance(of, GraphQLEnumType) else SAMPLES[of.name]
    )


def as_literal(value: Any, of: Any) -> str:
    if isinstance(of, GraphQLNonNull):
        return as_literal(value, of.of_type)
    if isinstance(of, GraphQLList):
        return f"[{', '.join(as_literal(one, of.of_type) for one in value)}]"
    if isinstance(of, GraphQLInputObjectType):
        return f"{{{', '.join(f'{key}: {as_literal(one, of.fields[key].type)}' for key, one in value.items())}}}"
    if isinstance(of, GraphQLEnumType):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else json.dumps(value)


def texts(of: Any, inside: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find the ways to text inside of an input type."""
    named = get_named_type(of)
    if isinstance(named, GraphQLInputObjectType):
        for name, one in named.fields.items():
            yield from texts(one.type, (*inside, name))
    elif named.name in TEXT:
        yield inside, named.name


def places(schema: GraphQLSchema, sure: dict[str, Any]) -> Iterator[Place]:
    """Walk the graph: the arguments of each field once, by the shortest way from a root, mutations first."""
    assert schema.mutation_type
    assert schema.query_type
    seen, queue = set[str](), [(schema.mutation_type, ()), (schema.query_type, ())]
    while queue:
        owner, way = queue.pop(0)
        for name, found in owner.fields.items():
            here = (*way, (name, owner))
            for argument, one in found.args.items():
                for inside, kind in texts(one.type):
                    yield Place(here, argument, one.type, kind, inside, sure)
            below = get_named_type(found.type)
            if isinstance(below, GraphQLObjectType) and below.name not in seen and owner is not schema.mutation_type:
                seen.add(below.name)
                queue.append((below, here))
