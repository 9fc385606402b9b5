"""Builds GraphiQL's page from explorer/, where Node is there and npm's registry can be reached.

`make explorer` runs this file by itself, before there is an environment, so it imports nothing of the project. It never
fails: without a build, the page loads from a CDN, and the next `make serve` tries again.
"""

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "explorer"
SOURCES = ("src", "examples", "index.html", "vite.config.js", "vite.plugins.js", "package-lock.json")
PROBE = ("view", "graphiql", "version", "--silent", "--fetch-retries=0", "--fetch-timeout=4000")
PROBE_SECONDS = 5.0
"""How long the start waits for a registry that does not answer."""
INSTALL = ("ci", "--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=60000")
MAX_LINES = 5


def build(folder: Path = FOLDER) -> str:
    """Build the page unless it is current, and say what was done about it."""
    if is_current(folder):
        return ""
    until_then = "the page of the last build is served" if (folder / "dist").is_dir() else "its page loads from a CDN"
    if shutil.which("npm") is None:
        return f"Node is not there: {until_then}."
    if not is_installed(folder) and not reaches_registry():
        return f"npm's registry cannot be reached: a later 'make serve' builds GraphiQL, until then {until_then}."
    say("Building GraphiQL …")
    new = folder / "dist.new"
    steps = [] if is_installed(folder) else [INSTALL]
    for step in (*steps, ("run", "--silent", "build", "--", "--outDir", new.name, "--emptyOutDir")):
        done = subprocess.run(("npm", *step), cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(new, ignore_errors=True)
            why = "\n".join((done.stderr or done.stdout).strip().splitlines()[-MAX_LINES:])
            return f"{why}\nGraphiQL could not be built: a later 'make serve' tries again, until then {until_then}."
    old = folder / "dist.old"
    shutil.rmtree(old, ignore_errors=True)
    if (folder / "dist").is_dir():
        (folder / "dist").rename(old)
    new.rename(folder / "dist")  # last, so that a page is there as a whole or not at all
    shutil.rmtree(old, ignore_errors=True)
    return ""


def say(sentence: str) -> None:
    """Print it before what takes time begins."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def is_current(folder: Path) -> bool:
    """Whether nothing has changed since the page was built."""
    built = folder / "dist" / "index.html"
    return built.is_file() and built.stat().st_mtime >= max(map(_changed, _files(folder)))


def is_installed(folder: Path) -> bool:
    """Whether the packages are there: npm writes the list of them last."""
    installed = folder / "node_modules" / ".package-lock.json"
    return installed.is_file() and _changed(installed) >= _changed(folder / "package-lock.json")


def reaches_registry() -> bool:
    """Whether npm gets an answer from its registry in a few seconds."""
    try:
        return not subprocess.run(("npm", *PROBE), capture_output=True, timeout=PROBE_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        return False


def _files(folder: Path) -> list[Path]:
    return [file for name in SOURCES for file in (folder / name, *(folder / name).rglob("*")) if file.exists()]


def _changed(file: Path) -> float:
    return file.stat().st_mtime


if __name__ == "__main__":
    try:
        said = build(*map(Path, sys.argv[1:2]))
    except OSError as error:
        said = f"GraphiQL could not be built ({error.strerror}): its page loads from a CDN."
    if said:
        say(said)
