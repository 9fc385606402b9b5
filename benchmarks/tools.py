"""The programs that the benchmarks need besides Python: said at once, before anything is installed or built.

`make bench` runs this file by itself, so it imports nothing of the project.
"""

import shutil
import sys
from collections.abc import Iterable

NEEDED = {
    "wrk": "sends the load; Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk",
    "taskset": "keeps the servers on one core; Linux only, Debian and Ubuntu: apt-get install util-linux",
    "node": "runs PostGraphile and Mercurius; https://nodejs.org, or leave them out by --no-peers",
    "npm": "installs them; it comes with Node, or leave them out by --no-peers",
}
OF_PEERS = ("node", "npm")


def missing(names: Iterable[str]) -> list[str]:
    """Give a line for each program that is not there."""
    return [f"  {name}: {NEEDED[name]}" for name in names if shutil.which(name) is None]


def require(*, peers: bool) -> None:
    """End the command if a program is missing, and say which and what for."""
    found = missing(name for name in NEEDED if peers or name not in OF_PEERS)
    if found:
        sys.exit("\n".join(["The benchmarks need programs that are not installed:", *found]))


if __name__ == "__main__":
    require(peers="--no-peers" not in sys.argv)
