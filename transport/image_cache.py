"""Images on disk, so that each is made once."""

import os
import threading
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

DIGEST_BYTES = 16
KEPT_SHARE = 0.8
"""How much of the limit is left when the oldest files have been removed."""


class Image(NamedTuple):
    """An image and the digest of its bytes."""

    digest: str
    content: bytes


class ImageCache:
    """A folder of at most `most_bytes`. Its methods read and write files: call them in a thread.

    A file begins with the digest of the rest, so that one that was damaged or cut off counts as missing.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None
        """How large all files are; None until they have been counted."""

    def read(self, key: str) -> Image | None:
        """Give an image, if it is there and whole."""
        try:
            stored = self._file(key).read_bytes()
        except OSError:
            return None
        digest, content = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
        return Image(digest.hex(), content) if content and digest == _digest(content) else None

    def write(self, key: str, content: bytes) -> Image:
        """Store an image under its name at once, or not at all; raises OSError."""
        digest = _digest(content)
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{uuid4().hex}.tmp"
        try:
            unfinished.write_bytes(digest + content)
            unfinished.replace(self._file(key))
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        self._count(DIGEST_BYTES + len(content))
        return image(content)

    def _file(self, key: str) -> Path:
        return self._folder / f"{blake2b(key.encode(), digest_size=DIGEST_BYTES).hexdigest()}.webp"

    def _count(self, size: int) -> None:
        """Count a new file, and remove the oldest ones if all are too large."""
        with self._lock:
            if self._bytes is not None:
                self._bytes += size
            if self._bytes is None or self._bytes > self._most_bytes:
                self._bytes = self._remove_oldest()

    def _remove_oldest(self) -> int:
        """Keep to the limit; gives how large the files are that stay. What a crash has left unfinished goes as well."""
        files: list[tuple[float, int, str]] = []
        for entry in os.scandir(self._folder):
            with suppress(OSError):  # another process removes files, too
                facts = entry.stat()
                files.append((facts.st_mtime, facts.st_size, entry.path))
        total = sum(size for _, size, _ in files)
        limit = self._most_bytes if total <= self._most_bytes else self._most_bytes * KEPT_SHARE
        for _, size, path in sorted(files):
            if total <= limit:
                break
            with suppress(OSError):
                Path(path).unlink()
            total -= size
        return total


def image(content: bytes) -> Image:
    """Give an image with its digest."""
    return Image(_digest(content).hex(), content)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST_BYTES).digest()
