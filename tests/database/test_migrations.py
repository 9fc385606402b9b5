"""Which migration is the newest."""

from pathlib import Path

import pytest

import migrations


def write(folder: Path, file: str, revision: str, earlier: str | None) -> None:
    (folder / file).write_text(f"revision = {revision!r}\ndown_revision = {earlier!r}\n")


def test_the_newest_revision_is_not_always_in_the_file_with_the_latest_date(tmp_path: Path) -> None:
    write(tmp_path, "20260101_first.py", "0001", None)
    write(tmp_path, "20260303_second.py", "0002", "0001")
    write(tmp_path, "20260202_third.py", "0003", "0002")
    assert migrations.heads(tmp_path) == ["0003"]


@pytest.mark.parametrize("earlier", ["0001", None])
def test_two_heads_are_both_named(tmp_path: Path, earlier: str | None) -> None:
    write(tmp_path, "20260101_first.py", "0001", None)
    write(tmp_path, "20260202_second.py", "0002", "0001")
    write(tmp_path, "20260303_third.py", "0003", earlier)
    assert migrations.heads(tmp_path) == ["0002", "0003"]
