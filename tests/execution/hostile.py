"""The hostile schema: every shape that plans know, and every one that they must leave alone."""

import asyncio
from typing import Any

import strawberry
from graphql import GraphQLObjectType
from strawberry.schema.config import StrawberryConfig

from execution.executor import CompiledExecutor
from execution.plan_cache import PlanCache
from execution.plans import PlanOptions
from execution.readers import NativeScalar
from execution.strawberry_adapter import repair_introspection
from tests.execution import resolvers as r
from tests.execution import types as t
from tests.execution.loaders import opener
from tests.execution.sources import LISTS, OBJECTS, Promise, access, read
from tests.execution.types import Being, Person, Robot, Rock

RARE = {
    "where", "loud", "trusted", "coroutine", "promised", "ticks", "boom", "strictBoom", "slowBoom", "slowStrictBoom",
    "broken", "rootBoom", "strictRootBoom", "slowRootBoom", "slowStrictRootBoom", "strangeList", "strangePerson", "__schema", "__type",
    "strictBoss", "handed", "shyStrict", "asyncBoom", "strictFail", "fail", "lost", "owner", "waited", "strictWaited",
}  # fmt: skip
"""Fields that mostly end in an error or hand the operation back; random documents take them seldom."""

Ids = list[int]


@strawberry.type
class Query:
    @strawberry.field
    def person(self, info: r.Info, number: int = 1) -> Person | None:
        return info.context.row(number)

    @strawberry.field
    def strict_person(self, info: r.Info, number: int = 1) -> Person:
        return info.context.row(number)

    @strawberry.field
    def people(self, info: r.Info, numbers: Ids | None = None) -> list[Person]:
        return [info.context.row(number) for number in (numbers or (1, 2, 3, 4))]

    @strawberry.field
    def beings(self, info: r.Info, first: int = 4) -> list[Being | None] | None:
        return [info.context.row(number) for number in range(min(first, 6))]

    @strawberry.field
    async def slow_person(self, info: r.Info, number: int = 2, steps: int = 1) -> Person | None:
        info.context.timed = True
        for _ in range(min(steps, 3)):
            await asyncio.sleep(0)
        return info.context.row(number)

    @strawberry.field
    def stuff(self, info: r.Info) -> list[t.Stuff | None]:
        return [info.context.row(3), None, info.context.row(2), {"kind": "Rock", "weight": 1}]

    @strawberry.field
    def loaded(self, info: r.Info, number: int = 1) -> Person | None:
        return opener("one")(info.context).load(number)  # type: ignore[return-value]

    @strawberry.field
    def strange_person(self, number: int = 0) -> Person | None:
        return OBJECTS[number % len(OBJECTS)]()  # type: ignore[no-any-return]

    @strawberry.field
    def strange_list(self, number: int = 0) -> list[int | None] | None:
        return LISTS[number % len(LISTS)]()  # type: ignore[no-any-return]

    @strawberry.field
    def root_boom(self) -> int | None:
        raise RuntimeError("root boom")

    @strawberry.field
    def strict_root_boom(self) -> int:
        raise RuntimeError("strict root boom")

    @strawberry.field
    async def slow_root_boom(self, info: r.Info, steps: int = 1) -> int | None:
        info.context.timed = True
        for _ in range(min(steps, 3)):
            await asyncio.sleep(0)
        raise RuntimeError("slow root boom")

    @strawberry.field
    async def slow_strict_root_boom(self, info: r.Info, steps: int = 1) -> int:
        info.context.timed = True
        for _ in range(min(steps, 3)):
            await asyncio.sleep(0)
        raise RuntimeError("slow strict root boom")

    @strawberry.field
    def promised(self) -> str | None:
        return Promise("root")  # type: ignore[return-value]


@strawberry.type
class Done:
    count: int
    person: Person | None
    strict_person: Person


def done(info: r.Info, name: str, number: int) -> Any:
    info.context.log.append(f"{name} {number}")
    return {"count": len(info.context.log), "person": info.context.row(number), "strict_person": {"kind": "Person"}}


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self, info: r.Info, number: int = 1) -> Done | None:
        return done(info, "touch", number)  # type: ignore[no-any-return]

    @strawberry.mutation
    async def slow_touch(self, info: r.Info, number: int = 1) -> Done:
        info.context.timed = True
        await asyncio.sleep(0)
        return done(info, "slow", number)  # type: ignore[no-any-return]

    @strawberry.mutation
    async def fail(self, info: r.Info, number: int = 1) -> Done | None:
        done(info, "fail", number)
        raise RuntimeError(f"fail {number}")

    @strawberry.mutation
    def strict_fail(self, info: r.Info, number: int = 1) -> Done:
        done(info, "strict fail", number)
        raise RuntimeError(f"strict fail {number}")


def build() -> strawberry.Schema:
    """Build the schema, with plans of its own."""
    scalars = {
        t.Tag: strawberry.scalar(name="Tag", serialize=t.write_tag, parse_value=t.read_tag),
        t.Blob: strawberry.scalar(name="Blob", serialize=lambda value: value, parse_value=lambda value: value),
    }
    schema = strawberry.Schema(
        query=Query, mutation=Mutation, types=[Person, Robot, Rock],
        config=StrawberryConfig(default_resolver=read, scalar_map=scalars),
        execution_context_class=type("Executor", (CompiledExecutor,), {"plans": PlanCache(PlanOptions(access, {"Blob": NativeScalar(dict)}))}),
    )  # fmt: skip
    kinds: dict[str, Any] = schema._schema.type_map
    for kind in kinds.values():
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
    repair_introspection(schema._schema)
    kinds["Stuff"].resolve_type = Being.resolve_type
    return schema
