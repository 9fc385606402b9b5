"""PostGraphile 5 and Mercurius with its JIT, over the same database, where npm is there."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.load import Request
from benchmarks.processes import Process, free_port, running
from models import ids

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / "node" / "bin" / "node"
NAMES = ("postgraphile", "mercurius")


def install() -> bool:
    """Install them once; says whether they are there."""
    installed = HERE / "node_modules" / ".installed"
    lock = HERE / "package-lock.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return True
    if not (npm := shutil.which("npm")):
        print("The Node peers are left out: npm is not there.")
        return False
    print("Installing the Node peers …", flush=True)
    ended = subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=False)
    if ended.returncode or not NODE.exists():
        print("The Node peers are left out: npm could not install them.")
        return False
    installed.write_bytes(lock.read_bytes())
    return True


def version(of: str) -> str:
    """Give the version of an installed package."""
    return str(json.loads((HERE / "node_modules" / of / "package.json").read_text())["version"])


@contextmanager
def servers(environment: Mapping[str, str]) -> Iterator[dict[str, Process]]:
    """Run both."""
    with ExitStack() as stack:
        found = {}
        for name in NAMES:
            port = free_port()
            given = {**environment, "PORT": str(port), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
            command = [str(NODE), str(HERE / f"{name}.mjs")]
            found[name] = stack.enter_context(running(name, command, given, port))
        yield found


def request(name: str, ours: Request, text: str, variables: dict[str, Any]) -> Request:
    """Say to a peer what is said to our server: in the words of its own graph, with keys for ids."""
    own = HERE.parent / "queries" / name / f"{ours.query}.graphql"
    keys = {what: str(ids.key_of("Customer", given)) if what == "id" else given for what, given in variables.items()}
    return Request.of(ours.query, own.read_text() if own.exists() else text, keys, ours.token)
