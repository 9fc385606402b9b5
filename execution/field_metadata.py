"""What a schema tells the executor about its fields, so that one batch serves many parents and reads no column in vain."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, Self, TypeAlias, TypeVar

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


class JoinedColumns(NamedTuple):
    """Columns of the row that a column of another row refers to, so that one statement can fetch both."""

    key: str
    """The column that refers to the row."""
    loader: Any
    """The family of loaders that finds the row by the key otherwise."""
    columns: "Columns"


Columns: TypeAlias = frozenset[str | JoinedColumns]
"""The columns that rows must have. Those of other rows are a wish, which a loader may ignore."""


class Loader(Protocol):
    """Finds values by key, for one request."""

    def load_batch(self, keys: list[Any]) -> Awaitable[dict[Any, Any]]:
        """Give the values of distinct keys, all of a level in one batch."""
        ...

    def with_columns(self, items: Columns) -> Self:
        """Give the loader whose values have only these items, and those that it needs itself."""
        ...

    def take(self, item: str, keys: list[Any], rows: list[Any]) -> None:
        """Remember the values of keys that were fetched together with rows, which refer to them by an item."""
        ...


@dataclass(frozen=True, slots=True)
class Edge:
    """A field whose value a loader finds by an item of the parent; where that is None, so is the field.

    `open` gives the request's loader for the request's context and the field's arguments, by their Python names.
    What several edges of one `family` need is asked for together.
    """

    key: str
    open: Callable[..., Loader]
    family: object = None
    joinable: frozenset[str] = frozenset()
    """The columns of the value that a statement for the parents can fetch, too, if no others are needed."""


@dataclass(frozen=True, slots=True)
class ListSize:
    """How many objects a field gives, for the limits on the cost and on the objects of an operation.

    Of a list it is how many items it has. Of a connection it is how many rows its page has: as many as those of its
    own lists have that say `PAGE_ROWS`. For a list that is unbounded it is what lists of its kind usually have.
    """

    default: int
    maximum: int | None = None
    arguments: tuple[str, ...] = ()
    """The arguments that say how many, or are a list of as many items. The first that is not null decides."""
    usual: int | None = None
    """What is counted where no argument is given, if lists are usually shorter than the default."""


PAGE_ROWS = ListSize(0)
ANY_LIST = ListSize(10)
"""The size of a list that declares none."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How the executor can find the values of a field other than by calling its resolver for one parent at a time.

    It must say the same as the resolver, which the reference executor calls.
    """

    edge: Edge | None = None
    """For a field whose value a loader finds by an item of the parent."""
    lookup: Callable[..., tuple[Any, Any]] | None = None
    """For a field of the root: gives the loader and the key of its value. No key means no value."""
    size: ListSize | None = None
    cost: int = 0
    """What one call of the field costs, in addition to the objects that it returns."""
    specialized: Callable[[str], Callable[[Any], Any]] | None = None
    """Makes, for the name of an object type, a faster function from the one item of the parent that is read to the value."""

    KEY: ClassVar[str] = "plan"
    """The plan's key in the `metadata` of a Strawberry field."""

    @classmethod
    def of(cls, field: Any) -> "FieldPlan":
        """Read the plan out of a Strawberry field; an empty one if it has none."""
        plan: FieldPlan = getattr(field, "metadata", {}).get(cls.KEY, NO_PLAN)
        return plan


NO_PLAN = FieldPlan()


def costs(cost: int, *, counted: bool = True) -> Callable[[C], C]:
    """Declare what an object of a type, and of its subclasses, costs instead of 1, and whether it counts as an object."""

    def declare(cls: C) -> C:
        cls.cost, cls.is_counted = cost, counted  # type: ignore[attr-defined]
        return cls

    return declare


def cached(seconds: int) -> Callable[[C], C]:
    """Declare for how many seconds what anonymous viewers see of objects of a type may be kept by caches."""

    def declare(cls: C) -> C:
        cls.max_age = seconds  # type: ignore[attr-defined]
        return cls

    return declare


class ColumnInfo(NamedTuple):
    """How an item of a source is read, and the type that its values are guaranteed to have.

    A class of sources can have these in `columns`, by the names of the items.
    """

    expression: str
    python_type: type | None
    nullable: bool


@dataclass(frozen=True, slots=True)
class FieldReads:
    """Which items of its parent a resolver reads."""

    items: frozenset[str] = frozenset()
    same_source: bool = False
    """Whether it returns the parent, or an object backed by it, so that the parent also needs what is selected on the result."""


def reads(*items: str, same_source: bool = False) -> Callable[[F], F]:
    """Declare which items of its parent a resolver reads. Without this, all columns are loaded."""

    def declare(resolver: F) -> F:
        resolver.reads = FieldReads(frozenset(items), same_source)  # type: ignore[attr-defined]
        return resolver

    return declare
