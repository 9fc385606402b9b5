"""The code in docs/front-ends.md is that of tests/frontend/example, which CI compiles and runs; its tables are true."""

import json
import re

import pytest
from graphql import GraphQLScalarType, specified_scalar_types

import errors
from tests.architecture.project import GRAPH, ROOT
from transport.cors import EXPOSED_HEADERS

PAGE = (ROOT / "docs" / "front-ends.md").read_text()
SHOWN = dict(re.findall(r"\(\.\./tests/frontend/example/(\w+\.\w+)\)\n\n```\w+\n(.*?)```\n", PAGE, re.DOTALL))
FILES = {path.name: path for path in (ROOT / "tests" / "frontend" / "example").iterdir() if path.is_file()}
CODES = re.compile(r"^\| (`[A-Z_`, ]+`) \|", re.MULTILINE)


def codes(name: str) -> set[str]:
    """The error codes in the first column of a page's tables."""
    return set(re.findall(r"[A-Z_]+", " ".join(CODES.findall((ROOT / "docs" / name).read_text()))))


def test_every_file_is_shown() -> None:
    assert SHOWN.keys() == FILES.keys()
    assert len(SHOWN) > 5


@pytest.mark.parametrize("name", SHOWN)
def test_code_is_that_of_its_file(name: str) -> None:
    assert SHOWN[name] == FILES[name].read_text()


def packages(*names: str) -> set[str]:
    """What the code of these files takes from npm, apart from React."""
    code = "".join(FILES[name].read_text() for name in names)
    found = set(re.findall(r"from '((?:@[\w-]+/)?[\w-]+)", code)) - {"react"}
    plugins = re.findall(r"\w+", " ".join(re.findall(r"plugins: \[(.*?)\]", code.replace("-", "_"))))
    presets = re.findall(r"preset: '(\w+)'", code)
    return found | {
        f"@graphql-codegen/{name.replace('_', '-')}" for name in [*plugins, *(f"{p}_preset" for p in presets)]
    }


def test_what_the_code_needs_is_installed() -> None:
    first = PAGE.partition("## Types")[0]
    commands = set(" ".join(re.findall(r"^npm install (.*)$", first, re.MULTILINE)).split())
    assert packages(*FILES.keys() - {"urql.ts", "relay.ts"}) <= commands
    assert packages("urql.ts", "relay.ts") <= commands | set(re.split(r"[\s`]+", first))


def test_scalars() -> None:
    """Each tool is told of all of ours."""
    ours = {name for name, kind in GRAPH.type_map.items() if isinstance(kind, GraphQLScalarType)}
    ours -= specified_scalar_types.keys()
    assert set(re.findall(r"(\w+): 'string',", SHOWN["codegen.mjs"])) == ours
    relay = json.loads((ROOT / "tests" / "frontend" / "relay.config.json").read_text())
    assert relay["customScalarTypes"].keys() == ours
    (tada,) = re.findall(r"^type Text = (.*);$", (ROOT / "tests" / "frontend" / "tada.ts").read_text(), re.MULTILINE)
    assert set(re.findall(r"\w+", tada)) == ours


@pytest.mark.parametrize("name", ["front-ends.md", "api.md"])
def test_every_code_is_explained(name: str) -> None:
    assert codes(name) == set(errors.Code)


def test_headers_that_scripts_can_read() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("- Scripts can read the headers"))
    assert {header.lower() for header in re.findall(r"`([\w-]+)`", line)} == set(EXPOSED_HEADERS)
