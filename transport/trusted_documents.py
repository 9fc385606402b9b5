"""The documents that `server.py documents import` has registered, all of them in the memory of each process.

A trigger notifies the processes of changes, through the connection of the listener. While it is not known whether
notifications arrive, the table is looked at every POLL_SECONDS.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

import structlog

import errors
from actions import trusted_documents
from actions.manifests import SHA256
from context import Resources
from execution.documents import Documents
from execution.measure import DocumentLimits

CHANNEL = "clientele_trusted_documents"
POLL_SECONDS = 10.0
RETRY_SECONDS = 1.0
READ_AT_ONCE = 200
"""How many texts are read by one statement."""
LIMITS = DocumentLimits(
    characters=200_000, tokens=20_000, comments=2_000, operations=50, fragments=500, depth=30, aliases=1_000,
    root_fields=200, mutation_root_fields=20, directives=1_000, fields=20_000, repeats=1_000, list_items=1_000,
    comparisons=100_000,
)  # fmt: skip
"""The limits of documents that the shop has registered itself. What they cost is limited as for all others."""

log = structlog.get_logger("clientele")


class TrustedDocuments:
    """The registered documents of one application. `documents` is the cache of what is read of their texts."""

    def __init__(self, documents: Documents, resources: Callable[[], Resources]) -> None:
        self.documents = documents
        self._resources = resources
        self._texts: dict[str, str] = {}
        self._versions: dict[str, datetime] = {}
        """When each was registered."""
        self._found: dict[str, str] = {}
        """Texts by all ids and digests that requests may have."""
        self._own: dict[str, str] = {}
        """Texts by themselves: the strings that have their hash already, which those of requests have not."""
        self._digests: dict[str, str] = {}
        self._is_stale = asyncio.Event()
        self._is_stale.set()
        self._reading = asyncio.Lock()
        self._failure: errors.Unavailable | None = None
        """Of the last attempt that failed."""

    def __len__(self) -> int:
        return len(self._texts)

    def by_id(self, id: str) -> str | None:
        """The text of a document by its id, or by the SHA-256 of its text."""
        return self._found.get(id)

    def by_text(self, text: str) -> str | None:
        """The same text, if it is that of a registered document."""
        return self._own.get(text)

    def changed(self, _payload: str = "") -> None:
        """Note that the table may have changed."""
        self._is_stale.set()

    async def refresh(self) -> bool:
        """Read what may have changed, or wait until it is read; says whether there was anything to read.

        Raises `Unavailable`.
        """
        if not self._is_stale.is_set() and not self._reading.locked():
            return False
        known = self._failure
        async with self._reading:
            if self._is_stale.is_set():
                failure = self._failure
                if failure is not None and failure is not known:  # of an attempt that others have waited for, too
                    raise errors.Unavailable(failure.message, reason=failure.reason)
                await self._read()
        return True

    async def run(self) -> None:
        """Follow the table until cancelled."""
        failed = False
        while True:
            try:
                await self.refresh()
                failed = False
            except Exception as error:  # noqa: BLE001 - without another attempt, no change would be noticed any more
                if not failed:
                    log.warning("trusted_documents_not_read", error=type(error).__qualname__)
                failed = True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._is_stale.wait()
            if not self._resources().listener.watches.is_current:
                self._is_stale.set()

    async def _read(self) -> None:
        self._is_stale.clear()  # first: what changes from now on is read once more
        reads = self._resources().database.reads(trusted_documents.MAX_DOCUMENTS * 3)
        try:
            versions = {row["id"]: row["imported_at"] for row in await reads.rows(trusted_documents.VERSIONS)}
            same = versions.items() & self._versions.items()  # an id may have been removed and registered anew
            texts = {id: self._texts[id] for id, _ in same}
            new = sorted(versions.keys() - texts.keys())
            for start in range(0, len(new), READ_AT_ONCE):
                for row in await reads.rows(trusted_documents.TEXTS, ids=new[start : start + READ_AT_ONCE]):
                    texts[row["id"]] = row["text"]
        except BaseException as error:
            self._is_stale.set()
            if isinstance(error, errors.Unavailable):
                self._failure = errors.Unavailable(error.message, reason=error.reason)
            raise
        finally:
            await reads.release()
        if versions != self._versions:
            self._versions = {id: versions[id] for id in texts}  # one may have been removed since the first statement
            self._use(texts)

    def _use(self, texts: dict[str, str]) -> None:
        own = {text: text for text in texts.values()}
        self._digests = {text: self._digests.get(text) or sha256(text.encode()).hexdigest() for text in own}
        found = {digest: text for text, digest in self._digests.items()}
        found |= {SHA256 + digest: text for digest, text in found.items()}
        self._texts, self._own = texts, own
        self._found = found | {id: own[text] for id, text in texts.items()}
