"""Texts of rows in the language of the request, as far as there are translations."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column

from database.statements import LANGUAGE, InLanguage
from models.languages import DEFAULT_LANGUAGE


def translated(row: Any, *texts: str) -> list[ColumnElement[Any]]:
    """The columns of a table that has translations, its `texts` in the language of the request.

    The translations themselves are left out; `language` is added, the language of the first text.
    """
    columns = [
        _text(row, column) if column.name in texts else column for column in row if column.name != "translations"
    ]
    return [*columns, _language(row, texts[0])]


def _text(row: Any, column: Any) -> ColumnElement[Any]:
    either = func.coalesce(translation(row, column.name), column)
    return InLanguage(column, either, nullable=column.nullable).label(column.name)


def _language(row: Any, text: str) -> ColumnElement[Any]:
    """The language that a text of a row is read in."""
    own = literal_column(f"'{DEFAULT_LANGUAGE}'", LANGUAGE.type)
    chosen = case((translation(row, text).is_not(None), LANGUAGE), else_=own)
    return InLanguage(own, chosen, nullable=False).label("language")


def translation(row: Any, text: str) -> Any:
    """A text of a row in the language of the request; null if there is no translation."""
    return row.translations.op("->")(LANGUAGE).op("->>")(literal_column(f"'{text}'"))
