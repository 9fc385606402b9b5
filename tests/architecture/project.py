"""What the tests of the architecture look at."""

from pathlib import Path

from graphql import GraphQLSchema

from schema.root import build

ROOT = Path(__file__).parents[2]
ELSEWHERE = {".venv", ".data", "node_modules", "versions"}
FILES = [path for path in sorted(ROOT.rglob("*.py")) if not ELSEWHERE & set(path.relative_to(ROOT).parts)]
GRAPH: GraphQLSchema = build()._schema


def module(path: Path) -> str:
    """Name the module of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
