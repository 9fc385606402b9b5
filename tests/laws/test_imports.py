"""Imports point down (ARCHITECTURE.md draws it)."""

import ast
from pathlib import Path

import pytest

from tests.laws.house import FILES, ROOT, module

STOREYS = [
    "server",
    "application serving",
    "transport webhooks schema demo",
    "faults intake resolvers",
    "schema.inputs schema.ticket_inputs schema.enums schema.scalars",
    "context",
    "loaders",
    "policy guest_policy listening mails",
    "events audit customer_locks",
    "auth database connections jwks credentials migrations embedded",
    "models execution",
    "errors settings",
]
HEIGHTS = {name: -number for number, names in enumerate(STOREYS) for name in names.split()}
STRANGERS = {
    "models": {"strawberry", "starlette", "asyncpg"},
    "loaders": {"strawberry", "starlette"},
    "policy": {"strawberry", "starlette"},
    "guest_policy": {"strawberry", "starlette"},
    "mails": {"strawberry", "starlette"},
    "resolvers": {"starlette"},
    "execution": {"starlette", "sqlalchemy", "sqlmodel", "asyncpg", *(name.split(".")[0] for name in HEIGHTS)}
    - {"execution"},
}
# Reasons: Alembic loads its entry itself; the embedded server's URL is written, never read, by whom it serves.
OURS = [path for path in FILES if module(path).split(".")[0] in HEIGHTS and path.name != "env.py"]


def height(name: str) -> int | None:
    """How high a module stands; None for a library."""
    return HEIGHTS.get(".".join(name.split(".")[:2]), HEIGHTS.get(name.split(".", maxsplit=1)[0]))


def imported(path: Path) -> set[str]:
    """What a file imports when it runs, submodules by their own names."""
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            files = {name for name in inner if (ROOT / f"{name.replace('.', '/')}.py").exists()}
            names |= files if files == inner else files | {node.module}
    return names


@pytest.mark.parametrize("path", OURS, ids=module)
def test_imports_point_down(path: Path) -> None:
    here = height(module(path))
    for name in imported(path):
        there = height(name)
        if there is not None and here is not None and name.split(".")[0] != module(path).split(".")[0]:
            assert there <= here, f"{module(path)} looks up at {name}"


@pytest.mark.parametrize(("area", "strangers"), STRANGERS.items(), ids=list(STRANGERS))
def test_areas_do_not_know_strangers(area: str, strangers: set[str]) -> None:
    for path in FILES:
        if module(path).split(".")[0] == area:
            assert not {name.split(".")[0] for name in imported(path)} & strangers, path


def test_resolvers_see_only_the_inputs_of_the_schema() -> None:
    for path in ROOT.glob("resolvers/*.py"):
        seen = {name for name in imported(path) if name.startswith("schema")}
        assert seen <= {"schema.inputs", "schema.ticket_inputs", "schema.enums", "schema.scalars"}, path


def test_every_module_has_a_storey() -> None:
    known = {"tests", "benchmarks"}
    assert [module(p) for p in FILES if module(p).split(".")[0] not in known and height(module(p)) is None] == []
