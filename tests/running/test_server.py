"""The command line as people use it: a process of its own, its own data, signals, and what it leaves behind."""

import asyncio
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest

from database.embedded import Postgres
from tests.patience import SECONDS
from tests.processes import SERVER, Process


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    made = Process(tmp_path_factory.mktemp("server") / "data", LOG_FORMAT="json")
    made.wait()
    yield made
    if made.child.poll() is None:
        made.end(signal.SIGKILL)
    made.said.close()


def asked(process: Process, query: str, token: str | None = None) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = httpx2.post(f"{process.address}/graphql", json={"query": query}, headers=headers, timeout=SECONDS)
    data: dict[str, Any] = answer.json()["data"]
    return data


async def audited(process: Process) -> list[tuple[object, str]]:
    """What the audit log says of roles."""
    connection = await asyncpg.connect(Postgres(process.folder).url)
    try:
        rows = await connection.fetch("SELECT actor_id, payload::text FROM audit_entry WHERE action = 'role.changed'")
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


class TestServe:
    """The first of the two commands, in the order of a day."""

    def test_the_banner_tells_where_and_as_whom(self, process: Process) -> None:
        text = process.text()
        assert f"{process.address}/graphql" in text
        assert str(process.folder) in text
        tokens = dict(re.findall(r"^  (\w+), .*\n    (\S+)$", text, re.MULTILINE))
        assert list(tokens) == ["layla", "omar", "sam", "nora"]
        for username, token in tokens.items():
            assert asked(process, "{ viewer { username } }", token) == {"viewer": {"username": username}}
        assert asked(process, "{ viewer { username } }") == {"viewer": None}

    def test_every_operation_has_a_line_in_development(self, process: Process) -> None:
        headers = {"x-request-id": "mine"}
        query = {"query": "query Named { supportedLanguages }"}
        httpx2.post(f"{process.address}/graphql", json=query, headers=headers, timeout=SECONDS)
        lines = [orjson.loads(line) for line in process.text().splitlines() if line.startswith('{"timestamp"')]
        (line,) = [line for line in lines if line.get("request_id") == "mine"]
        assert (line["event"], line["operation"], line["outcome"]) == ("operation_completed", "Named", "OK")

    def test_token_signs_in_whom_it_names(self, process: Process) -> None:
        """A2."""
        made = process.run("token", "OMAR")
        assert asked(process, "{ viewer { username role } }", made.stdout.strip()) == {
            "viewer": {"username": "omar", "role": "CUSTOMER"}
        }
        assert "Nobody" in process.run("token", "nobodyatall").stderr

    def test_token_is_good_at_any_port(self, process: Process) -> None:
        """Whoever asks for it in another terminal need not say where the server listens."""
        here: dict[str, str | None] = {"PORT": None}
        for elsewhere in (here, {"PORT": "1", "HOST": "0.0.0.0"}, here | {"PUBLIC_URL": "https://shop.example"}):
            made = process.run("token", "omar", **elsewhere)
            assert asked(process, "{ viewer { username } }", made.stdout.strip()) == {"viewer": {"username": "omar"}}

    def test_a_second_server_says_what_is_wrong(self, process: Process) -> None:
        second = process.run("serve")
        assert second.returncode == 1
        assert "is in use" in second.stderr
        assert "Traceback" not in second.stderr
        second = process.run("serve", HOST="127.0.0.2")
        assert second.returncode == 1
        assert "already served" in second.stderr
        assert "Traceback" not in second.stderr

    def test_roles_and_webhooks_from_the_command_line(self, process: Process) -> None:
        """A4, A6, A8."""
        for _ in range(2):
            assert "sam is now ADMIN." in process.run("role", "SAM", "admin").stdout
        assert asyncio.run(audited(process)) == [(None, '{"after": "ADMIN", "before": "SOLVER"}')]
        assert "last owner" in process.run("role", "nora", "admin").stderr
        assert "Nobody" in process.run("role", "nobodyatall", "admin").stderr
        assert "choose one of" in process.run("role", "sam", "king").stderr
        assert process.run("webhooks", "list").returncode == 0

    def test_a_solver_who_is_none_any_more_has_no_ticket(self, process: Process) -> None:
        """As with setRole."""
        sam = process.run("token", "sam").stdout.strip()
        (ticket,) = asked(process, "{ ticketQueue(first: 1) { nodes { id } } }", sam)["ticketQueue"]["nodes"]
        claim = f'mutation {{ claimTicket(input: {{ticketId: "{ticket["id"]}"}}) {{ ticket {{ status }} }} }}'
        assert asked(process, claim, sam)["claimTicket"]["ticket"] == {"status": "CLAIMED"}
        assert "sam is now CUSTOMER." in process.run("role", "sam", "customer").stdout
        assert "sam is now SOLVER." in process.run("role", "sam", "solver").stdout
        seen = f'{{ ticket(id: "{ticket["id"]}") {{ status claimedBy {{ name }} }} }}'
        assert asked(process, seen, sam)["ticket"] == {"status": "OPEN", "claimedBy": None}

    def test_demo_data_goes_into_an_empty_database_only(self, process: Process) -> None:
        refused = process.run("demo")
        assert (refused.returncode, "already holds" in refused.stderr) == (1, True)

    def test_reset_spares_a_running_server(self, process: Process) -> None:
        refused = process.run("reset")
        assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
    def test_no_postgres_is_left_behind(self, process: Process, how: signal.Signals) -> None:
        """After each end the next start is clean, with the data that was there."""
        code = process.end(how)
        assert code == (-9 if how is signal.SIGKILL else 0)
        end = time.monotonic() + SECONDS
        while process.postgres() and time.monotonic() < end:
            time.sleep(0.1)
        assert process.postgres() == []
        again = Process(process.folder)
        again.wait()
        assert "Demo data" not in again.text()
        found = asked(again, '{ customerByUsername(username: "omar") { username } }')
        assert found == {"customerByUsername": {"username": "omar"}}
        process.said.close()
        process.child, process.address, process.said = again.child, again.address, again.said


class TestSchema:
    """G5."""

    def test_prints_the_sdl(self, process: Process) -> None:
        assert process.run("schema").stdout == (SERVER.parent / "schema.graphql").read_text()
