"""Reading the manifests of documents that build tools of front ends write, and checking what is in them.

graphql-codegen and Relay write an object of texts by ids; Apollo writes a list of operations with a header.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from graphql import OperationDefinitionNode

from execution.documents import Document, Documents

MAX_ID_CHARS = 200
SHA256 = "sha256:"
"""What the ids of GraphQL over HTTP begin with that are digests of the text."""
APOLLO_FORMAT = "apollo-persisted-query-manifest"
FORMS = (
    "A manifest is an object of documents by their ids, as graphql-codegen and Relay write it, "
    "or what Apollo's generate-persisted-query-manifest writes."
)

_ID = re.compile(rf"[!-~]{{1,{MAX_ID_CHARS}}}")


class ManifestUnreadable(Exception):
    """Why a file is no manifest, in a sentence."""


class Checked(NamedTuple):
    """What was found in documents."""

    problems: dict[str, list[str]]
    """By the ids of documents, a line for each: the id, the line and the column, and what is wrong."""
    names: dict[str, str]
    """Of the first operation of each document; empty for those without one."""


def read(content: bytes) -> dict[str, str]:
    """Read a manifest: texts by ids. Raises `ManifestUnreadable`."""
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        message = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise ManifestUnreadable(message) from None
    except UnicodeDecodeError:
        raise ManifestUnreadable("This is not text in UTF-8.") from None
    except RecursionError:
        raise ManifestUnreadable(FORMS) from None
    if type(found) is not dict:
        raise ManifestUnreadable(FORMS)
    documents = _apollo(found) if "format" in found and type(found.get("operations")) is list else found
    if not documents:
        raise ManifestUnreadable("There is no document in this manifest.")
    for id, text in documents.items():
        if not _ID.fullmatch(id):
            message = f"{id[:MAX_ID_CHARS]!r} is no id: 1 to {MAX_ID_CHARS} ASCII characters without spaces."
            raise ManifestUnreadable(message)
        if type(text) is not str:
            message = f"The document {id} is not a text. {FORMS}"
            raise ManifestUnreadable(message)
        _require_storable(id, text)
    return documents


def _require_storable(id: str, text: str) -> None:
    try:
        digest = sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        digest = ""
    if not digest or "\0" in text:
        message = f"The document {id} has a character that no text can have."
        raise ManifestUnreadable(message)
    if id.startswith(SHA256) and id != SHA256 + digest:
        message = f"The id {id} is not the SHA-256 of its document."
        raise ManifestUnreadable(message)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            raise _Twice(key)
    return found


class _Twice(ManifestUnreadable):
    def __init__(self, id: str) -> None:
        super().__init__(f"{id[:MAX_ID_CHARS]!r} is there twice, with different values.")


def _apollo(manifest: Mapping[str, Any]) -> dict[str, Any]:
    if manifest["format"] != APOLLO_FORMAT or manifest.get("version") != 1:
        message = f"Of manifests with a `format`, only {APOLLO_FORMAT} of version 1 can be read."
        raise ManifestUnreadable(message)
    pairs = []
    for number, operation in enumerate(manifest["operations"], 1):
        if type(operation) is not dict or type(operation.get("id")) is not str or "body" not in operation:
            message = f"Operation {number} of the manifest has no `id` or no `body`."
            raise ManifestUnreadable(message)
        pairs.append((operation["id"], operation["body"]))
    return _unique(pairs)


def check(documents: Documents, texts: Mapping[str, str]) -> Checked:
    """Check documents as requests with them would be."""
    problems, names = {}, {}
    for id, text in texts.items():
        document = documents.get(text)
        names[id] = _name(document)
        if document.errors:
            problems[id] = [f"document {id}{_place(error)}: {error['message']}" for error in document.errors]
    return Checked(problems, names)


def _place(error: Mapping[str, Any]) -> str:
    places = error.get("locations")
    return f", line {places[0]['line']}, column {places[0]['column']}" if places else ""


def _name(document: Document) -> str:
    for node in document.ast.definitions if document.ast else ():
        if isinstance(node, OperationDefinitionNode):
            return node.name.value if node.name else ""
    return ""
