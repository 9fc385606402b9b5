"""A build that fails fails the tests of all workers, with its reason."""

from pathlib import Path
from typing import Any

import pytest

from tests.large import shared


def test_failure_is_told_to_all_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(url: str) -> Any:
        raise OSError("no space left")

    monkeypatch.setattr(shared, "build", build)
    with pytest.raises(OSError, match="no space left"), shared.served(tmp_path):
        pass
    with pytest.raises(RuntimeError, match="no space left"), shared.served(tmp_path):
        pass


def test_interrupted_build_is_told(tmp_path: Path) -> None:
    """The file is there while the database is built, and the lock goes with the process."""
    (tmp_path / "failure").write_text("the worker that built it has ended")
    with pytest.raises(RuntimeError, match="has ended"), shared.served(tmp_path):
        pass


async def test_a_server_is_shared_and_started_again(tmp_path: Path) -> None:
    (tmp_path / "built").touch()
    with shared.served(tmp_path) as url:
        assert shared._is_served(tmp_path / "server" / "lock")
    assert not shared._is_served(tmp_path / "server" / "lock")
    with shared.served(tmp_path) as again:
        assert again == url
