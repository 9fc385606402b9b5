"""A law: each field, asked for alone and so from rows of the least columns, gives what the reference executor gives."""

from collections import deque

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from models import ids
from tests.conventions.field_selection import REQUIRED
from tests.execution.demo_graph import Demo, fetched
from tests.execution.running import outcomes

DEEPEST = 8
DIFFERENT = {"node", "nodes", "usernameAvailability"}
"""Of a type that only the row says, so read whole; and drawn by lot."""
GIVEN = {
    "id": 'SELECT id FROM "{}" LIMIT 1',
    "slug": 'SELECT slug FROM "{}" LIMIT 1',
    "sku": "SELECT sku FROM product_variant LIMIT 1",
    "username": "SELECT username FROM customer WHERE username = 'layla'",
}


async def root_fields(demo: Demo, query: GraphQLObjectType) -> dict[str, GraphQLField]:
    """Give the fields of the root with arguments that find something, as they are written in a document."""
    found = {}
    for name, field in query.fields.items():
        if name in DIFFERENT:
            continue
        written = []
        for argument in (one for one in field.args if is_required_argument(field.args[one])):
            kind = get_named_type(field.type).name
            if argument not in GIVEN:
                break
            rows = await fetched(demo.url, GIVEN[argument].format(kind.lower()))
            value = ids.encode(kind, rows[0][0]) if argument == "id" else rows[0][0]
            written.append(f'{argument}: "{value}"')
        else:
            found[f"{name}({', '.join(written)})" if written else name] = field
    return found


def ways(schema: GraphQLSchema, roots: dict[str, GraphQLField]) -> dict[str, list[str]]:
    """Find the shortest way to each type."""
    found: dict[str, list[str]] = {}
    waiting = deque((get_named_type(field.type), [text]) for text, field in roots.items())
    while waiting:
        kind, way = waiting.popleft()
        if not isinstance(kind, GraphQLObjectType) or kind.name in found or len(way) > DEEPEST:
            continue
        found[kind.name] = way
        for name, field in kind.fields.items():
            if not any(is_required_argument(argument) for argument in field.args.values()):
                waiting.append((get_named_type(field.type), [*way, name]))
    return found


async def test_each_field_alone(demo: Demo) -> None:
    schema = demo.schema._schema
    assert schema.query_type
    roots = await root_fields(demo, schema.query_type)
    found = ways(schema, roots)
    assert {"WishlistItemEdge", "FollowerEdge", "Listing", "Money", "PageInfo", "PrivacySettings"} <= set(found)
    answered = 0
    for kind, way in found.items():
        owner = schema.type_map[kind]
        assert isinstance(owner, GraphQLObjectType)
        for name, field in owner.fields.items():
            given = REQUIRED.get(name, "")
            below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
            text = "{ " + " { ".join(way) + " { " + name + given + below + " }" * (len(way) + 1)
            document = parse(text)
            expected = await demo.reference(document, {}, "nora")
            for _ in range(3):
                assert await demo.compiled(document, {}, "nora") == expected, text
            answered += not expected[1] and b"null" not in expected[0]
    assert answered > 100
    assert set(outcomes(demo.schema)) <= {"first execution", "compiled"}
