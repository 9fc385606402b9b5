"""Which migration is the newest, which code runs on which database, and what migrations promise."""

import ast
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

import migrations
from migrations.state import VERSIONS, SchemaState, SchemaTooNew, find_state
from tests.database.schema_revisions import set_revision

FILES = {path: ast.parse(path.read_text()) for path in sorted(VERSIONS.glob("*.py"))}


def constant(path: Path, name: str) -> str | None:
    """The text that a migration gives to a name."""
    for node in FILES[path].body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            value: str | None = ast.literal_eval(node.value)
            return value
    return None


def write(folder: Path, file: str, revision: str, earlier: str | None) -> None:
    (folder / file).write_text(f"revision = {revision!r}\ndown_revision = {earlier!r}\n")


class TestHeads:
    """The newest revision is found by what builds on what."""

    def test_is_alembics(self) -> None:
        script = ScriptDirectory.from_config(migrations.config("postgresql://nowhere"))
        assert migrations.heads(VERSIONS) == sorted(script.get_heads())
        assert len(migrations.heads(VERSIONS)) == 1

    def test_is_not_always_in_the_file_with_the_latest_date(self, tmp_path: Path) -> None:
        write(tmp_path, "20260101_first.py", "0001", None)
        write(tmp_path, "20260303_second.py", "0002", "0001")
        write(tmp_path, "20260202_third.py", "0003", "0002")
        assert migrations.heads(tmp_path) == ["0003"]

    @pytest.mark.parametrize("earlier", ["0001", None])
    def test_two_are_both_named(self, tmp_path: Path, earlier: str | None) -> None:
        write(tmp_path, "20260101_first.py", "0001", None)
        write(tmp_path, "20260202_second.py", "0002", "0001")
        write(tmp_path, "20260303_third.py", "0003", earlier)
        assert migrations.heads(tmp_path) == ["0002", "0003"]


class TestAhead:
    """A database that a newer version has migrated."""

    async def test_the_code_is_new_enough(self, fresh_url: str) -> None:
        assert await find_state(fresh_url) is SchemaState.CURRENT
        await set_revision(fresh_url, "9999", oldest_code=migrations.heads(VERSIONS)[0])
        assert await find_state(fresh_url) is SchemaState.AHEAD

    async def test_the_code_is_too_old(self, fresh_url: str) -> None:
        await set_revision(fresh_url, "9999", oldest_code="9998")
        with pytest.raises(SchemaTooNew, match=r"revision 9999, which needs a version .* that knows revision 9998"):
            await find_state(fresh_url)


class TestFiles:
    """What the files of the versions promise."""

    @pytest.mark.parametrize("path", [path for path in FILES if (constant(path, "revision") or "") >= "0010"], ids=str)
    def test_names_the_oldest_code(self, path: Path) -> None:
        revisions = {constant(one, "revision"): constant(one, "oldest_code") for one in FILES}
        oldest, before = constant(path, "oldest_code"), constant(path, "down_revision")
        assert oldest in revisions
        assert before is not None
        assert (revisions[before] or "") <= oldest <= (constant(path, "revision") or "")

    @pytest.mark.parametrize("path", [path for path in FILES if (constant(path, "revision") or "") >= "0010"], ids=str)
    def test_indexes_of_tables_in_use_are_built_beside_them(self, path: Path) -> None:
        upgrade = next(node for node in FILES[path].body if getattr(node, "name", "") == "upgrade")
        calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
        made = {ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "op.create_table"}
        indexed = {ast.literal_eval(call.args[1]) for call in calls if ast.unparse(call.func) == "op.create_index"}
        assert indexed <= made, "use migrations.steps.create_index"
