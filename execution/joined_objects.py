"""Objects that were fetched with those that refer to them, completed by the reader of the latter.

Nothing is loaded or looked up for them. Where one cannot be completed, the object that refers to it cannot either.
"""

from typing import TYPE_CHECKING, Any

from graphql import GraphQLNonNull

from execution.field_metadata import ColumnInfo
from execution.readers import FunctionBuilder

if TYPE_CHECKING:
    from execution.selections import Field, Selection

NO_ACCESSOR = ""
"""All items of joined objects are columns."""


def add_joined(builder: FunctionBuilder, field: "Field", of: type) -> bool:
    """Add the value of an edge to the reader for sources of a class, if they were fetched with all that it needs."""
    edge, joined = field.field_info.edge, _joined(field, of)
    if edge is None or joined is None:
        return False
    columns: dict[str, ColumnInfo] = getattr(of, "columns", {})
    key = columns[edge.key].expression
    _add(builder, field, joined, key, key.rpartition("[")[0])
    return True


def _joined(field: "Field", of: type) -> Any:
    """The class of the rows that were fetched with rows of a class as the values of an edge; None if something is missing."""
    edge = field.field_info.edge
    if edge is None or not edge.joinable or field.field_info.conditions or field.definition.args:
        return None
    joined = getattr(of, "joined", {}).get(edge.key)
    return joined if joined is not None and all(_has(joined, selection) for selection in field.below) else None


def _has(joined: Any, selection: "Selection") -> bool:
    """Whether a joined row has all that is selected of it."""
    fields = [field for field in selection.fields.values() if not isinstance(field, str)]
    return not selection.is_possible_type and all(
        _joined(field, joined) is not None
        if field.is_batched
        else field.is_column and field.field_info.item in joined.columns
        for field in fields
    )


def _add(builder: FunctionBuilder, field: "Field", joined: Any, key: str, record: str) -> None:
    inner, (selection,) = builder.nested(), field.below
    where = {name: f"{record}[{position}]" for name, position in joined.positions.items()}
    columns = {
        name: ColumnInfo(where[name], column.python_type, column.nullable) for name, column in joined.columns.items()
    }
    for name, below in selection.fields.items():
        if isinstance(below, str):
            inner.items.append(f"{name!r}: {below!r}")
        elif below.field_info.edge is not None:
            edge = below.field_info.edge.key
            _add(inner, below, joined.joined[edge], where[edge], record)
        else:
            below.compile(inner, NO_ACCESSOR, columns)
    builder.add_nested(field.name, inner, key, required=isinstance(field.definition.type, GraphQLNonNull))
