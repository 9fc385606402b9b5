"""Where worker processes keep their metrics."""

import sys
import tempfile
from pathlib import Path

import pytest

from transport.metrics import shared


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("memory", [Path("/dev/shm"), Path("/nowhere")])
def test_is_on_disk_where_memory_is_full_or_missing(memory: Path, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MEMORY", memory)
    monkeypatch.setattr(shared, "MIN_FREE_BYTES", sys.maxsize)
    with shared.made_folder() as folder:
        assert folder.parent == disk
    assert not folder.exists()


def test_is_in_memory_otherwise(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(shared, "MEMORY", memory)
    monkeypatch.setattr(shared, "MIN_FREE_BYTES", 0)
    with shared.made_folder() as folder:
        assert folder.parent == memory
