"""C8, S2, W5, G1: every viewer, object, field and path, from the tables of the areas."""

import asyncio
import logging
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    ObjectTypeDefinitionNode,
    get_named_type,
    parse,
)  # fmt: skip
from structlog.testing import capture_logs

from auth.viewer import ANONYMOUS, Viewer
from database.engine import Database
from loaders.customers import CustomerById
from models.customers import Role
from policy.audiences import Bit
from schema.root import build
from tests.people import World
from tests.privacy.reads import CUSTOMER, Reading, blocks_and_requests, customers, faults, wishlists
from tests.privacy.rows import FIELDS, IMPERSONAL_TYPES, MUTATIONS, PERSONAL_EDGES, PERSONS, QUERIES, SUBSCRIPTIONS
from tests.privacy.table import AUDIENCES, VIEWERS, grants
from tests.privacy.world import CANARY, KINDS, SCHEMA, Scene, build_scene, may_meet, met

FRAMES = ("Connection", "Payload", "Error")
TYPES = {
    name: kind for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLObjectType) and name[:2] != "__"
}
LOOKERS = [*(name for name in VIEWERS if name != "self"), *(f"self: {kind}" for kind in KINDS)]


class Log(logging.Handler):
    """All that is said by the standard way of logging."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Readings(dict[str, list[Reading] | BaseException]):
    """What each viewer read, or how that failed, and what was logged meanwhile."""

    log: str

    def of(self, name: str) -> list[Reading]:
        found = self[name]
        if isinstance(found, BaseException):
            raise found
        return found


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    return await build_scene(world)


@pytest.fixture(scope="module")
async def readings(scene: Scene) -> Readings:
    """Everything that everybody reads, at the same time."""
    few = asyncio.Semaphore(6)  # as many as the pool has connections for, so that nobody waits too long

    async def read(name: str) -> list[Reading]:
        looker = scene.lookers[name]
        async with few:
            return [one for path in (customers, blocks_and_requests, wishlists) async for one in path(scene, looker)]

    log = Log()
    logging.root.addHandler(log)
    try:
        with capture_logs() as events:
            results = await asyncio.gather(*(read(name) for name in scene.lookers), return_exceptions=True)
    finally:
        logging.root.removeHandler(log)
    found = Readings(zip(scene.lookers, results, strict=True))
    found.log = "\n".join((*log.lines, *map(str, events)))
    return found


def reached(kind: GraphQLNamedType) -> str:
    """Give the name of the type of a field's rows."""
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    return get_named_type(kind.fields["nodes"].type).name if kind.name.endswith("Connection") else kind.name


class TestTable:
    """The table and the graph speak of the same types, fields and paths."""

    def test_every_type_has_a_row(self) -> None:
        rows = FIELDS.keys() | IMPERSONAL_TYPES | {"Query", "Mutation", "Subscription"}
        assert {name for name in TYPES if not name.endswith(FRAMES)} == rows

    @pytest.mark.parametrize("name", FIELDS)
    def test_every_field_has_a_row(self, name: str) -> None:
        frame = {"node", "cursor"} if name.endswith("Edge") else set()
        assert set(TYPES[name].fields) - frame == set(FIELDS[name])

    def test_connections_have_nothing_more(self) -> None:
        shapes = {frozenset(kind.fields): name for name, kind in TYPES.items() if name.endswith("Connection")}
        usual = frozenset({"edges", "nodes", "pageInfo", "totalCount"})
        assert shapes.keys() == {usual, usual | {"facets"}}
        assert shapes[usual | {"facets"}] == "ProductConnection", "products belong to no person"

    def test_every_root_field_has_a_row(self) -> None:
        assert set(TYPES["Query"].fields) == QUERIES
        assert set(TYPES["Mutation"].fields) == MUTATIONS
        assert set(TYPES["Subscription"].fields) == SUBSCRIPTIONS

    def test_every_way_to_a_person_has_a_row(self) -> None:
        ways = {
            f"{name}.{field}"
            for name, kind in TYPES.items()
            if not name.endswith(("Connection", "Edge"))
            for field, one in kind.fields.items()
            if isinstance(of := get_named_type(one.type), GraphQLObjectType | GraphQLInterfaceType)
            if reached(of) in PERSONS
        }
        assert ways == PERSONAL_EDGES

    def test_the_sdl_declares_the_same_audiences(self) -> None:
        for kind in parse(build().as_str()).definitions:
            if not isinstance(kind, ObjectTypeDefinitionNode):
                continue
            declared = {
                field.name.value: directive.arguments[0].value.value  # type: ignore[index,attr-defined]
                for field in kind.fields or ()
                for directive in field.directives or ()
                if directive.name.value == "audience"
            }
            table = FIELDS.get(kind.name.value, {})
            narrower = {field: of for field, of in table.items() if of in AUDIENCES and of != "CARD"}
            assert declared == narrower, kind.name.value


class TestReads:
    """Each viewer finds whom they may find on each path, and gets just the fields that are for them."""

    @pytest.mark.parametrize("name", LOOKERS)
    def test_each_viewer(self, name: str, scene: Scene, readings: Readings) -> None:
        looker = scene.lookers[name]
        found = [fault for reading in readings.of(name) for fault in faults(scene, looker, reading)]
        assert not found, f"{len(found)} faults:\n" + "\n".join(found[:25])

    def test_nobody_was_forgotten(self, readings: Readings) -> None:
        assert set(readings) == set(LOOKERS)
        paths = {name: {reading.path for reading in readings.of(name)} for name in readings}
        assert {len(found) for name, found in paths.items() if not name.startswith(("self", "anonymous"))} == {19}

    @pytest.mark.parametrize("name", LOOKERS)
    def test_private_words_and_hidden_keys_are_nowhere(self, name: str, scene: Scene, readings: Readings) -> None:
        looker, known = scene.lookers[name], scene.canaries.names
        found = [
            f"{name} meets the {known[word][1]} of {known[word][0]} by {reading.path}"
            for reading in readings.of(name)
            for word in met(reading.body.decode()) & known.keys()
            if not may_meet(looker, known[word], reading.path)
        ]
        assert not found, f"{len(found)} leaks:\n" + "\n".join(found[:25])

    def test_private_words_are_in_no_log(self, readings: Readings) -> None:
        assert not CANARY.findall(readings.log)

    def test_the_words_are_there_for_who_may_read_them(self, scene: Scene, readings: Readings) -> None:
        """Otherwise the tests above would hold for an empty graph."""
        words = {word for reading in readings.of("admin") for word in met(reading.body.decode())}
        missing = {pair[1] for word, pair in scene.canaries.names.items() if word not in words}
        assert missing == {"clerk_id", "clerk_profile", "share_token", "wishlist PRIVATE"}


class TestBits:
    """The column `audience` says the same, for those audiences, too, that no field has yet."""

    @pytest.mark.parametrize("name", LOOKERS)
    async def test_each_viewer(self, name: str, scene: Scene, database: Database) -> None:
        looker = scene.lookers[name]
        viewer = Viewer(looker.person.key, looker.row.role or Role.CUSTOMER) if looker.person else ANONYMOUS
        statement = CustomerById.statement(viewer.kind)
        given = {"viewer": viewer.id, "keys": [one.person.key for one in scene.objects]}
        rows = await database.pool.fetch(statement.sql, *statement.arguments(given))
        bits = {row["id"]: {bit.name for bit in Bit if row["audience"] & bit} for row in rows}
        for one in scene.objects:
            sight = looker.sight(one)
            expected = {bit.name for bit in Bit if grants(sight, one.switches, str(bit.name))} if sight else None
            assert bits.get(one.person.key) == expected, f"{name}, {one}"


class TestMutualFollowers:
    """S3: those whom the viewer follows are found among the followers of a third; who is hidden is not counted."""

    @pytest.mark.parametrize("name", ["follower", "blocked follower", "blocker follower", "stranger", "admin"])
    async def test_the_count_is_that_of_the_list(self, name: str, scene: Scene) -> None:
        query = "query ($id: ID!) { customer(id: $id) { relationship { mutualFollowersCount } mutualFollowers { totalCount } } }"
        found = (await scene.lookers[name].graph(query, id=scene.hub.id))["customer"]
        count = len(scene.objects) if name == "follower" else 0
        assert found == {"relationship": {"mutualFollowersCount": count}, "mutualFollowers": {"totalCount": count}}

    async def test_of_a_private_account_it_tells_nobody_who_follows_them(self, world: World) -> None:
        """C8: who follows just one person would learn from 0 or 1 whether that person follows the private account."""
        me, private, followed = await world.person(), await world.person(is_private=True), await world.person()
        await world.follow(me, followed)
        await world.follow(followed, private)
        query = "query ($id: ID!) { customer(id: $id) { relationship { mutualFollowersCount } } }"
        for shown, expected in ((True, 1), (False, None)):
            await world.execute("UPDATE customer SET show_followers = $2 WHERE id = $1", private.key, shown)
            found = await me.graph(query, id=private.id)
            assert found == {"customer": {"relationship": {"mutualFollowersCount": None}}}
            follower = await world.person()
            await world.follow(follower, followed)
            await world.follow(follower, private)
            found = await follower.graph(query, id=private.id)
            assert found == {"customer": {"relationship": {"mutualFollowersCount": expected}}}

    async def test_of_somebody_blocked_it_is_null(self, world: World) -> None:
        """S2: the card in the list of blocks has no more in its relationship than in itself."""
        me, them, followed = await world.person(), await world.person(), await world.person()
        await world.follow(me, followed)
        await world.follow(followed, them)
        await world.block(me, them)
        query = "{ viewer { blockedCustomers { nodes { relationship { mutualFollowersCount } followers { totalCount } } } } }"
        found = (await me.graph(query))["viewer"]["blockedCustomers"]["nodes"]
        assert found == [{"relationship": {"mutualFollowersCount": None}, "followers": None}]


class TestInterleaved:
    """Viewers who ask the same at the same time get what they get alone."""

    async def test_two_hundred_requests_of_two_viewers(self, scene: Scene) -> None:
        private = next(one for one in scene.objects if one.kind == "private").person.id
        query = f"query ($i: ID!) {{ customer(id: $i) {{ ...C }} }} {CUSTOMER}"

        in_flight = asyncio.Semaphore(30)  # more would wait for a connection longer than they may, on a busy machine

        async def ask(name: str) -> tuple[str, bytes]:
            async with in_flight:
                return name, (await scene.lookers[name].graph.send(query, i=private)).content

        names = ["follower", "stranger", "blocked", "anonymous", "admin"]
        alone: dict[str, Any] = dict([await ask(name) for name in names])
        assert len(set(alone.values())) == len(names)
        crowd = ["follower", "stranger"] * 80 + names * 8
        mixed = [(name, body) for name, body in await asyncio.gather(*map(ask, crowd)) if body != alone[name]]
        whose = {body: name for name, body in alone.items()}
        told = {f"{name} got {f'what is for {whose[body]}' if body in whose else body!r}" for name, body in mixed}
        assert not told
