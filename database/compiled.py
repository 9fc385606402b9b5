"""Statements of transactions: built with SQLAlchemy, compiled once, run by asyncpg."""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import JSON, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.sqltypes import NumericCommon
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.util import LRUCache
from sqlmodel.sql.expression import SelectOfScalar

from database.statements import DIALECT

T = TypeVar("T")
Convert = Callable[[Any], Any]
NO_PARAMETERS: Mapping[str, Any] = {}
CACHED_FORMS = 500


class Result(Generic[T]):
    """What a statement gave: rows as named tuples, or single values for a `select()` of SQLModel with one column."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[T], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount
        """How many rows it gave or changed."""

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows)

    def all(self) -> Sequence[T]:
        """All rows."""
        return self._rows

    def first(self) -> T | None:
        """The first row, if there is one."""
        return self._rows[0] if self._rows else None

    def one(self) -> T:
        """The only row."""
        (row,) = self._rows
        return row

    def one_or_none(self) -> T | None:
        """The only row, if there is one."""
        return self.one() if self._rows else None

    def scalars(self) -> list[Any]:
        """The first column of all rows."""
        rows: Sequence[Any] = self._rows
        return [row[0] for row in rows]

    def scalar(self) -> Any:
        """The first column of the first row, if there is one."""
        row: Any = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        row: Any = self.one()
        return row[0]


class Form:
    """The SQL of statements that differ in their values alone, and what converts values for the driver and from it."""

    __slots__ = ("_compiled", "_convert_row", "_values", "gives_rows", "sql")

    def __init__(self, compiled: SQLCompiler, *, scalars: bool) -> None:
        self._compiled = compiled
        processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - the dialect's own
        self.sql = compiled.string
        self._values = [(name, processors.get(name)) for name in compiled.positiontup or ()]
        columns = compiled._result_columns  # noqa: SLF001 - as above
        self.gives_rows = bool(columns) or compiled.isplaintext
        if scalars and len(columns) != 1:
            message = "select columns: there are no entities in transactions"
            raise TypeError(message)
        converters = [_converter(column.type) for column in columns]
        self._convert_row = _row_converter(tuple(str(column.keyname) for column in columns), converters, scalar=scalars)

    def parameters(self, given: Mapping[str, Any], key: Any = None, *, check: bool = True) -> dict[str, Any]:
        """The values of one of the statements by name, with the defaults of columns that it leaves out."""
        compiled = self._compiled
        found = dict(
            compiled.construct_params(
                given or None,
                extracted_parameters=key and key.bindparams,
                escape_names=False,
                _check=check,
                _collected_params=key and key.params,
            )
        )
        for column, default in _defaults(compiled):
            name = compiled._within_exec_param_key_getter(column)  # noqa: SLF001 - as above
            found[name] = default.arg if default.is_scalar else default.arg(None)
        return found

    def bind(self, parameters: Mapping[str, Any]) -> "Bound":
        """Give what is sent."""
        if self._compiled.post_compile_params and self.sql is self._compiled.string:
            return self._expand(parameters)
        values = [parameters[name] if convert is None else convert(parameters[name]) for name, convert in self._values]
        return Bound(self, self.sql, values)

    def _expand(self, parameters: Mapping[str, Any]) -> "Bound":
        """Write one placeholder for each value of an IN."""
        found, values = self._expanded(dict(parameters))
        given = {**parameters, **found.parameters}
        return Bound(self, found.statement, [_convert(given[name], convert) for name, convert in values])

    def _expanded(self, parameters: dict[str, Any]) -> tuple[Any, list[tuple[str, Any]]]:
        """Give SQLAlchemy's expansion for these values, and the names of all placeholders with what converts them."""
        found = self._compiled._process_parameters_for_postcompile(parameters)  # noqa: SLF001 - as above
        processors: dict[str, Any] = {**self._compiled._bind_processors, **found.processors}  # noqa: SLF001 - as above
        return found, [(name, processors.get(name)) for name in found.positiontup or ()]

    def expand_once(self, fixed: dict[str, Any]) -> None:
        """Write the placeholders of each IN, whose values are always the same."""
        if not self._compiled.post_compile_params:
            return
        names = set(self._compiled.bind_names.values())
        found, self._values = self._expanded(dict.fromkeys(names) | fixed)
        self.sql = found.statement
        fixed |= {name: found.parameters[name] for name, _ in self._values if name not in names}

    def result(self, records: Sequence[Any]) -> Result[Any]:
        """Convert what the driver gave."""
        convert = self._convert_row
        if convert is None:  # the columns of a text are known when it has been run
            make = _row_type(tuple(records[0].keys()))._make if records else tuple
            return Result([make(record) for record in records], len(records))
        return Result([convert(record) for record in records], len(records))


class Bound(NamedTuple):
    """A statement with its values, as the driver takes them."""

    form: Form
    sql: str
    values: list[Any]


class Compiled:
    """A statement that is made once, when a module is imported, and compiled when it is first run.

    What differs each time are `bindparam`s of it. One that is built for each run has to be compared with those
    compiled before, which takes longer than many of them take PostgreSQL.
    """

    __slots__ = ("_fixed", "_form", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._form: Form | None = None
        self._fixed: dict[str, Any] = {}

    def bind(self, given: Mapping[str, Any]) -> Bound:
        """Give what is sent."""
        form = self._form
        if form is None:
            form = self._compile()
        return form.bind({**self._fixed, **given} if self._fixed else given)

    def _compile(self) -> Form:
        compiled = _compile(self._statement)
        form = Form(compiled, scalars=isinstance(self._statement, SelectOfScalar))
        for column, default in _defaults(compiled):
            if not default.is_scalar:
                message = f"a default of {column} is made for each run: give its value"
                raise TypeError(message)
        required = {bind.key for bind in compiled.bind_names if bind.required}
        known = form.parameters({}, check=False)
        self._fixed = {name: value for name, value in known.items() if name not in required}
        if not any(bind.required for bind in compiled.post_compile_params):
            form.expand_once(self._fixed)
        self._form = form
        return form


_forms: Any = LRUCache(CACHED_FORMS)


def bind(statement: Executable | Compiled, given: Mapping[str, Any] = NO_PARAMETERS) -> Bound:
    """Give what is sent for a statement. One that was built anew is recognized by its structure."""
    if isinstance(statement, Compiled):
        return statement.bind(given)
    element: Any = statement
    key = element._generate_cache_key()  # noqa: SLF001 - what SQLAlchemy's engine does
    if key is None:
        form = Form(_compile(statement), scalars=isinstance(statement, SelectOfScalar))
        return form.bind(form.parameters(given))
    form = _forms.get(key.key)
    if form is None:
        form = _forms[key.key] = Form(_compile(statement, key), scalars=isinstance(statement, SelectOfScalar))
    return form.bind(form.parameters(given, key))


def _compile(statement: Executable, key: Any = None) -> SQLCompiler:
    element: Any = statement
    return element.compile(dialect=DIALECT, **({} if key is None else {"cache_key": key}))  # type: ignore[no-any-return]


def _defaults(compiled: SQLCompiler) -> Iterator[tuple[Any, Any]]:
    """The columns that an INSERT or UPDATE leaves out and Python fills in, with their defaults."""
    for column in compiled.insert_prefetch:
        yield column, column.default
    for column in () if compiled.insert_prefetch else compiled.update_prefetch:
        yield column, column.onupdate


def _convert(value: Any, convert: Convert | None) -> Any:
    return value if convert is None else convert(value)


def _converter(kind: TypeEngine[Any]) -> Convert | None:
    """Give what makes a value of a type out of what asyncpg gives, which knows all but words of enums and JSON."""
    if isinstance(kind, JSON):
        return _load
    if isinstance(kind, NumericCommon):
        return None
    convert: Convert | None = kind._cached_result_processor(DIALECT, None)  # noqa: SLF001 - the dialect's own
    return convert


def _load(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def _row_converter(names: tuple[str, ...], converters: list[Convert | None], *, scalar: bool) -> Convert | None:
    """Give what makes a row out of a record; None where the columns are not known."""
    if not names:
        return None
    if scalar:
        (only,) = converters
        return _first if only is None else lambda record: only(record[0])
    make: Callable[[Iterable[Any]], Any] = _row_type(names)._make
    if not any(converters):
        return make
    return lambda record: make(map(_convert, record, converters))


def _first(record: Any) -> Any:
    return record[0]


@lru_cache(maxsize=CACHED_FORMS)
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its names are not known before
