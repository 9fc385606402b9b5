"""Close a version: `make release VERSION=0.2.0`. What is released is then what later versions may not break."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+\.\d+")
UNRELEASED = re.compile(r"^## \[Unreleased\].*$", re.MULTILINE)
IN_PROJECT = re.compile(r'^version = "(.*)"$', re.MULTILINE)


def release(root: Path, version: str) -> None:
    """Date the changelog, set the version, and keep the schema as the released one. Exits with a sentence if it cannot."""
    project, changelog = root / "pyproject.toml", root / "CHANGELOG.md"
    text, log = project.read_text(), changelog.read_text()
    known = IN_PROJECT.search(text)
    if not VERSION.fullmatch(version):
        sys.exit(f"VERSION must have three numbers, such as 0.2.0, not {version!r}.")
    if known is None or not UNRELEASED.search(log):
        sys.exit("pyproject.toml needs a line `version = …`, and CHANGELOG.md a heading `## [Unreleased]`.")
    if f"## [{version}]" in log or _numbers(version) < _numbers(known[1]):
        sys.exit(f"VERSION must be greater than the last one, {known[1]}.")
    today = datetime.now(UTC).date()
    changelog.write_text(UNRELEASED.sub(f"## [Unreleased]\n\n## [{version}] - {today}", log, count=1))
    project.write_text(IN_PROJECT.sub(f'version = "{version}"', text, count=1))
    (root / "schema.released.graphql").write_text((root / "schema.graphql").read_text())
    sys.stdout.write(f"{version} is ready to be committed and tagged.\n")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


if __name__ == "__main__":
    release(Path(__file__).parent.parent, sys.argv[1] if len(sys.argv) > 1 else "")
