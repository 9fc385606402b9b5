"""`server.py documents`: manifests as build tools write them, imported whole or not at all."""

import asyncio
import json
from hashlib import sha1
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from actions import manifests, trusted_documents
from tests.documents.conftest import BRANDS, digest, register
from tests.rows import counting
from tests.running.test_check import Ended, run

CODEGEN = {sha1(BRANDS.encode(), usedforsecurity=False).hexdigest(): BRANDS, "b": "mutation Two { __typename }"}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": digest(BRANDS), "name": "Brands", "type": "query", "body": BRANDS}],
}


def imported(folder: Path, url: str, manifest: object) -> Ended:
    file = folder / "manifest.json"
    file.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    return command(folder, url, "import", str(file))


def command(folder: Path, url: str, *words: str) -> Ended:
    return run(folder, "documents", *words, DATABASE_URL=url, TRUSTED_DOCUMENTS="required")


async def registered(url: str) -> dict[str, tuple[str, str]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT id, text, name FROM trusted_document")
    finally:
        await connection.close()
    return {row["id"]: (row["text"], row["name"]) for row in rows}


class TestCommands:
    async def test_import_list_check_and_remove(self, tmp_path: Path, fresh_url: str) -> None:
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, CODEGEN)
        assert (ended.code, ended.output) == (0, "2 documents registered; 0 were there already.\n")
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, APOLLO)
        assert (ended.code, ended.output) == (0, "1 documents registered; 0 were there already.\n")
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, CODEGEN)
        assert (ended.code, ended.output) == (0, "0 documents registered; 2 were there already.\n")
        first = next(iter(CODEGEN))
        names = {first: (BRANDS, "Brands"), digest(BRANDS): (BRANDS, "Brands"), "b": (CODEGEN["b"], "Two")}
        assert await registered(fresh_url) == names
        ended = await asyncio.to_thread(command, tmp_path, fresh_url, "list")
        assert {tuple(line.split("  ")[1:]) for line in ended.output.splitlines()} == {
            (id, name) for id, (_, name) in names.items()
        }
        ended = await asyncio.to_thread(command, tmp_path, fresh_url, "check")
        assert (ended.code, ended.output) == (0, "All 3 registered documents can be executed.\n")
        ended = await asyncio.to_thread(command, tmp_path, fresh_url, "remove", "b", "x")
        assert (ended.code, ended.output) == (1, "1 documents removed.\n")
        assert ended.errors == ["1 of these ids are not registered."]
        ended = await asyncio.to_thread(command, tmp_path, fresh_url, "remove", "all")
        assert (ended.code, ended.output) == (0, "2 documents removed.\n")
        assert await registered(fresh_url) == {}

    async def test_an_invalid_document_imports_nothing(self, tmp_path: Path, fresh_url: str) -> None:
        """Each is named with the place of its mistake."""
        invalid = "query Bad {\n  brands {\n    totalCuont\n  }\n}"
        manifest = CODEGEN | {"bad-one": invalid, "bad-two": "query {"}
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, manifest)
        assert (ended.code, ended.output) == (1, "")
        assert ended.errors[0].startswith("document bad-one, line 3, column 5: Cannot query field 'totalCuont'")
        assert ended.errors[1].startswith("document bad-two, line 1, column 8: Syntax Error")
        assert ended.errors[2:] == ["2 of 4 documents are invalid. Nothing was imported."]
        assert await registered(fresh_url) == {}

    async def test_what_the_schema_no_longer_allows_is_found(self, tmp_path: Path, fresh_url: str) -> None:
        await register(fresh_url, old="{ fieldOfAnotherRelease }", good=BRANDS)
        ended = await asyncio.to_thread(command, tmp_path, fresh_url, "check")
        assert ended.code == 1
        assert ended.errors[0].startswith("document old, line 1, column 3: Cannot query field 'fieldOfAnotherRelease'")
        assert ended.errors[1] == "1 of 2 documents are invalid. Clients that send them get these errors."

    async def test_an_id_with_another_text_is_refused(self, tmp_path: Path, fresh_url: str) -> None:
        await register(fresh_url, b=BRANDS)
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, CODEGEN)
        assert ended.code == 1
        assert ended.errors[-1].startswith("Document b is registered with another text.")
        assert await registered(fresh_url) == {"b": (BRANDS, "")}

    async def test_beside_another_import_that_takes_long(self, tmp_path: Path, fresh_url: str) -> None:
        connection = await asyncpg.connect(fresh_url)
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", trusted_documents.LOCK)
                ended = await asyncio.to_thread(imported, tmp_path, fresh_url, CODEGEN)
        finally:
            await connection.close()
        assert (ended.code, ended.output) == (1, "")
        assert ended.errors == [
            "The database is too busy to answer in time; try again in a moment. Nothing was imported."
        ]

    async def test_a_file_that_is_no_manifest(self, tmp_path: Path, fresh_url: str) -> None:
        ended = await asyncio.to_thread(imported, tmp_path, fresh_url, '{"a": "{ a }",\n}')
        assert ended.code == 1
        assert len(ended.errors) == 1
        assert ended.errors[0].endswith("in line 2, column 1. Nothing was imported.")


async def test_many_take_few_statements(fresh_url: str) -> None:
    """A database may be far away, and another import waits meanwhile."""
    documents = {f"id{number}": f"query Q{number} {{ __typename }}" for number in range(1_001)}
    with counting([]) as statements:
        await register(fresh_url, **documents)
    assert len([sql for sql in statements if "trusted_document" in sql]) <= 5
    assert await registered(fresh_url) == {id: (text, "") for id, text in documents.items()}


async def test_two_imports_at_once(fresh_url: str) -> None:
    """Both register what the other one does; of two texts for an id, one is refused with all that came with it."""
    same = {f"{number}": BRANDS for number in range(200)}
    await asyncio.gather(*(register(fresh_url, **dict(sorted(same.items(), reverse=back))) for back in (False, True)))
    assert len(await registered(fresh_url)) == 200
    results = await asyncio.gather(
        *(register(fresh_url, **{"x": BRANDS + " " * number, f"y{number}": BRANDS}) for number in range(5)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(trusted_documents.NotRegistered) == 4
    assert len(await registered(fresh_url)) == 202


async def test_there_is_a_limit(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted_documents, "MAX_DOCUMENTS", 3)
    await register(fresh_url, a=BRANDS, b=BRANDS)
    with pytest.raises(trusted_documents.NotRegistered, match="at most 3"):
        await register(fresh_url, b=BRANDS, c=BRANDS, d=BRANDS)
    await register(fresh_url, b=BRANDS, c=BRANDS)


class TestReading:
    @pytest.mark.parametrize("manifest", [CODEGEN, APOLLO | {"operations": [*APOLLO["operations"]]}])  # type: ignore[misc]
    def test_of_what_tools_write(self, manifest: Any) -> None:
        assert BRANDS in manifests.read(json.dumps(manifest, indent=2).encode()).values()

    def test_of_a_file_with_a_byte_order_mark(self) -> None:
        assert manifests.read(b"\xef\xbb\xbf" + json.dumps(CODEGEN).encode()) == CODEGEN

    def test_of_the_same_document_twice(self) -> None:
        assert manifests.read(b'{"a": "{ a }", "a": "{ a }"}') == {"a": "{ a }"}

    def test_of_an_object_of_documents_that_looks_like_the_other_form(self) -> None:
        assert manifests.read(b'{"format": "{ a }"}') == {"format": "{ a }"}

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "not JSON: .* line 1, column 1"),
            (b"\xff", "not text in UTF-8"),
            (b"[]", "A manifest is an object"),
            (b'"x"', "A manifest is an object"),
            (b"[" * 100_000, "A manifest is an object"),
            (b"{}", "no document"),
            (b'{"a": 1}', "The document a is not a text"),
            (b'{"a": {"text": "{ a }"}}', "The document a is not a text"),
            (b'{"a": "{ a }", "a": "{ b }"}', "'a' is there twice"),
            (b'{"": "{ a }"}', "is no id"),
            (b'{"a b": "{ a }"}', "is no id"),
            ("{" + f'"{"a" * 201}": "{{ a }}"' + "}", "is no id"),
            (b'{"a": "{ a }\\u0000"}', "character that no text can have"),
            (b'{"a": "{ a }\\ud800"}', "character that no text can have"),
            (b'{"sha256:00": "{ a }"}', "not the SHA-256"),
            (json.dumps(APOLLO | {"version": 2}), "version 1"),
            (json.dumps(APOLLO | {"format": "x"}), "version 1"),
            (json.dumps(APOLLO | {"operations": []}), "no document"),
            (json.dumps(APOLLO | {"operations": [{"id": "a"}]}), "Operation 1 .* no `body`"),
            (json.dumps(APOLLO | {"operations": [{"body": "{ a }"}]}), "Operation 1 .* no `id`"),
            (json.dumps(APOLLO | {"operations": [1]}), "Operation 1"),
            (json.dumps(APOLLO | {"operations": [{"id": "a", "body": "x"}, {"id": "a", "body": "y"}]}), "twice"),
        ],
    )
    def test_of_others_says_what_is_wrong(self, content: bytes | str, sentence: str) -> None:
        with pytest.raises(manifests.ManifestUnreadable, match=sentence):
            manifests.read(content.encode() if isinstance(content, str) else content)
