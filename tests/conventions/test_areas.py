"""Everything in the graph belongs to one area, which is the module that defines it."""

from collections import Counter
from pathlib import Path

from graphql import GraphQLObjectType

from schema.areas import SCALARS, SHARED, areas_of
from schema.root import build
from tests.architecture.project import GRAPH, ROOT

AREAS = areas_of(build())
OF = {name: area for area, names in AREAS.items() for name in names}
ROOTS = [kind for kind in (GRAPH.query_type, GRAPH.mutation_type, GRAPH.subscription_type) if kind]


def test_each_once() -> None:
    fields = [f"{root.name}.{name}" for root in ROOTS for name in root.fields]
    types = [
        name
        for name in GRAPH.type_map
        if not name.startswith("__") and name not in {"Query", "Mutation", "Subscription"}
    ]
    assert Counter(name for names in AREAS.values() for name in names) == Counter(fields + types)


def test_areas_are_modules() -> None:
    files = {path.stem for path in (Path(ROOT) / "schema").glob("*.py")}
    assert AREAS.keys() - files == {SCALARS, SHARED}


def test_what_belongs_together_is_together() -> None:
    together = {
        "wishlists": {"Wishlist", "WishlistConnection", "WishlistEdge", "WishlistVisibility", "Query.wishlist",
                      "Mutation.createWishlist", "CreateWishlistInput", "CreateWishlistPayload"},
        "customers": {"Customer", "UsernameTakenError", "UsernameRule", "Role", "Mutation.setRole", "Query.viewer"},
        "prices": {"Money", "PriceBucket"},
        "errors": {"UserError", "NotFoundError"},
        "connections": {"Node", "Query.node"},
        SCALARS: {"String", "DateTime"},
    }  # fmt: skip
    for area, names in together.items():
        assert {OF[name] for name in names} == {area}


def test_a_mutation_is_with_its_input_and_its_payload() -> None:
    mutation = GRAPH.mutation_type
    assert isinstance(mutation, GraphQLObjectType)
    for name in mutation.fields:
        prefix = name[0].upper() + name[1:]
        assert {OF[f"{prefix}Input"], OF[f"{prefix}Payload"]} == {OF[f"Mutation.{name}"]}
