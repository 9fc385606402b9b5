"""What the first start says and leaves out: a port that is taken, a server that others reach, npm without a network."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx2
import pytest

from auth.secrets import Secrets
from commands.serving import _banner
from demo import personas
from settings import RateLimitSettings, Settings
from tests.patience import SECONDS
from tests.processes import SERVER, Process
from tests.running.test_settings import environment  # noqa: F401 - a fixture

STAFF = {"sam", "nora", "amal"}


def named(text: str) -> set[str]:
    """The personas whose tokens a text has."""
    return set(re.findall(r"^  (\w+), .*\n    eyJ", text, re.MULTILINE))


class TestPort:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_in_use_is_said_before_a_database_is_made(self, tmp_path: Path, workers: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            process = Process(tmp_path / "data", PORT=port, WORKERS=workers)
            assert process.child.wait(SECONDS) == 1
        assert process.text() == (
            f"PORT: {port} is in use at 127.0.0.1; end what listens there, or set PORT to another.\n"
        )
        assert not (tmp_path / "data").exists()
        process.said.close()


class TestHost:
    @pytest.mark.parametrize(
        ("given", "offers"),
        [
            ({}, True), ({"host": "localhost"}, True), ({"host": "127.0.0.53"}, True), ({"host": "::1"}, True),
            ({"host": "0.0.0.0"}, False), ({"host": "::"}, False), ({"host": "10.0.0.1"}, False),
            ({"host": "shop.example"}, False), ({"host": "0.0.0.0", "staff_personas": True}, True),
            ({"staff_personas": False}, False), ({"public_url": "https://1a2b.tunnel.example"}, False),
            ({"public_url": "http://localhost:3000"}, True), ({"public_url": "http://shop.localhost"}, True),
        ],
    )  # fmt: skip
    def test_decides_whether_staff_is_offered(
        self, given: dict[str, object], offers: bool, environment: pytest.MonkeyPatch  # noqa: F811
    ) -> None:  # fmt: skip
        assert Settings(**given).offers_staff is offers

    async def test_leaves_staff_out(self, loaded_url: str) -> None:
        everybody = {name for name, _ in await personas.find_present(loaded_url)}
        assert everybody == {"layla", "omar", *STAFF}
        assert {name for name, _ in await personas.find_present(loaded_url, staff=False)} == {"layla", "omar"}
        connection = await asyncpg.connect(loaded_url)
        try:
            await connection.execute("UPDATE customer SET role = 'ADMIN' WHERE username = 'omar'")
            assert {name for name, _ in await personas.find_present(loaded_url, staff=False)} == {"layla"}
        finally:
            await connection.execute("UPDATE customer SET role = 'CUSTOMER' WHERE username = 'omar'")
            await connection.close()

    def test_of_ipv6_is_in_brackets_in_an_address(self, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        assert Settings(host="::1", port=8001).server.public_url == "http://[::1]:8001"

    def test_of_a_tunnel_is_warned_of(self, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        settings = Settings(public_url="https://1a2b.tunnel.example")
        text = _banner(settings, Secrets("", ()), [])
        assert (
            "Warning     PUBLIC_URL=https://1a2b.tunnel.example opens a server for development to the network" in text
        )

    @pytest.mark.parametrize(("given", "offered"), [({}, {"layla", "omar"}), ({"STAFF_PERSONAS": "true"}, STAFF)])
    def test_of_all_addresses_is_warned_of(
        self, loaded_url: str, tmp_path: Path, given: dict[str, str], offered: set[str]
    ) -> None:
        process = Process(tmp_path / "data", HOST="0.0.0.0", DATABASE_URL=loaded_url, **given)
        try:
            process.wait()
            text, page = process.text(), httpx2.get(f"{process.address}/graphql", headers={"accept": "text/html"}).text
        finally:
            process.end(signal.SIGKILL)
            process.said.close()
        assert "Warning     HOST=0.0.0.0 opens a server for development to the network" in text
        assert ("unless STAFF_PERSONAS=true" in text) is not given
        for names in (named(text), set(re.findall(r'"username": "(\w+)"', page))):
            assert bool(names & STAFF) is bool(given)
            assert {"layla", "omar"} <= names
        assert offered & named(text)


class TestLimits:
    """Of tickets: whoever tries the form out is no flood."""

    def test_are_high_in_development(self, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        limits = Settings().rate_limits
        assert (limits.tickets_per_hour_and_address, limits.tickets_per_hour_and_phone) == (1_000, 1_000)
        assert limits.ticket_tries_per_10_minutes == RateLimitSettings().ticket_tries_per_10_minutes

    def test_can_be_set_there(self, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        environment.setenv("TICKETS_PER_HOUR_AND_PHONE", "2")
        assert Settings().rate_limits.tickets_per_hour_and_phone == 2

    def test_are_those_of_a_shop_in_production(self, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        production = Settings(
            environment="production", database_url="postgresql://db/clientele", secret_key="k" * 32,
            clerk_issuer="https://clerk.example", clerk_webhook_secrets="whsec_c2VjcmV0",
        )  # fmt: skip
        limits = production.rate_limits
        assert (limits.tickets_per_hour_and_address, limits.tickets_per_hour_and_phone) == (5, 3)


VENV = """#!/bin/sh
mkdir -p .venv/bin
[ -e .venv/bin/python ] && touch .venv/bin/pip && chmod +x .venv/bin/pip && exit
printf '#!/bin/sh\\ntest -e .venv/bin/pip' > .venv/bin/python
chmod +x .venv/bin/python
exit 1
"""


def test_an_environment_without_pip_is_completed_by_the_next_start(tmp_path: Path) -> None:
    """Debian's Python begins to make it, and then says what to install."""
    shutil.copy(SERVER.parent / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "python").write_text(VENV)
    (tmp_path / "python").chmod(0o755)
    command = ["make", "-s", f"PYTHON={tmp_path / 'python'}", ".venv/runtime"]
    codes = [subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode for _ in range(2)]
    assert codes == [2, 0]


NPM = """#!{python}
import pathlib, sys
with open("{calls}", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] in {failing!r}:
    sys.exit("npm says no")
if sys.argv[1] == "ci":
    pathlib.Path("node_modules").mkdir(exist_ok=True)
    pathlib.Path("node_modules/.package-lock.json").write_text("{{}}")
if sys.argv[1] == "run":
    new = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
    new.mkdir(exist_ok=True)
    (new / "index.html").write_text("built")
"""


class Explorer:
    """A copy of explorer/, and an `npm` that notes what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._bin, self._calls = folder / "explorer", folder / "bin", folder / "calls"
        self._bin.mkdir()
        shutil.copytree(SERVER.parent / "explorer", self.folder, ignore=shutil.ignore_patterns("node_modules", "dist*"))

    def build(self, *failing: str) -> str:
        """Build with an npm some of whose commands fail; gives what was printed."""
        npm = self._bin / "npm"
        npm.write_text(NPM.format(python=sys.executable, calls=self._calls, failing=failing))
        npm.chmod(0o755)
        return self.run({"PATH": str(self._bin)})

    def run(self, variables: dict[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, SERVER.parent / "commands" / "graphiql.py", self.folder],
            env=variables, capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        return done.stdout

    def calls(self) -> list[str]:
        """What npm was asked for since the last time."""
        found = self._calls.read_text().splitlines() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return [call.split()[0] for call in found]

    @property
    def page(self) -> str | None:
        file = self.folder / "dist" / "index.html"
        assert not list(self.folder.glob("dist.*"))
        return file.read_text() if file.exists() else None

    def edit(self) -> None:
        """Change a source after the page was built."""
        later = time.time() + 60
        os.utime(self.folder / "src", (later, later))


@pytest.fixture
def explorer(tmp_path: Path) -> Explorer:
    return Explorer(tmp_path)


class TestGraphiql:
    """The start goes on in any case, and the next one tries again."""

    def test_is_built_once(self, explorer: Explorer) -> None:
        assert explorer.build() == "Building GraphiQL …\n"
        assert (explorer.calls(), explorer.page) == (["view", "ci", "run"], "built")
        assert explorer.build() == ""
        assert explorer.calls() == []
        explorer.edit()
        explorer.build("view", "ci")
        assert explorer.calls() == ["run"], "the packages are there, so no network is needed"

    def test_without_a_registry_is_left_for_later(self, explorer: Explorer) -> None:
        said = explorer.build("view")
        assert said == (
            "npm's registry cannot be reached: a later 'make serve' builds GraphiQL, until then its page loads from "
            "a CDN.\n"
        )
        assert (explorer.calls(), explorer.page) == (["view"], None)
        explorer.build()
        assert explorer.page == "built"

    @pytest.mark.parametrize("failing", ["ci", "run"])
    def test_that_fails_leaves_nothing_by_half(self, explorer: Explorer, failing: str) -> None:
        said = explorer.build(failing)
        assert "npm says no\nGraphiQL could not be built: a later 'make serve' tries again" in said
        assert explorer.page is None
        explorer.build()
        assert explorer.page == "built"
        explorer.edit()
        assert "until then the page of the last build is served" in explorer.build("run")
        assert explorer.page == "built"

    def test_without_node_loads_from_a_cdn(self, explorer: Explorer, tmp_path: Path) -> None:
        assert explorer.run({"PATH": str(tmp_path)}) == "Node is not there: its page loads from a CDN.\n"

    @pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not installed")
    def test_real_npm_whose_registry_is_dead(self, explorer: Explorer, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        offline = {
            "npm_config_registry": f"http://127.0.0.1:{port}", "npm_config_cache": str(tmp_path / "cache"),
            "HOME": str(tmp_path), "PATH": os.environ["PATH"],
        }  # fmt: skip
        assert "npm's registry cannot be reached" in explorer.run(offline)
        assert explorer.page is None
        assert not (explorer.folder / "node_modules").exists()
