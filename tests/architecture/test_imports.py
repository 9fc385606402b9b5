"""Imports point down, and no two folders import each other in a circle (ARCHITECTURE.md draws the layers)."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.project import FILES, ROOT, module

LAYERS = [
    "server",
    "commands",
    "application",
    "schema transport webhooks demo sandbox",
    "resolvers",
    "context inputs",
    "loaders actions",
    "policy mails ingestion payments",
    "auth events jobs",
    "models database migrations",
    "errors settings execution",
]
HEIGHTS = {name: -number for number, names in enumerate(LAYERS) for name in names.split()}
WITHOUT_THE_WEB = ("models", "loaders", "actions", "policy", "mails", "ingestion", "payments", "jobs", "events")
FORBIDDEN_IMPORTS = {
    **{folder: {"strawberry", "starlette"} for folder in WITHOUT_THE_WEB},
    "resolvers": {"starlette"},
    "execution": {"starlette", "sqlalchemy", "sqlmodel", "asyncpg", *HEIGHTS} - {"execution"},
}
# Alembic loads `migrations/env.py` itself.
OURS = [path for path in FILES if module(path).split(".")[0] in HEIGHTS and path.name != "env.py"]


def top(name: str) -> str:
    """The folder, or the root module, that a dotted name begins with."""
    return name.split(".", maxsplit=1)[0]


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
    here = HEIGHTS[top(module(path))]
    assert [name for name in imported(path) if HEIGHTS.get(top(name), here) > here] == []


def test_no_folder_is_in_a_circle() -> None:
    folders: dict[str, set[str]] = defaultdict(set)
    for path in OURS:
        here = top(module(path))
        folders[here] |= {top(name) for name in imported(path)} & HEIGHTS.keys() - {here}
    TopologicalSorter(folders).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize(("folder", "forbidden"), FORBIDDEN_IMPORTS.items(), ids=list(FORBIDDEN_IMPORTS))
def test_folders_do_not_import_what_they_must_not_know(folder: str, forbidden: set[str]) -> None:
    found = {module(path): {top(name) for name in imported(path)} & forbidden for path in OURS}
    assert {name: names for name, names in found.items() if names and top(name) == folder} == {}


def test_every_module_has_a_layer() -> None:
    known = {"tests", "benchmarks"}
    assert [module(path) for path in FILES if top(module(path)) not in HEIGHTS.keys() | known] == []
