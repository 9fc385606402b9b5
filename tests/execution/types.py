"""Types of the hostile schema: nothing of them is of any domain."""

from typing import Annotated, Any, NewType, Optional

import strawberry

from execution.field_metadata import Edge, FieldPlan
from tests.execution import resolvers as r
from tests.execution.loaders import opener
from tests.execution.sources import Mood, read

Tag = NewType("Tag", str)
Blob = NewType("Blob", object)
Stuff = Annotated["Person | Robot | Rock", strawberry.union("Stuff")]
MaybePerson = Optional["Person"]
MaybeBeing = Optional["Being"]


def write_tag(value: Any) -> str | None:
    """Refuse what is not text; say nothing for an empty one."""
    if not isinstance(value, str):
        raise TypeError(f"not a tag: {type(value).__name__}")
    return value.upper() or None


def read_tag(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 5:
        raise ValueError("not a tag")
    return value.lower()


def edge(key: str, loader: str, *, extensions: Any = ()) -> Any:
    """A field that a loader finds by an item of the parent."""
    open_ = opener(loader)

    def resolve(row: r.Row, info: r.Info) -> Any:
        value = read(row, key)
        return None if value is None else open_(info.context).load(value)

    return strawberry.field(
        resolver=resolve, metadata={FieldPlan.KEY: FieldPlan(Edge(key, open_, loader))}, extensions=list(extensions)
    )


def page() -> Any:
    open_ = opener("page")

    def resolve(row: r.Row, info: r.Info, first: int = 2, mood: Mood | None = None) -> Any:
        key = read(row, "strict_name")
        return None if key is None else open_(info.context, first=first, mood=mood).load(key)

    return strawberry.field(resolver=resolve, metadata={FieldPlan.KEY: FieldPlan(Edge("strict_name", open_, "page"))})


def field(resolver: Any, **options: Any) -> Any:
    return strawberry.field(resolver=resolver, **options)


@strawberry.interface
class Being:
    id: strawberry.ID
    name: str | None
    strict_name: str
    friend: MaybeBeing
    greeting: str | None = field(r.greeting)
    boss: MaybePerson = edge("boss_id", "one")
    stuff: list[Stuff | None] | None

    @classmethod
    def resolve_type(cls, row: Any, _info: Any, _type: Any) -> Any:
        return read(row, "kind")

    @classmethod
    def is_type_of(cls, _row: Any, _info: Any) -> bool:
        return True


@strawberry.type
class Page:
    nodes: list["Person"]
    first: int
    mood: Mood | None
    key: strawberry.ID


@strawberry.type
class Person(Being):
    age: int | None
    strict_age: int
    height: float | None
    alive: bool | None
    mood: Mood | None
    tag: Tag | None
    blob: Blob | None
    numbers: list[int | None] | None
    strict_numbers: list[int]
    grid: list[list[int | None] | None] | None
    strict_grid: list[list[int]]
    tags: list[Tag | None] | None
    strict_friend: Being
    friends: list[MaybeBeing] | None
    strict_friends: list["Person"]
    twin: MaybePerson
    wished: str = field(r.wished)
    mooded: str = field(r.mooded)
    looks: str = field(r.looks)
    where: str = field(r.where)
    code: str = strawberry.field(resolver=r.code, metadata={FieldPlan.KEY: FieldPlan(specialized=r.coder)})
    selected: MaybePerson = field(r.selected)
    speak: str = field(r.speak)
    voice: str = field(r.voice)
    boom: str | None = field(r.boom)
    strict_boom: str = field(r.boom)
    handed: MaybePerson = field(r.returns_exception)
    promised: str | None = field(r.promised)
    coroutine: str | None = field(r.coroutine)
    slow: int | None = field(r.slow)
    slow_boom: int | None = field(r.slow_boom)
    slow_strict_boom: int = field(r.slow_boom)
    waited: int | None = field(r.waited)
    strict_waited: int = field(r.waited)
    slow_friend: MaybeBeing = field(r.slow_friend)
    slow_friends: list["Person"] | None = field(r.slow_friends)
    ticks: list[int] = field(r.ticks)
    loud: str | None = field(r.greeting, extensions=[r.Loud()])
    trusted: str | None = field(r.greeting, permission_classes=[r.Trusted])
    shy: str | None = field(r.greeting, extensions=[r.Shy(1)])
    shy_strict: str = field(r.mooded, extensions=[r.Shy(1)])
    shyest: int | None = field(r.slow, extensions=[r.Shy(1), r.Shy(2)])
    shy_boss: MaybePerson = edge("boss_id", "one", extensions=[r.Shy(2)])
    shyer_boss: MaybePerson = edge("boss_id", "one", extensions=[r.Shy(1)])
    strict_boss: "Person" = edge("boss_id", "one")
    lost: MaybeBeing = edge("boss_id", "failing")
    broken: MaybePerson = edge("boss_id", "broken")
    crew: list["Person"] = edge("strict_name", "crew")
    page: Page | None = page()


@strawberry.type
class Robot(Being):
    mood: Mood | None
    strict_age: int
    owner: MaybePerson = edge("boss_id", "failing")
    makers: list[Being] = edge("strict_name", "crew")
    slow: int | None = field(r.slow)


@strawberry.type
class Rock:
    weight: int | None
    kind: str | None
