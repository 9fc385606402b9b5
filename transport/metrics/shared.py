"""Where worker processes keep their metrics, so that each of them can answer with the sums of all.

prometheus_client keeps counters and histograms in files that are mapped into memory. A file belongs to the number of a
worker and not to its process id: the process that takes the place of one that has died counts on from what it left,
so that no sum goes back and no files pile up.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket
from typing import NamedTuple

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "clientele-metrics-"
LOCK = "lock"
MEMORY = Path("/dev/shm")  # noqa: S108 - made by mkdtemp, for this user only
"""Preferred to a disk, which is rather full: writing to a mapped file where there is no room kills the process."""
MIN_FREE_BYTES = 32 * 1024 * 1024
"""What must be free there: containers have 64 MiB of it, which others may have filled."""


class Worker(NamedTuple):
    """What a worker process knows of where metrics are kept."""

    number: int
    folder: Path
    socket: socket | None
    """Bound to METRICS_PORT, if there is one."""

    def counted(self, label: str) -> set[str]:
        """Give the values that a label has in the counters of this number."""
        from prometheus_client.mmap_dict import MmapedDict

        file = str(self.folder / f"counter_{self.number}.db")
        try:
            samples = [*MmapedDict.read_all_values_from_file(file)]  # type: ignore[no-untyped-call]
        except FileNotFoundError:
            return set()
        labels = (json.loads(key)[2] for key, *_ in samples)
        return {found[label] for found in labels if label in found}


_workers: list[Worker] = []


def find_worker() -> Worker | None:
    """Tell where metrics are kept, if this is one of several processes."""
    return _workers[-1] if _workers else None


def join(number: int, folder: Path, socket: socket | None) -> None:
    """Keep what this process counts from now on as that of worker `number`."""
    os.environ[VARIABLE] = str(folder)
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    _workers.append(Worker(number, folder, socket))


def leave(number: int, folder: Path) -> None:
    """Remove the gauges of a worker that has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]


@contextmanager
def made_folder() -> Iterator[Path]:
    """Make the folder for as long as the block runs, and remove those of processes that were killed."""
    disk = Path(tempfile.gettempdir())
    for left in {*MEMORY.glob(f"{PREFIX}*"), *disk.glob(f"{PREFIX}*")}:
        _remove_unless_locked(left)
    parent = MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MIN_FREE_BYTES else disk
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def _remove_unless_locked(folder: Path) -> None:
    # It may be that of another user, or have gone meanwhile, or its processes run.
    with suppress(OSError), (folder / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
