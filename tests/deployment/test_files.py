"""The files in deploy/ fit the program: what they copy, which settings they name, and what other programs say of them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings, explain, variables
from tests.architecture.project import ROOT
from tests.architecture.test_imports import LAYERS
from tests.deployment.proxies import CADDY

DEPLOY = ROOT / "deploy"
SECRETS = {"SECRET_KEY": "x" * 32, "CLERK_WEBHOOK_SECRETS": "whsec_c2VjcmV0c2VjcmV0"}
"""What whoever copies the example has to fill in."""
MODULES = {name for layer in LAYERS for name in layer.split()} - {"explorer"}
ANALYZE = shutil.which("systemd-analyze")
NOT_INSTALLED = "Command /opt/clientele/.venv/bin/python is not executable: No such file or directory"


def assignments(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


class TestImage:
    TEXT = (DEPLOY / "Containerfile").read_text()

    def test_copies_the_whole_program_and_nothing_else(self) -> None:
        """A folder that the server imports is in the image; tests, tools and documents are not."""
        copied = set(re.findall(r"^COPY (\w+) \./\1$", self.TEXT, re.MULTILINE))
        files = set(re.findall(r"(\w+)\.py\b", re.findall(r"^COPY (.*) \./$", self.TEXT, re.MULTILINE)[0]))
        assert copied | files == MODULES
        allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
        assert allowed - {"LICENSE"} == copied

    def test_runs_as_nobody_in_particular(self) -> None:
        """In exec form, so that signals reach the server."""
        assert re.search(r"^USER 10001:10001$", self.TEXT, re.MULTILINE)
        forms = re.findall(r"^(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK .* CMD) (.)", self.TEXT, re.MULTILINE)
        assert set(forms) == {"["}

    def test_variables(self) -> None:
        set_here = set(re.findall(r"\b([A-Z_]+)=", " ".join(re.findall(r"^ENV (?:.|\\\n)*", self.TEXT, re.MULTILINE))))
        assert {name for name in set_here if not name.startswith(("PATH", "PYTHON"))} <= variables().keys()


class TestCompose:
    FILE: Any = yaml.safe_load((DEPLOY / "compose.yaml").read_text())

    def test_builds_what_is_there(self) -> None:
        for service in self.FILE["services"].values():
            build = service.get("build")
            if isinstance(build, dict):
                assert (DEPLOY / build["context"] / build["dockerfile"]).exists()
            elif build:
                assert (DEPLOY / build / "Containerfile").exists()

    def test_builds_each_image_once(self) -> None:
        """Docker builds all at once, and fails where two are to have one name."""
        services = self.FILE["services"].values()
        built = [service["image"] for service in services if service.keys() >= {"build", "image"}]
        assert built == ["clientele:latest"]
        assert all(
            service["pull_policy"] == "never"
            for service in services
            if service.get("image") in built and "build" not in service
        )

    def test_waits_for_what_is_there(self) -> None:
        services = self.FILE["services"]
        for service in services.values():
            for name, how in service.get("depends_on", {}).items():
                assert (how["condition"] == "service_healthy") <= ("healthcheck" in services[name])

    def test_variables(self) -> None:
        services = self.FILE["services"]
        assert services["server"]["environment"].keys() <= variables().keys()
        assert services["server"]["env_file"] == services["migrate"]["env_file"] == ["production.env"]
        assert int(services["server"]["stop_grace_period"].rstrip("s")) > 30

    def test_has_room_for_the_connections(self) -> None:
        """Those of the pooler, and those that a process has directly."""
        found = re.search(r"^default_pool_size = (\d+)", (DEPLOY / "pgbouncer/pgbouncer.ini").read_text(), re.MULTILINE)
        assert found
        most = next(word for word in self.FILE["services"]["postgres"]["command"] if "max_connections" in word)
        assert int(found[1]) + 4 * 13 < int(most.partition("=")[2])


class TestService:
    UNIT = (DEPLOY / "systemd" / "clientele.service").read_text().splitlines()

    def test_is_started_until_it_serves(self) -> None:
        """The database may be away for minutes after the machine has started."""
        assert {"Restart=always", "StartLimitIntervalSec=0"} <= set(self.UNIT)

    def test_sees_what_its_metrics_need(self) -> None:
        """prometheus_client gives none of the process where it cannot read /proc/stat."""
        assert "ProcSubset=pid" not in self.UNIT

    def test_has_the_time_to_stop(self) -> None:
        assert {"KillMode=mixed", "TimeoutStopSec=40"} <= set(self.UNIT)


class TestVariables:
    PATH = DEPLOY / "production.env.example"

    def test_are_settings(self) -> None:
        named = set(re.findall(r"^(?:# )?([A-Z_]+)=", self.PATH.read_text(), re.MULTILINE))
        assert named - variables().keys() <= {"WORKERS"}

    def test_are_enough(self) -> None:
        given = {name.lower(): value for name, value in (assignments(self.PATH) | SECRETS).items() if value}
        settings = Settings(**given)
        assert (settings.environment, settings.database.pooler) == ("production", "transaction")

    def test_what_is_left_empty_is_asked_for(self) -> None:
        given = {name.lower(): value for name, value in assignments(self.PATH).items() if value}
        with pytest.raises(ValueError, match="SECRET_KEY, CLERK_WEBHOOK_SECRETS") as refused:
            Settings(**given)
        assert len(explain(refused.value)) == 1  # type: ignore[arg-type]


class TestOtherPrograms:
    @pytest.mark.skipif(not ANALYZE, reason="needs systemd-analyze")
    @pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").iterdir()), ids=lambda path: path.name)
    def test_systemd(self, path: Path) -> None:
        ended = subprocess.run([str(ANALYZE), "verify", "--man=no", path], capture_output=True, text=True, check=False)
        assert [line for line in ended.stderr.splitlines() if NOT_INSTALLED not in line] == []

    @pytest.mark.skipif(not CADDY, reason="needs caddy")
    def test_caddy(self) -> None:
        file = DEPLOY / "caddy" / "Caddyfile"
        command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(file)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
