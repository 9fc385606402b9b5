"""What `viewerCan…` of customers promises is what the mutations then do, however the two stand to each other."""

from collections.abc import Awaitable, Callable
from itertools import combinations
from typing import Any

import pytest

from execution import levels
from tests.graph import only
from tests.people import Person, World

CAN = {
    "followCustomer": "viewerCanFollow", "unfollowCustomer": "viewerCanUnfollow",
    "acceptFollowRequest": "viewerCanAcceptFollowRequest", "declineFollowRequest": "viewerCanDeclineFollowRequest",
    "removeFollower": "viewerCanRemoveFollower", "blockCustomer": "viewerCanBlock",
    "unblockCustomer": "viewerCanUnblock",
}  # fmt: skip
ALL = " ".join(CAN.values())
READ = f"query ($id: ID!) {{ customer(id: $id) {{ {ALL} }} }}"
FACTS: dict[str, Callable[[World, Person, Person], Awaitable[Any]]] = {
    "following": lambda world, me, them: world.follow(me, them),
    "followed": lambda world, me, them: world.follow(them, me),
    "requested": lambda world, me, them: world.ask(me, them),
    "asked": lambda world, me, them: world.ask(them, me),
    "blocking": lambda world, me, them: world.block(me, them),
    "blocked": lambda world, me, them: world.block(them, me),
}
KINDS = ({}, {"is_private": True}, {"show_profile": False, "is_private": True})
IMPOSSIBLE = ({"following", "requested"}, {"followed", "asked"})
"""A follow ends the request for it, and a block ends both."""
SETS = [
    frozenset(few)
    for size in range(3)
    for few in combinations(FACTS, size)
    if set(few) not in IMPOSSIBLE
    and (size < 2 or not {"blocking", "blocked"} & {*few} or {*few} == {"blocking", "blocked"})
]


async def edges(world: World, me: Person, them: Person) -> dict[str, Any]:
    """Every follow, request and block between two customers."""
    sql = """SELECT 'follow', follower_id FROM follow WHERE (follower_id, followee_id) IN (($1, $2), ($2, $1))
        UNION ALL SELECT 'request', requester_id FROM follow_request WHERE (requester_id, target_id) IN (($1, $2), ($2, $1))
        UNION ALL SELECT 'block', blocker_id FROM block WHERE (blocker_id, blocked_id) IN (($1, $2), ($2, $1))"""
    return set(map(tuple, await world.database.pool.fetch(sql, me.key, them.key)))  # type: ignore[return-value]


async def pair(world: World, facts: frozenset[str], role: str, kind: dict[str, Any]) -> tuple[Person, Person]:
    me, them = await world.person(role=role), await world.person(**kind)
    for fact in facts:
        await FACTS[fact](world, me, them)
    return me, them


class TestPromises:
    """S1, S2: what somebody can do to somebody else."""

    @pytest.mark.parametrize("verb", CAN)
    @pytest.mark.parametrize("role", ["CUSTOMER", "ADMIN"])
    async def test_however_they_stand(self, world: World, verb: str, role: str) -> None:
        wrong, seen = [], set()
        for kind in KINDS:
            for facts in SETS:
                me, them = await pair(world, facts, role, kind)
                found = (await me.graph(READ, id=them.id))["customer"]
                promised = None if found is None else found[CAN[verb]]
                before = await edges(world, me, them)
                payload = await me.graph.mutate(verb, "__typename", customerId=them.id)
                really = await edges(world, me, them) != before
                assert not (really and payload["userErrors"])
                seen.add((promised, really))
                # Who is hidden may still be named: one's own request and block can be taken back.
                if promised != really if promised is not None else really and not facts & {"requested", "blocking"}:
                    wrong.append(f"{kind} {sorted(facts)}: promised {promised}, did {really}")
        assert wrong == []
        assert len(seen) > 1

    async def test_of_who_was_blocked(self, world: World) -> None:
        """They are found among the viewer's blocks alone."""
        me, them = await pair(world, frozenset({"blocking"}), "CUSTOMER", {})
        query = f"{{ viewer {{ blockedCustomers {{ nodes {{ {ALL} }} }} }} }}"
        (card,) = (await me.graph(query))["viewer"]["blockedCustomers"]["nodes"]
        assert card == dict.fromkeys(CAN.values(), False) | {"viewerCanUnblock": True}
        payload = await me.graph.mutate("unblockCustomer", f"customer {{ {ALL} }}", customerId=them.id)
        possible = {"viewerCanFollow": True, "viewerCanBlock": True}
        assert payload["customer"] == dict.fromkeys(CAN.values(), False) | possible

    async def test_oneself_and_nobody(self, world: World) -> None:
        me = await world.person()
        nothing = dict.fromkeys(CAN.values(), False)
        assert (await me.graph(f"{{ viewer {{ {ALL} }} }}"))["viewer"] == nothing
        assert (await world.nobody(READ, id=me.id))["customer"] == nothing
        for verb in CAN:
            assert only(await me.graph.mutate(verb, "__typename", customerId=me.id)) == "InvalidInputError"
            assert only(await world.nobody.mutate(verb, "__typename", customerId=me.id)) == "SignedOutError"


class TestManyAndAlone:
    """All of a level by one statement, which says the same as for each alone."""

    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Customer {{ id {ALL} }} }} }}"

    async def test_one_statement(self, world: World, statements: list[str]) -> None:
        me = await world.person()
        others = [await world.person(**kind) for kind in KINDS[:2] for _ in range(4)]
        for index, fact in enumerate(("following", "requested", "asked", "followed", "blocking")):
            await FACTS[fact](world, me, others[index])
        alone = [(await me.graph(READ, id=one.id))["customer"] for one in others]
        counts = set()
        for many in (others[:2], others):
            for _ in range(3):
                statements.clear()
                nodes = (await me.graph(self.query, ids=[one.id for one in many]))["nodes"]
                assert [node and {name: node[name] for name in CAN.values()} for node in nodes] == alone[: len(many)]
                assert len([sql for sql in statements if '"followCustomer"' in sql]) == 1
                counts.add(len(statements))
        assert len(counts) == 1

    async def test_no_resolver_for_each(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A plan reads them off the rows of the statement: a coroutine for each of 700 answers took most of the time."""
        me, others = await world.person(), [await world.person() for _ in range(3)]
        await world.follow(me, others[0])
        for graph in (me.graph, world.nobody):
            alone = [(await graph(READ, id=one.id))["customer"] for one in others]
            for _ in range(2):
                await graph(self.query, ids=[one.id for one in others])
            called: list[str] = []
            call = lambda field, *_, called=called: called.append(field.name)
            with monkeypatch.context() as patch:
                patch.setattr(levels, "call_resolvers", call)
                nodes = (await graph(self.query, ids=[one.id for one in others]))["nodes"]
            assert called == []
            assert [{name: node[name] for name in CAN.values()} for node in nodes] == alone
