"""How many objects an operation can give: what counts, how often, and in what time."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values

from execution.documents import Documents
from execution.measure import DocumentLimits
from execution.object_limit import ObjectCounter
from execution.strawberry_adapter import list_size
from schema.root import build
from tests.limits.test_large_operations import LARGE, PAGES

SCHEMA = build()._schema
ROOT = Path(__file__).parents[2]


def document(text: str, **limits: int) -> Any:
    found = Documents(SCHEMA, limits=DocumentLimits(**limits)).get(text)
    assert found.errors == (), found.errors
    return found


def excess(text: str, given: dict[str, Any] | None = None, **limits: int) -> Any:
    """What is wrong with the only operation of a document, for these variables."""
    found = document(text, **limits)
    operation: OperationDefinitionNode = found.operation(None)
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), given or {})
    assert isinstance(values, VariableValues), values
    return found.too_many_objects(operation, values.coerced)


def count(text: str, given: dict[str, Any] | None = None) -> int:
    """How many objects an operation can give; a limit of none has it told."""
    found = excess(text, given, objects=0)
    return found["extensions"]["measured"] if found else 0


F = " fragment F on Product { brand { id } variants { id } }"
PLAIN = """
{ product(id: "x") { tags images { url } priceRange { minimum { amount } } variants { ...V } } }
fragment V on ProductVariant { attributes { value } images { url } listings { price { amount } offers { kind } } }
"""
VARIABLES = {"first": "Int", "last": "Int", "six": "Int = 6", "yes": "Boolean = true", "no": "Boolean = false"}


def query(body: str) -> str:
    """Write an operation with the variables that are in it."""
    used = ", ".join(f"${name}: {kind}" for name, kind in VARIABLES.items() if f"${name}" in body)
    return f"query ({used}) {body}"


COUNTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "a literal": ("{ products(first: 7) { nodes { id } } }", {}, 7),
    "from the back": ("{ products(last: 3) { nodes { id } } }", {}, 3),
    "the usual page": ("{ products { nodes { id } } }", {}, 20),
    "another usual page": ("{ viewer { sessions { nodes { id } } } }", {}, 1 + 10),
    "null is the usual page": ("{ products(first: null) { nodes { id } } }", {}, 20),
    "an argument's default": ('{ searchCustomers(term: "a") { nodes { id } } }', {}, 20),
    "no rows": ("{ products(first: 0) { nodes { brand { id } } } }", {}, 0),
    "more than the most": ("{ products(first: 2000000000) { nodes { id } } }", {}, 100),
    "more than another most": ("{ viewer { sessions(first: 99) { nodes { id } } } }", {}, 1 + 50),
    "less than none": ("{ products(first: -5) { nodes { id } } stores { nodes { id } } }", {}, 20),
    "a variable": (query("{ products(first: $first) { nodes { id } } }"), {"first": 9}, 9),
    "a variable that is too much": (query("{ products(first: $first) { nodes { id } } }"), {"first": 10**6}, 100),
    "the one of two that is given": (query("{ products(first: $first, last: $last) { nodes { id } } }"), {"last": 4}, 4),
    "a variable that is not given": (query("{ products(first: $first) { nodes { id } } }"), {}, 20),
    "a variable that is null": (query("{ products(first: $six) { nodes { id } } }"), {"six": None}, 20),
    "a variable's default": (query("{ products(first: $six) { nodes { id } } }"), {}, 6),
    "edges": ("{ products(first: 7) { edges { cursor node { id brand { id } } } pageInfo { endCursor } } }", {}, 14),
    "edges without their nodes": ("{ products(first: 7) { totalCount edges { cursor } } }", {}, 7),
    "edges and nodes": ("{ products(first: 7) { edges { node { id } } nodes { id } } }", {}, 14),
    "multiplied down": ("{ brands(first: 2) { nodes { products(first: 3) { nodes { brand { id } } } } } }", {}, 2 + 6 + 6),
    "variables multiplied": (
        query("{ brands(first: $first) { nodes { products(last: $last) { edges { node { brand { id } } } } } } }"),
        {"first": 5, "last": 4}, 5 + 20 + 20,
    ),
    "plain lists": (
        PLAIN,
        {}, 1 + 4 + 10 + 100 + 40 + 50 + 500,
    ),
    "trees": ("{ categories { children { id } ancestors { id } parent { id } } }", {}, 10 + 50 + 100 + 10),
    "merged with itself": (
        "{ products(first: 5) { nodes { brand { id } ...F } } products(first: 5) { nodes { brand { name } ...F } } }" + F,
        {}, 5 + 5 + 50,
    ),
    "aliases": ("{ a: products(first: 5) { nodes { ...F } } b: products(first: 2) { nodes { ...F } } }" + F, {}, 7 * 12),
    "skipped": (query("{ products(first: 5) { nodes { brand @skip(if: $yes) { id } } } }"), {}, 5),
    "not skipped": (query("{ products(first: 5) { nodes { brand @skip(if: $yes) { id } } } }"), {"yes": False}, 10),
    "included": (query("{ products(first: 5) @include(if: $no) { nodes { ...F } } }" + F), {"no": True}, 60),
    "not included": (query("{ products(first: 5) @include(if: $no) { nodes { ...F } } }" + F), {}, 0),
    "never included": ("{ products(first: 5) { nodes { ...F @include(if: false) ... @skip(if: true) { ...F } } } }" + F, {}, 5),
    "included once of twice": (
        query("{ products(first: 5) @skip(if: $yes) { nodes { ...F } } products(first: 5) { nodes { brand { id } } } }" + F),
        {}, 10,
    ),
    "included by another": (
        query("{ products(first: 5) { nodes { ...F @skip(if: $yes) ... @include(if: $yes) { variants { sku } } } } }" + F),
        {}, 5 + 50,
    ),
    "ids": ('{ nodes(ids: ["a", "b", "c"]) { id ... on Product { brand { id } } } }', {}, 6),
    "ids of a variable": ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 200}, 200),
    "an id": ('{ node(id: "a") { id } }', {}, 1),
    "the largest of the types": (
        '{ nodes(ids: ["a", "b"]) { ... on Product { variants { id } } ... on Brand { products { nodes { id } } } ... on Store { id } } }',
        {}, 2 + 2 * 20,
    ),
    "a list with `first`": ('{ product(id: "a") { variants(first: 3) { images(first: 2) { url } listings { id } } } }', {}, 25),
    "a list with a variable": (query('{ productBySlug(slug: "a") { images(first: $six) { url } } }'), {"six": 50}, 51),
    "a list with more than the most": ('{ productBySlug(slug: "a") { images(first: 101) { url } } }', {}, 101),
    "a list with a variable that is not given": (
        query('{ productBySlug(slug: "a") { images(first: $first) { url } } }'), {}, 5,
    ),
    "a mutation": (
        'mutation { addToWishlist(input: {variantId: "a"}) { item { variant { product { id } } } userErrors { code } } }',
        {}, 1 + 3 + 10,
    ),
    "an event": ('subscription { ticketUpdated(ticketId: "a") { id sessions { rating { stars } } } }', {}, 1 + 20),
    "introspection": ('{ __schema { types { fields { name } } } __type(name: "Brand") { fields { name } } }', {}, 0),
    "a path that is long": (
        "{ " + "b" * 99 + ": brands(first: 9) { nodes { " + "p" * 99 + ": products(first: 9) { nodes { id } } } } }", {}, 90,
    ),
}  # fmt: skip


class TestCount:
    """How many objects an operation can give."""

    @pytest.mark.parametrize("name", COUNTS)
    def test_is_exact(self, name: str) -> None:
        text, given, expected = COUNTS[name]
        assert count(text, given) == expected
        assert excess(text, given) is None

    def test_the_limit_itself_is_allowed(self) -> None:
        assert excess(PAGES, {"first": 5}, objects=1_005) is None
        error = excess(PAGES, {"first": 5}, objects=1_004)
        assert error["extensions"] == {"code": "TOO_COMPLEX", "retryable": False, "measured": 1_005, "allowed": 1_004}
        assert "1005 objects; the limit is 1004" in error["message"]

    def test_a_path_is_not_echoed_at_any_length(self) -> None:
        message = excess(COUNTS["a path that is long"][0], objects=9)["message"]
        assert "b" * 20 not in message
        assert f"'…{'p' * 73}.nodes'" in message

    def test_each_operation_is_counted_by_itself(self) -> None:
        found = document(
            "query A { products { nodes { id } } } query B { brands(first: 30) { nodes { id } } }", objects=25
        )
        assert found.too_many_objects(found.operation("A"), {}) is None
        assert found.too_many_objects(found.operation("B"), {})["extensions"]["measured"] == 30

    def test_what_no_variable_changes_is_not_counted_again(self) -> None:
        small, large = document("{ products { nodes { id } } }"), document(LARGE)
        operation = large.operation(None)
        assert small._object_limits == {}
        assert large._object_limits[id(operation)].excess({}) is large._object_limits[id(operation)].excess({})

    def test_fragments_that_fan_out_are_counted_once_each(self) -> None:
        body = "{{ a: brand {{ products(first: $n) {{ nodes {{ {0} }} }} }} b: brand {{ products(first: 2) {{ nodes {{ {0} }} }} }} }}"
        levels = 40
        links = "".join(f"fragment F{i} on Product {body.format(f'...F{i + 1}')} " for i in range(levels))
        text = f'query ($n: Int) {{ product(id: "x") {{ ...F0 }} }} {links} fragment F{levels} on Product {{ brand {{ id }} }}'
        limits = {"depth": 10**6, "aliases": 10**9, "fields": 10**9, "fragments": 100, "comparisons": 10**9}
        assert excess(text, {"n": 2}, **limits)["extensions"]["measured"] == 1_000_000

    def test_a_cycle_ends(self) -> None:
        text = "{ products { nodes { ...F } } } fragment F on Product { brand { products { nodes { ...F } } } }"
        tree = parse(text)
        fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
        counter = ObjectCounter(SCHEMA, fragments)
        counter.operation(tree.definitions[0], 10)  # type: ignore[arg-type]


EXAMPLES = [*(ROOT / "explorer/examples").glob("*.graphql"), *(ROOT / "benchmarks/queries").glob("*.graphql")]


class TestOrdinary:
    """What the project itself asks is far below the limit."""

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_examples(self, path: Path) -> None:
        given = path.with_suffix(".json")
        variables = orjson.loads(given.read_bytes()) if given.exists() else {"id": "x", "first": 100}
        assert excess(path.read_text(), variables, objects=5_000) is None

    def test_connections_say_the_size_of_their_pages(self) -> None:
        """A law: what says nothing would be counted as no page."""
        for kind in SCHEMA.type_map.values():
            for name, field in getattr(kind, "fields", {}).items():
                if str(field.type).strip("!").endswith("Connection"):
                    size = list_size(field)
                    assert size, f"{kind.name}.{name}"
                    assert size.maximum
                    assert set(size.arguments) & set(field.args), f"{kind.name}.{name}"
