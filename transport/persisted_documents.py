"""Finding the document of a request: its text, or what was registered under the id or hash that it names."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import structlog

from actions.manifests import MAX_ID_CHARS, SHA256
from errors import Code
from events.watches import Watches
from execution.documents import Documents, FormattedError
from transport.answers import REFUSED_COST, REQUEST_ERROR, RequestError
from transport.persisted_queries import PersistedQueries
from transport.request import PERSISTED_QUERY, Parameters
from transport.trusted_documents import CHANNEL, TrustedDocuments

VERSION = 1
NEGOTIATION_STATUS = 200
"""Of the two errors after which clients send the text: some read no other response."""
NEGOTIATION_COST = 10
"""What they cost: about a statement. A page of a new release may ask for some dozens of unknown hashes."""
NOT_FOUND = "PersistedQueryNotFound"
NOT_SUPPORTED = "PersistedQueryNotSupported"
NOT_REGISTERED = "document_not_registered"

log = structlog.get_logger("clientele")

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Source(NamedTuple):
    """The text of a request, and the cache by whose limits it is read."""

    text: str
    documents: Documents
    is_trusted: bool = False
    hash: str | None = None
    """Under which the text is to be registered once it is known to be valid."""
    is_unregistered: bool = False
    """Whether it is to be logged that nobody has registered it."""


class PersistedDocuments:
    """Finds documents in what an application has: texts of clients, their registered queries, and trusted documents.

    With `required`, nothing but trusted documents is found.
    """

    def __init__(
        self, documents: Documents, queries: PersistedQueries | None = None, trusted: TrustedDocuments | None = None,
        *, required: bool = False,
    ) -> None:  # fmt: skip
        self.documents = documents
        self.queries = queries
        self.trusted = trusted
        self._required = required
        self.outcomes = Counter({"trusted": 0, "unknown": 0})
        """Of requests where documents can be trusted."""

    def watch(self, watches: Watches) -> None:
        """Be told of changes of the trusted documents."""
        if self.trusted is not None:
            watches.add(CHANNEL, self.trusted.changed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the tables during the block."""
        if self.trusted is not None:
            await self.trusted.refresh()
            if not self.trusted:
                log.warning("no_documents_registered")
        following = [asyncio.create_task(one.run()) for one in (self.queries, self.trusted) if one is not None]
        try:
            yield
        finally:
            for task in following:
                task.cancel()

    async def find(self, parameters: Parameters) -> Source:
        """Find the document of a request; raises `RequestError`, and `Unavailable` if it cannot be looked up."""
        text = parameters.query
        extension = parameters.extensions.get(PERSISTED_QUERY) if parameters.extensions else None
        if text and extension is None and self.trusted is None:
            return Source(text, self.documents)
        hash = None if extension is None else _hash(extension)
        if text and hash is not None and not self._fits(hash, text):
            message = "The SHA-256 in extensions.persistedQuery is not that of `query`."
            raise _refused(Code.BAD_USER_INPUT, message, "persisted_query_hash")
        id = parameters.document_id or hash
        if self.trusted is not None:
            known = self._find_trusted(self.trusted, text, id)
            if known is None and (self._required or not text) and await self.trusted.refresh():
                known = self._find_trusted(self.trusted, text, id)
            self.outcomes["unknown" if known is None else "trusted"] += 1
            if known is not None:
                return Source(known, self.trusted.documents, is_trusted=True)
            if self._required and not parameters.any_document:
                raise _not_registered()
        is_unregistered = self.trusted is not None and not parameters.any_document
        if text:
            registers = hash is not None and self.queries is not None and self.queries.wants(hash)
            return Source(text, self.documents, False, hash if registers else None, is_unregistered)
        if id is None:
            return Source(text, self.documents)
        source = await self._named(id, is_hash=parameters.document_id is None)
        return source._replace(is_unregistered=is_unregistered)

    @staticmethod
    def _find_trusted(trusted: TrustedDocuments, text: str, id: str | None) -> str | None:
        return trusted.by_text(text) if text else None if id is None else trusted.by_id(id)

    def _fits(self, hash: str, text: str) -> bool:
        """Whether a text has this SHA-256, or this id in a manifest."""
        known = None if self.queries is None else self.queries.known(hash)
        known = known if known is not None or self.trusted is None else self.trusted.by_id(hash)
        return known == text or sha256(text.encode()).hexdigest() == hash

    async def _named(self, id: str, *, is_hash: bool) -> Source:
        """What clients have registered. Ids that are digests are found there, too."""
        hash = id.removeprefix(SHA256)
        if self.queries is not None and (is_hash or id is not hash) and _DIGEST.fullmatch(hash):
            text = await self.queries.get(hash)
            if text is not None:
                return Source(text, self.documents)
        if self.queries is None and self.trusted is None:
            raise _refused(Code.PERSISTED_QUERY_NOT_SUPPORTED, NOT_SUPPORTED, None, NEGOTIATION_STATUS)
        if is_hash:
            raise _refused(Code.PERSISTED_QUERY_NOT_FOUND, NOT_FOUND, None, NEGOTIATION_STATUS)
        message = "No document is registered under this id. Send the text in `query`, or register the document."
        raise _refused(Code.PERSISTED_QUERY_NOT_FOUND, message, NOT_REGISTERED)


def _hash(extension: Any) -> str:
    """Read `extensions.persistedQuery`. Manifests may have ids that are no SHA-256, which clients send as such."""
    if type(extension) is not dict or extension.get("version") != VERSION:
        message = "extensions.persistedQuery must be an object with version 1 and sha256Hash."
        raise _refused(Code.BAD_USER_INPUT, message, "persisted_query_version")
    hash = extension.get("sha256Hash")
    if type(hash) is not str or not 0 < len(hash) <= MAX_ID_CHARS:
        message = "extensions.persistedQuery.sha256Hash must be the SHA-256 of the text in 64 hexadecimal digits."
        raise _refused(Code.BAD_USER_INPUT, message, "persisted_query_hash")
    return hash


def _not_registered() -> RequestError:
    message = "Only registered documents are executed here, and this is none of them."
    return _refused(Code.FORBIDDEN, message, NOT_REGISTERED)


def _refused(code: Code, message: str, reason: str | None, status: int = REQUEST_ERROR) -> RequestError:
    points = REFUSED_COST if status == REQUEST_ERROR else NEGOTIATION_COST
    extensions: dict[str, Any] = {"code": code, "retryable": code.retryable}
    if reason is not None:
        extensions["reason"] = reason
    found: FormattedError = {"message": message, "extensions": extensions}
    return RequestError([found], status, points)
