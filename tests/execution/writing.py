"""Writes random documents that are valid for a schema, and random variables for them."""

from collections.abc import Callable
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)
from graphql.pyutils import Undefined

Pick = Callable[[Random, str, Any], Any]
"""Gives a value for an argument's name and named type, or None to let chance decide."""


class Variable:
    """A variable of a document: its type, its default as text, and what it is for."""

    def __init__(self, name: str, kind: Any, default: str | None, purpose: str) -> None:
        self.name, self.kind, self.default, self.purpose = name, kind, default, purpose

    def __str__(self) -> str:
        return f"${self.name}: {self.kind}" + (f" = {self.default}" if self.default is not None else "")


class Writer:
    """One document. `rare` fields are taken seldom, and `never` fields not at all."""

    def __init__(
        self, schema: GraphQLSchema, dice: Random, rare: set[str], pick: Pick, *, size: int = 40, depth: int = 5,
        never: frozenset[str] = frozenset(), seldom: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.schema, self.dice, self.rare, self.pick, self.never = schema, dice, rare, pick, never
        self.seldom = seldom
        self.left = size
        self.depth = depth
        self.variables: list[Variable] = []
        self.fragments: list[tuple[str, Any, str]] = []
        self.aliases = 0
        self.known: dict[tuple[str, ...], str] = {}

    def operation(self, kind: str = "query") -> str:
        """Write the operation and its fragments."""
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        return self.document(kind, self.selection(root, 0))

    def below(self, before: str, kind: str, after: str) -> str:
        """Write a query that begins in one way, and ends with chance's choice of what a type has."""
        return self.document("query", f"{before} {self.selection(self.schema.type_map[kind], 1)} {after}")

    def document(self, kind: str, body: str) -> str:
        """Put the declarations before a selection and the fragments behind it."""
        head = f"({', '.join(map(str, self.variables))})" if self.variables else ""
        return "\n".join([f"{kind} Op{head} {body}", *(text for _, _, text in self.fragments)])

    def selection(self, kind: Any, depth: int) -> str:
        """Write what is asked of a type."""
        dice, parts = self.dice, []
        for _ in range(dice.choice((1, 2, 2, 3, 4, 5))):
            self.left -= 1
            chance = dice.random()
            if chance < 0.08:
                parts.append(self.alias("__typename") + self.directives())
            elif chance < 0.22 and depth:
                parts.append(self.inline(kind, depth))
            elif chance < 0.34 and depth:
                parts.append(self.spread(kind, depth))
            elif not isinstance(kind, GraphQLUnionType):
                parts.append(self.field(kind, depth))
        return "{ " + (" ".join(filter(None, parts)) or "__typename") + " }"

    def field(self, kind: Any, depth: int) -> str:
        """Write a field of a type."""
        full = depth >= self.depth or self.left < 0
        fields = {
            name: field
            for name, field in kind.fields.items()
            if name not in self.never and not (full and is_composite_type(get_named_type(field.type)))
        }
        common = [name for name in fields if name not in self.rare]
        names = common if common and self.dice.random() > 0.015 else list(fields)
        if not names:
            return "__typename"
        name = self.dice.choice(names)
        found: GraphQLField = fields[name]
        inner = get_named_type(found.type)
        # The same response name takes the same arguments everywhere, so that selections can be merged.
        key = name, *found.args
        if key in self.known and self.dice.random() < 0.7:
            head = self.known[key]
        else:
            given = self.arguments(found)
            head = (self.alias(name) if key in self.known else name) + given
            self.known.setdefault(key, head)
        below = " " + self.selection(inner, depth + 1) if is_composite_type(inner) else ""
        return head + self.directives() + below

    def alias(self, name: str) -> str:
        self.aliases += 1
        return f"{self.dice.choice('abz')}{self.aliases}: {name}" if self.dice.random() < 0.8 else name

    def inline(self, kind: Any, depth: int) -> str:
        on = self.dice.choice(self.related(kind))
        name = f"... on {on.name}" if on is not kind or self.dice.random() < 0.5 else "..."
        return f"{name}{self.directives()} {self.selection(on, depth)}"

    def spread(self, kind: Any, depth: int) -> str:
        """Spread a fragment that is complete already, or a new one."""
        related = self.related(kind)
        known = [name for name, on, _ in self.fragments if on in related]
        if known and self.dice.random() < 0.6:
            return f"...{self.dice.choice(known)}{self.directives()}"
        on = self.dice.choice(related)
        directives, body = self.directives(), self.selection(on, depth)
        name = f"F{len(self.fragments)}"
        self.fragments.append((name, on, f"fragment {name} on {on.name} {body}"))
        return f"...{name}{directives}"

    def related(self, kind: Any) -> list[Any]:
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return [kind, *self.schema.get_possible_types(kind)]
        return [kind, *kind.interfaces] if isinstance(kind, GraphQLObjectType) else [kind]

    def directives(self) -> str:
        """Write @skip and @include, seldom."""
        if self.dice.random() > 0.12:
            return ""
        made = []
        for name in self.dice.sample(("skip", "include"), self.dice.choice((1, 1, 2))):
            value = self.dice.choice(("true", "false"))
            if self.dice.random() < 0.6:
                value = self.variable(GraphQLNonNull(self.schema.type_map["Boolean"]), "if", "Boolean")
            made.append(f" @{name}(if: {value})")
        return "".join(made)

    def arguments(self, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            needed = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if needed or self.dice.random() < (0.04 if name in self.seldom else 0.5):
                given.append(f"{name}: {self.argument(name, argument)}")
        return f"({', '.join(given)})" if given else ""

    def argument(self, name: str, argument: GraphQLArgument) -> str:
        if self.dice.random() < 0.5:
            return self.variable(argument.type, name)
        return literal(self.value(name, argument.type), argument.type)

    def variable(self, kind: Any, purpose: str, looser: str | None = None) -> str:
        """Declare a variable, or take one that was declared for the same."""
        same = [one for one in self.variables if str(one.kind) == str(kind) and one.purpose == purpose]
        if same and self.dice.random() < 0.6:
            return f"${self.dice.choice(same).name}"
        default = literal(self.value(purpose, kind), kind) if self.dice.random() < 0.3 else None
        made = Variable(f"v{len(self.variables)}", kind, default, purpose)
        if looser and default and self.dice.random() < 0.5:
            made.kind = self.schema.type_map[looser]
        self.variables.append(made)
        return f"${made.name}"

    def value(self, name: str, kind: Any, depth: int = 0) -> Any:  # noqa: PLR0911
        """Draw a value of an input type, as it would stand in JSON."""
        dice = self.dice
        if isinstance(kind, GraphQLNonNull):
            return self.value(name, kind.of_type, depth + 1)
        if dice.random() < 0.08 and not depth:
            return None
        if isinstance(kind, GraphQLList):
            return [self.value(name, GraphQLNonNull(kind.of_type), depth + 1) for _ in range(dice.randrange(3))]
        chosen = self.pick(dice, name, kind)
        if chosen is not None:
            return chosen
        if isinstance(kind, GraphQLEnumType):
            return dice.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            return {
                key: self.value(key, field.type, depth + 1)
                for key, field in kind.fields.items()
                if isinstance(field.type, GraphQLNonNull) or (dice.random() < 0.5 and depth < 2)
            }
        return {
            "Int": lambda: dice.choice((0, 1, 2, 3, 5)), "Float": lambda: dice.choice((0.5, 2.0)),
            "Boolean": lambda: dice.random() < 0.5, "ID": lambda: f"id{dice.randrange(4)}",
        }.get(kind.name, lambda: dice.choice(("one", "two", "Drei \u00fc")))()  # fmt: skip

    def given(self) -> dict[str, Any]:
        """Draw a set of variables: now and then with one left out, null or wrong."""
        values: dict[str, Any] = {}
        for one in self.variables:
            chance = self.dice.random()
            optional = one.default is not None or not isinstance(one.kind, GraphQLNonNull)
            if optional and chance < 0.25:
                continue
            nothing = not isinstance(one.kind, GraphQLNonNull) and chance < 0.4
            wrong = chance > 0.985
            values[one.name] = None if nothing else {"no": []} if wrong else self.value(one.purpose, one.kind)
            if values[one.name] is None and isinstance(one.kind, GraphQLNonNull):
                values.pop(one.name)
        return values


def literal(value: Any, kind: Any) -> str:
    """Write a value into a document."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(value, list):
        return f"[{', '.join(literal(one, kind.of_type) for one in value)}]"
    if isinstance(value, dict):
        fields = (f"{name}: {literal(one, kind.fields[name].type)}" for name, one in value.items())
        return f"{{{', '.join(fields)}}}"
    if isinstance(kind, GraphQLEnumType) and value is not None:
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    return "null" if value is None else str(value).lower()


def valid(schema: GraphQLSchema, text: str) -> DocumentNode | None:
    """Parse a document, and give it if the specification lets it be run."""
    ast = parse(text)
    return None if validate(schema, ast) else ast
