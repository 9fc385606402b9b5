"""The examples of GraphiQL, as its page reads them: a comment, an operation and its variables."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from graphql import DocumentNode, FieldNode, OperationDefinitionNode, parse

FOLDER = Path(__file__).parents[2] / "explorer" / "examples"


class Example(NamedTuple):
    """One file of `explorer/examples`, with the variables beside it."""

    name: str
    text: str
    variables: dict[str, Any]

    @property
    def persona(self) -> str:
        return self.mark("persona") or ""

    @property
    def error(self) -> str | None:
        """The code of the user error that it is there to show."""
        return self.mark("error")

    @property
    def again(self) -> str | None:
        """The code of the user error that it gives when it is run a second time."""
        return self.mark("again")

    @property
    def document(self) -> DocumentNode:
        return parse(self.text)

    @property
    def operation(self) -> OperationDefinitionNode:
        (operation,) = [one for one in self.document.definitions if isinstance(one, OperationDefinitionNode)]
        return operation

    @property
    def kind(self) -> str:
        return self.operation.operation.value

    @property
    def fields(self) -> set[str]:
        """The fields of the root type."""
        return {one.name.value for one in self.operation.selection_set.selections if isinstance(one, FieldNode)}

    def mark(self, name: str) -> str | None:
        found = re.search(rf"^# {name}: (\w+)$", self.text, re.MULTILINE)
        return found[1] if found else None


def _read(path: Path) -> Example:
    given = path.with_suffix(".json")
    return Example(path.stem, path.read_text(), json.loads(given.read_text()) if given.exists() else {})


EXAMPLES = [_read(path) for path in sorted(FOLDER.glob("*.graphql"))]
