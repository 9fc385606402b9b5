"""`python server.py import`, as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.architecture.project import ROOT
from tests.conftest import serving
from tests.graph import Graph
from tests.ingestion.lines import fetch, file, line, stored
from tests.patience import SECONDS

SAMPLE = ROOT / "demo" / "sample.jsonl"


def run(url: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "server.py", "import", *arguments]
    environment = {**os.environ, "DATABASE_URL": url, "NO_COLOR": "1"}
    return subprocess.run(
        command, input=given, capture_output=True, cwd=ROOT, env=environment, timeout=SECONDS, check=False
    )


class TestExitCodes:
    async def test_done(self, fresh_url: str) -> None:
        done = run(fresh_url, "-", given=file(line()))
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == b"1 lines: 1 new, 0 changed, 0 unchanged, 0 outdated, 0 rejected\n"

    async def test_lines_were_rejected(self, fresh_url: str, tmp_path: Path) -> None:
        given, report = tmp_path / "products.jsonl", tmp_path / "rejected.jsonl"
        given.write_bytes(file(line("A"), *[b"{"] * 30, line("B"))[:-3])
        done = run(fresh_url, str(given), "--rejected", str(report))
        assert done.returncode == 1
        assert b"32 lines: 1 new, 0 changed, 0 unchanged, 0 outdated, 31 rejected" in done.stdout
        assert b"11 more lines were rejected." in done.stdout
        rejected = [json.loads(one) for one in report.read_text().splitlines()]
        assert [one["line"] for one in rejected] == list(range(2, 33))
        assert all("Invalid JSON" in one["reason"] for one in rejected)

    @pytest.mark.parametrize("arguments", [(), ("nonesuch.jsonl",), ("commands",), ("-", "--nonesuch")])
    async def test_usage(self, fresh_url: str, arguments: tuple[str, ...]) -> None:
        done = run(fresh_url, *arguments)
        assert done.returncode == 2
        assert b"Usage: server.py import" in done.stderr

    async def test_report_that_cannot_be_written(self, fresh_url: str, tmp_path: Path) -> None:
        done = run(fresh_url, "-", "--rejected", str(tmp_path / "nonesuch" / "x"), given=file(line()))
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
        assert await fetch(fresh_url, "SELECT FROM product") == []

    async def test_report_in_place_of_the_import(self, fresh_url: str, tmp_path: Path) -> None:
        given = tmp_path / "products.jsonl"
        given.write_bytes(file(line()))
        done = run(fresh_url, str(given), "--rejected", str(given))
        assert done.returncode == 2
        assert b"is the file to import" in done.stderr
        assert given.read_bytes() == file(line())

    async def test_report_is_written_anew(self, fresh_url: str, tmp_path: Path) -> None:
        report = tmp_path / "rejected.jsonl"
        report.write_text("of the last import")
        run(fresh_url, "-", "--rejected", str(report), given=b"{")
        assert [json.loads(one)["line"] for one in report.read_text().splitlines()] == [1]

    async def test_texts_are_not_logged(self, fresh_url: str) -> None:
        done = run(fresh_url, "-", given=file(line("SECRET-1", product={"title": "SECRET"}), line("SECRET-2", "-1")))
        assert b"SECRET" not in done.stdout + done.stderr


class TestSchema:
    async def test_is_current(self, fresh_url: str) -> None:
        done = run(fresh_url, "--schema")
        assert done.stdout.decode() == (ROOT / "docs" / "import.schema.json").read_text()

    def test_every_field_is_described(self) -> None:
        schema: dict[str, Any] = json.loads((ROOT / "docs" / "import.schema.json").read_text())
        for record in (schema, *schema["$defs"].values()):
            for name, one in record.get("properties", {}).items():
                assert "description" in one, name


class TestSample:
    """What the project brings along for a first import."""

    async def test_is_imported_and_answered(self, fresh_url: str, settings: Settings, credentials: Secrets) -> None:
        done = run(fresh_url, str(SAMPLE))
        assert (done.returncode, done.stderr) == (0, b"")
        before = await stored(fresh_url)
        assert b" 0 new, 0 changed" in run(fresh_url, str(SAMPLE)).stdout
        assert await stored(fresh_url) == before
        line = json.loads(SAMPLE.read_text().splitlines()[0])
        query = "query ($sku: String!) { variantBySku(sku: $sku) { product { slug title } listings { url } } }"
        async with (
            serving(application.create(settings, credentials, fresh_url)) as address,
            httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http,
        ):
            graph = Graph(http)
            answer = await graph("{ products(first: 5) { totalCount nodes { title brand { name } } } }")
            variant = (await graph(query, sku=line["sku"]))["variantBySku"]
        assert answer["products"]["totalCount"] == 200
        assert all(one["brand"] for one in answer["products"]["nodes"])
        assert variant["product"] == {"slug": line["product"]["slug"], "title": line["product"]["title"]}
        assert len(variant["listings"]) == len(line["listings"])
