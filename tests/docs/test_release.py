"""Closing a version."""

from pathlib import Path
from shutil import copy

import pytest
from graphql import build_schema

from commands.release import release
from tests.architecture.project import ROOT

FILES = "pyproject.toml", "CHANGELOG.md", "schema.graphql"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_version_is_closed(root: Path) -> None:
    release(root, "7.0.0")
    log = (root / "CHANGELOG.md").read_text()
    assert log.index("## [Unreleased]\n\n## [7.0.0] - 20") < log.index("### Added")
    assert 'version = "7.0.0"' in (root / "pyproject.toml").read_text()
    assert (root / "schema.released.graphql").read_text() == (ROOT / "schema.graphql").read_text()


@pytest.mark.parametrize("version", ["", "7", "7.0", "7.0.0-rc1", "v7.0.0", "0.0.9"])
def test_a_version_that_cannot_be_is_refused(root: Path, version: str) -> None:
    before = [(root / name).read_text() for name in FILES]
    with pytest.raises(SystemExit, match="VERSION must"):
        release(root, version)
    assert [(root / name).read_text() for name in FILES] == before


def test_a_version_is_closed_once(root: Path) -> None:
    release(root, "7.0.0")
    with pytest.raises(SystemExit, match="greater"):
        release(root, "7.0.0")


@pytest.mark.parametrize("name", ["schema.graphql", "schema.released.graphql"])
def test_the_sdl_is_valid(name: str) -> None:
    build_schema((ROOT / name).read_text())
