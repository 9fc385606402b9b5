"""What an operation costs, and how many objects it can return: what counts, how often, and in what time."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values

from execution.documents import Documents
from execution.measure import DocumentLimits
from execution.operation_cost import CostAnalysis, OperationCost
from execution.strawberry_adapter import list_size
from schema.root import build
from tests.limits.test_large_operations import LARGE, PAGES

SCHEMA = build()._schema
ROOT = Path(__file__).parents[2]


def document(text: str, **limits: int) -> Any:
    found = Documents(SCHEMA, limits=DocumentLimits(**limits)).get(text)
    assert found.errors == (), found.errors
    return found


def analysed(text: str, given: dict[str, Any] | None = None, **limits: int) -> tuple[OperationCost, dict[str, Any]]:
    """The only operation of a document, with the values of its variables."""
    found = document(text, **limits)
    operation: OperationDefinitionNode = found.operation(None)
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), given or {})
    assert isinstance(values, VariableValues), values
    return found.cost(operation), values.coerced


def count(text: str, given: dict[str, Any] | None = None, **limits: int) -> int:
    """How many objects an operation can return."""
    costs, values = analysed(text, given, **limits)
    return costs.objects.of(values)


def cost(text: str, given: dict[str, Any] | None = None) -> int:
    costs, values = analysed(text, given)
    return costs.cost.of(values)


def excess(text: str, given: dict[str, Any] | None = None, *, objects: int = 10_000, cost: int = 10**9) -> Any:
    """What is wrong with an operation for these variables."""
    costs, values = analysed(text, given)
    return costs.check(costs.cost.of(values), values, cost, objects)


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
    "an event": ('subscription { ticketUpdated(ticketId: "a") { id sessions { rating { stars } } } }', {}, 1 + 10),
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
        assert (error.measured, error.allowed) == (1_005, 1_004)
        assert "can return 1005 objects; the limit is 1004" in error.sentence

    def test_a_path_is_not_echoed_at_any_length(self) -> None:
        message = excess(COUNTS["a path that is long"][0], objects=9).sentence
        assert "b" * 20 not in message
        assert f"'…{'p' * 73}.nodes'" in message

    def test_each_operation_is_counted_by_itself(self) -> None:
        found = document("query A { products { nodes { id } } } query B { brands(first: 30) { nodes { id } } }")
        assert [found.cost(found.operation(name)).objects.of({}) for name in "AB"] == [20, 30]

    def test_what_no_variable_changes_is_not_counted_again(self) -> None:
        costs, values = analysed(LARGE)
        error = costs.check(costs.cost.of(values), values, 10_000, 10_000)
        assert error
        assert costs.check(costs.cost.of(values), values, 10_000, 10_000) is error

    def test_fragments_that_fan_out_are_counted_once_each(self) -> None:
        body = "{{ a: brand {{ products(first: $n) {{ nodes {{ {0} }} }} }} b: brand {{ products(first: 2) {{ nodes {{ {0} }} }} }} }}"
        levels = 40
        links = "".join(f"fragment F{i} on Product {body.format(f'...F{i + 1}')} " for i in range(levels))
        text = f'query ($n: Int) {{ product(id: "x") {{ ...F0 }} }} {links} fragment F{levels} on Product {{ brand {{ id }} }}'
        limits = {"depth": 10**6, "aliases": 10**9, "fields": 10**9, "fragments": 100, "comparisons": 10**9}
        costs, values = analysed(text, {"n": 2}, **limits)
        assert costs.objects.of(values) > 10**9
        error = costs.check(costs.cost.of(values), values, 10_000, 10_000)
        assert error
        assert error.measured == 1_000_000
        assert "1000000 or more" in error.sentence

    def test_a_cycle_ends(self) -> None:
        text = "{ products { nodes { ...F } } } fragment F on Product { brand { products { nodes { ...F } } } }"
        tree = parse(text)
        fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
        CostAnalysis(SCHEMA, fragments).operation(tree.definitions[0])  # type: ignore[arg-type]


COSTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "nothing but scalars": ("{ viewer { id name } }", {}, 1),
    "a search": (query("{ products(first: $first) { nodes { id } } }"), {"first": 7}, 10 + 7),
    "a search that is skipped": (query("{ products(first: 7) @skip(if: $yes) { nodes { id } } }"), {}, 0),
    "a search that is not skipped": (query("{ products(first: 7) @skip(if: $yes) { nodes { id } } }"), {"yes": False}, 17),
    "a count": ("{ brands(first: 3) { totalCount nodes { products(first: 0) { totalCount } } } }", {}, 5 + 3 + 3 * 5),
    "a count that is included": (query("{ brands(first: 3) { totalCount @include(if: $no) } }"), {"no": True}, 5),
    "what costs nothing": (
        "{ product(id: 1) { images(first: 9) { url } priceRange { minimum { amount } } } }", {}, 1,
    ),
    "a mutation": (
        'mutation { addToWishlist(input: {variantId: "a"}) { item { variant { product { id } } } userErrors { code } } }',
        {}, 10 + 3,
    ),
    "two mutations": ("mutation { a: updatePrivacy(input: {}) { customer { id } } b: updatePrivacy(input: {}) { customer { id } } }", {}, 22),
    "a page of products": (
        """query ($first: Int) { products(first: $first) { totalCount nodes { brand { name } priceRange { minimum { amount } }
           images(first: 4) { url } variants(first: 10) { sku listings(first: 5) { price { amount } store { name } } } } } }""",
        {"first": 20}, 10 + 5 + 20 * (1 + 1 + 10 * (1 + 5 * 2)),
    ),
    "introspection": ("{ __schema { types { fields { name } } } }", {}, 0),
}  # fmt: skip


class TestCost:
    """What an operation costs."""

    @pytest.mark.parametrize("name", COSTS)
    def test_is_exact(self, name: str) -> None:
        text, given, expected = COSTS[name]
        assert cost(text, given) == expected

    def test_the_limit_itself_is_allowed(self) -> None:
        costs, values = analysed(COSTS["a search"][0], {"first": 7})
        assert costs.check(17, values, 17, 10) is None
        error = costs.check(17, values, 16, 10)
        assert error
        assert "costs 17; the limit is 16" in error.sentence


NESTED = """query ($first: Int) { brands(first: $first) { nodes { a: products(first: 50) { nodes { id brand { id } } }
    products(first: 20) { nodes { id } } } } }"""


class TestAdvice:
    """What the client of a refused operation is told."""

    def test_the_most_expensive_paths(self) -> None:
        error = excess(NESTED, {"first": 10}, cost=1_000)
        assert error.paths == [
            {"path": "brands.nodes.a.nodes", "measured": 500},
            {"path": "brands.nodes.a.nodes.brand", "measured": 500},
            {"path": "brands.nodes.products.nodes", "measured": 200},
        ]
        assert "Most of it comes from 'brands.nodes.a.nodes'" in error.sentence

    @pytest.mark.parametrize(
        ("text", "given", "limit", "advice", "corrected"),
        [
            (NESTED, {"first": 10}, 1_000, "A page size of 39 for 'brands.nodes.a' would be allowed", ("50", "39")),
            (NESTED, {"first": 100}, 250, "A page size of 2 for 'brands' would be allowed", ("$first)", "2)")),
            (NESTED, {"first": 100}, 60, "A page size of 4 for every page would be allowed", None),
            (NESTED, {"first": 100}, 1, "Split it into several operations", None),
            (
                "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
                {"ids": ["a"] * 9},
                5,
                "At most 5 `ids` for 'nodes'",
                None,
            ),
        ],
    )
    def test_a_page_size_that_is_allowed(
        self, text: str, given: dict[str, Any], limit: int, advice: str, corrected: tuple[str, str] | None
    ) -> None:
        error = excess(text, given, cost=limit)
        assert advice in error.sentence
        if corrected:
            body = text[text.index("{") :] if corrected[0] == "$first)" else text
            assert excess(body.replace(*corrected, 1), given, cost=limit) is None

    def test_for_every_page(self) -> None:
        for first, allowed in ((4, True), (5, False)):
            pages = NESTED.replace("first: 50", f"first: {first}").replace("first: 20", f"first: {first}")
            assert (excess(pages, {"first": first}, cost=60) is None) is allowed


FOLDERS = [ROOT / name for name in ("explorer/examples", "benchmarks/queries", "benchmarks/mutations")]
EXAMPLES = [path for folder in FOLDERS for path in folder.glob("*.graphql")]
OF_BENCHMARKS = {"id": "x", "ids": ["x"] * 50, "first": 100, "category": "women", "most": "400"}


class TestOrdinary:
    """What the project itself asks is far below the limit."""

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_examples(self, path: Path) -> None:
        given = path.with_suffix(".json")
        variables = orjson.loads(given.read_bytes()) if given.exists() else OF_BENCHMARKS
        assert excess(path.read_text(), variables, objects=5_000, cost=3_000) is None

    def test_connections_say_the_size_of_their_pages(self) -> None:
        """A law: what says nothing would be counted as no page."""
        for kind in SCHEMA.type_map.values():
            for name, field in getattr(kind, "fields", {}).items():
                if str(field.type).strip("!").endswith("Connection"):
                    size = list_size(field)
                    assert size, f"{kind.name}.{name}"
                    assert size.maximum
                    assert set(size.arguments) & set(field.args), f"{kind.name}.{name}"
