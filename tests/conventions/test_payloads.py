"""Payloads that leave a normalised cache right: docs/mutations.md says what to ask for, and that is enough."""

import re
from pathlib import Path
from typing import Any

import pytest

from models import ids
from models.sessions import SupportSessionStatus
from tests.architecture.project import GRAPH
from tests.conventions.client_cache import at_paths, fill, is_kept, read, store, with_fragments
from tests.conventions.field_selection import fields
from tests.customers.verbs import verbs
from tests.ingestion.lines import at
from tests.people import Person, World, number

assert GRAPH.mutation_type
MUTATIONS = sorted(GRAPH.mutation_type.fields)
PAGE = (Path(__file__).parents[2] / "docs" / "mutations.md").read_text()
ROWS = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
ASK_FOR = {name: re.findall(r"`([\w.]+)`", paths) for names, paths in ROWS for name in re.findall(r"`(\w+)`", names)}
AS_SOLVER = ("followCustomer", "blockCustomer", "unblockCustomer", "claimTicket", "releaseTicket", "completeSession")
"""What an owner, who sees everything, and a solver get differently."""
CASES = [*((name, "OWNER") for name in MUTATIONS), *((name, "SOLVER") for name in AS_SOLVER)]


def keys_in(value: Any) -> list[str]:
    """The ids in an input."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [
        key
        for one in values
        for key in (keys_in(one) if isinstance(one, dict | list) else [one] if is_kept(one) else [])
    ]


def gone(payload: dict[str, Any]) -> set[str]:
    """The ids of what a payload says exists no longer."""
    named = [value for name, value in payload.items() if name.startswith(("removed", "deleted")) and value]
    return {key for value in named for key in (value if isinstance(value, list) else [value])}


async def demoted(world: World) -> dict[str, Any]:
    """Who is to be a customer again has two tickets, on one of which they work."""
    solver = await world.solver()
    await world.ticket(await world.person(), claimed_by=solver)
    busy = await world.ticket(await world.person(), claimed_by=solver)
    await world.execute("UPDATE ticket SET status = 'IN_PROGRESS' WHERE id = $1", busy.id)
    await world.session(busy, status=SupportSessionStatus.ACTIVE)
    return {"customerId": solver.id, "role": "CUSTOMER"}


async def prepared(world: World, name: str, role: str) -> tuple[Person, dict[str, Any], list[str]]:
    """Who acts, the input, and the ids that their client starts from."""
    me = await world.solver(role=role, phone_number=number(), phone_verified=True, is_private=True)
    others: list[Person] = []
    (verb,) = [one for one in await verbs(world, me, others) if one.name == name]
    given = dict(verb.input or {})
    keys = [me.id, *(one.id for one in others), *keys_in(given)]
    if name == "ingestProducts":
        made = await me.graph.mutate(name, "variants { id product { id } }", **given)
        keys += [made["variants"][0]["id"], made["variants"][0]["product"]["id"]]
        (item,) = given["products"]
        later = {**item["listings"][0], "observedAt": at(1), "price": "99.00"}
        given = {"products": [{**item, "colorPrimary": "sand", "listings": [later]}]}
    if name == "setRole":
        given = await demoted(world)
        sql = "SELECT id FROM ticket WHERE solver_id = (SELECT solver.id FROM solver WHERE customer_id = $1)"
        known = ids.decode(given["customerId"])
        assert known
        held = await world.database.pool.fetch(sql, known[1])
        keys += [given["customerId"], *(ids.encode("Ticket", row["id"]) for row in held)]
    return me, given, keys


def test_the_page_names_all() -> None:
    """Each mutation, and only paths that exist; what is gone is asked for wherever the payload has it."""
    assert sorted(ASK_FOR) == MUTATIONS
    for name in MUTATIONS:
        payload: Any = GRAPH.type_map[f"{name[0].upper()}{name[1:]}Payload"]
        at_paths(payload, ASK_FOR[name])
        assert {one for one in payload.fields if one.startswith(("removed", "deleted")) and "Id" in one} <= {
            *ASK_FOR[name]
        }
        assert "viewer" in payload.fields


@pytest.mark.parametrize(("name", "role"), CASES)
async def test_cache_is_right(world: World, name: str, role: str) -> None:
    """What a client had in its cache and what the payload adds is what it would read again."""
    me, given, keys = await prepared(world, name, role)
    cache = await fill(me.graph, keys, depth=1)
    assert me.id in cache
    before = {key: dict(one) for key, one in cache.items()}
    payload: Any = GRAPH.type_map[f"{name[0].upper()}{name[1:]}Payload"]
    head = f"mutation ($input: {name[0].upper()}{name[1:]}Input!)"
    asked = f"{head} {{ it: {name}(input: $input) {{ {at_paths(payload, ASK_FOR[name])} userErrors {{ message }} }} }}"
    answer = (await me.graph(with_fragments(asked), input=given))["it"]
    assert answer.pop("userErrors") == []
    store(cache, {field: value for field, value in answer.items() if not is_kept(value)})
    wrong, changed = [], 0
    for key in before:
        now: Any = {}
        if store(now, await read(me.graph, key)) is None:
            hidden = name == "blockCustomer" and key == given["customerId"]
            wrong += [] if key in gone(answer) or hidden else [f"{ids.decode(key)} is gone"]
            changed += 1
            continue
        for field, value in now[key].items():
            changed += before[key][field] != value
            if cache[key][field] != value:
                wrong.append(f"{ids.decode(key)}.{field}: {cache[key][field]} is {value}")
    assert wrong == []
    assert changed


class TestViewer:
    """`viewer` in a payload is whoever sent the request, and nobody where nothing was done."""

    async def test_who_it_is(self, world: World) -> None:
        me, store = await world.person(), ids.encode("Store", (await world.store()).id)
        for graph, key, expected in (
            (me.graph, store, {"id": me.id, "followingStoresCount": 1}), (me.graph, "x", None), (world.nobody, store, None),
        ):  # fmt: skip
            for _ in range(3):
                payload = await graph.mutate("followStore", "viewer { id followingStoresCount }", storeId=key)
                assert payload["viewer"] == expected

    async def test_of_a_guest(self, world: World) -> None:
        given = {"name": "Layla", "phoneNumber": number(), "description": "No sound"}
        payload = await world.nobody.mutate("submitTicket", "ticket { id } viewer { id }", **given)
        assert payload["ticket"]
        assert payload["viewer"] is None


async def test_all_of_a_failed_payload_is_null(world: World) -> None:
    """Also what is found by something that only success gives; by the reference executor and by a plan."""
    me = await world.solver(role="OWNER", phone_number=number(), phone_verified=True)
    for verb in await verbs(world, me, []):
        if verb.name == "submitTicket":  # guests may
            continue
        payload: Any = GRAPH.type_map[f"{verb.name[0].upper()}{verb.name[1:]}Payload"]
        every = " ".join(one for one in fields(payload, 0, 1, frozenset({"userErrors"})))
        for _ in range(3):
            answer = await world.nobody.mutate(verb.name, every, **(verb.input or {}))
            assert [one["__typename"] for one in answer.pop("userErrors")] == ["SignedOutError"]
            assert set(answer.values()) == {None}, verb.name
