"""The people of the privacy tests: every viewer stands to every object as the table says, at once."""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)  # fmt: skip
from uuid_utils.compat import uuid7

from models import ids
from models.customers import Customer
from models.follows import Block, Follow, FollowRequest, StoreFollow
from models.products import Product, ProductVariant
from models.stores import Store
from models.wishlists import Wishlist, WishlistItem, WishlistVisibility
from schema.root import build
from tests.graph import Graph
from tests.people import Person, World, word
from tests.privacy.table import ALL, CARD, KINDS, SWITCHES, VIEWERS, Viewer
from tests.rows import add
from tests.wishlists.table import shows_list

NOW = datetime.now(UTC)
ONE_SWITCH = {f"only {switch}": frozenset({switch}) for switch in SWITCHES}
SETTINGS = {"": frozenset(SWITCHES), "nothing shown": frozenset(), **ONE_SWITCH}
PLAIN = ("", "nothing shown")
PRIVATE_COLUMNS = {"name": "CARD", "location": "LOCATION", "email": "SELF", "phone_number": "SELF", "clerk_id": None}
COUNTED = """UPDATE customer c SET
    followers_count = (SELECT count(*) FROM follow WHERE followee_id = c.id),
    following_customers_count = (SELECT count(*) FROM follow WHERE follower_id = c.id),
    following_stores_count = (SELECT count(*) FROM store_follow WHERE customer_id = c.id) WHERE id = ANY($1)"""
CANARY = re.compile(r"canary[0-9a-f]{24}")


@dataclass
class Canaries:
    """Words that stand in private columns, each with what it is called."""

    names: dict[str, tuple["Object", str]] = field(default_factory=dict)

    def lay(self, owner: "Object", name: str) -> str:
        made = f"canary{word()}{word()[:8]}"
        self.names[made] = owner, name
        return made

    def mark(self, owner: "Object", name: str, *rows: Any) -> None:
        """Keep the keys of rows in mind, too: in ids and cursors they would tell of what is hidden."""
        self.names |= {str(row.key if isinstance(row, Person) else row.id): (owner, name) for row in rows}


@dataclass(eq=False)
class Object:
    """A customer who is looked at."""

    kind: str
    setting: str
    person: Person
    secrets: dict[str, str] = field(default_factory=dict)
    lists: dict[WishlistVisibility, Wishlist] = field(default_factory=dict)
    items: dict[WishlistVisibility, WishlistItem] = field(default_factory=dict)
    requests: dict[str, FollowRequest] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.setting}".strip()

    @property
    def switches(self) -> frozenset[str]:
        return SETTINGS[self.setting]


@dataclass(eq=False)
class Looker:
    """A viewer with their front end."""

    name: str
    row: Viewer
    graph: Graph
    person: Person | None
    own: Object | None = None

    def sight(self, seen: Object) -> str | None:
        if self.own is not None:
            return ALL if seen is self.own else VIEWERS["stranger"].sight(seen.kind)
        return self.row.sight(seen.kind)

    def facts(self, seen: Object) -> frozenset[str]:
        return self.row.facts if self.own in {None, seen} else frozenset()

    def may_open_link(self, seen: Object) -> bool:
        """By its link a list is there for everybody but those with a block between, whatever they see of the owner."""
        return self.sight(seen) is not None or not self.facts(seen) & {"blocked", "blocking"}

    def shows(self, seen: Object, visibility: WishlistVisibility) -> bool:
        row = self.row if self.own in {None, seen} else VIEWERS["stranger"]
        return shows_list(row, self.sight(seen), visibility)


@dataclass
class Scene:
    """Everybody. All objects follow the hub, and the hub follows them."""

    objects: list[Object]
    lookers: dict[str, Looker]
    hub: Person
    canaries: Canaries
    prefix: str
    surname: str
    variant: str


async def build_scene(world: World, *, settings: tuple[str, ...] = tuple(SETTINGS)) -> Scene:
    """Make them, in a handful of statements."""
    canaries, prefix, surname = Canaries(), "p" + uuid7().hex[-6:], word()
    rows: list[Any] = []

    def person(**values: Any) -> Person:
        number = len(rows)
        given = {
            "clerk_id": f"user_{word()}",
            "username": f"z{number}{prefix}",
            "is_private": False,
            "last_active_at": NOW,
        }
        row = Customer(**given | values)
        rows.append(row)
        return Person(row.id, row.username, row.clerk_id, Graph(world.http, world.issuer.token(row.clerk_id)))

    def seen(kind: str, setting: str) -> Object:
        made = Object(kind, setting, None)  # type: ignore[arg-type] - told three lines below
        made.secrets = {column: canaries.lay(made, column) for column in PRIVATE_COLUMNS}
        switches = {switch: switch in SETTINGS[setting] for switch in SWITCHES}
        made.person = person(**{
            **KINDS[kind], **switches, **made.secrets, "username": f"{prefix}{len(rows)}", "phone_verified": True,
            "clerk_id": f"user_{made.secrets['clerk_id']}",
            "name": f"{made.secrets['name']} {surname}", "clerk_profile": {"email": canaries.lay(made, "clerk_profile")},
            "picture_url": "https://pictures.example/1.webp", "onboarding_completed_at": NOW, "clerk_updated_at": NOW,
        })  # fmt: skip
        return made

    objects = [
        seen(kind, setting) for kind in KINDS for setting in settings if "hidden" not in kind or setting in PLAIN
    ]
    hub = person()
    lookers = {}
    for name, row in VIEWERS.items():
        if row.role is None:
            lookers[name] = Looker(name, row, world.nobody, None)
        elif name != "self":
            made = person(role=row.role)
            lookers[name] = Looker(name, row, made.graph, made)
    selves = [
        Looker(f"self: {one}", VIEWERS["self"], one.person.graph, one.person, one) for one in objects if not one.setting
    ]
    store, product = Store(name=word(), slug=word()), Product(title=word(), slug=word())
    variant = ProductVariant(product_id=product.id, sku=word())
    edges = [edge for one in objects for looker in lookers.values() for edge in _edges(looker, one)]
    for one in objects:
        pairs = (one.person.key, hub.key), (hub.key, one.person.key)
        edges += [Follow(follower_id=a, followee_id=b, created_at=NOW) for a, b in pairs]
        edges.append(StoreFollow(customer_id=one.person.key, store_id=store.id))
    lists = [wishlist for one in objects for wishlist in _lists(one, canaries)]
    items = [item for one in objects for item in _items(one, canaries, variant.id)]
    for one in objects:
        canaries.mark(one, "id", one.person)
        for visibility in one.lists:
            canaries.mark(one, f"id {visibility}", one.lists[visibility], one.items[visibility])
    async with world.database.transaction() as tx:
        await add(tx, *rows, store, product, variant, *edges, *lists, *items)
    await world.execute(COUNTED, [row.id for row in rows])
    lookers |= {looker.name: looker for looker in selves}
    return Scene(objects, lookers, hub, canaries, prefix, surname, ids.encode("ProductVariant", variant.id))


def _edges(looker: Looker, one: Object) -> list[Any]:
    if looker.person is None:
        return []
    them, me = one.person.key, looker.person.key
    made: list[Any] = []
    for fact, row in {
        "follows": lambda: Follow(follower_id=me, followee_id=them, created_at=NOW),
        "followed_by": lambda: Follow(follower_id=them, followee_id=me, created_at=NOW),
        "requested": lambda: FollowRequest(requester_id=me, target_id=them),
        "requested_by": lambda: FollowRequest(requester_id=them, target_id=me),
        "blocking": lambda: Block(blocker_id=me, blocked_id=them),
        "blocked": lambda: Block(blocker_id=them, blocked_id=me),
    }.items():
        if fact in looker.row.facts:
            made.append(row())
            if isinstance(made[-1], FollowRequest):
                one.requests[looker.name] = made[-1]
    return made


def _lists(one: Object, canaries: Canaries) -> list[Wishlist]:
    """Lists are made of those only who show all: switches do not concern them."""
    default = Wishlist(owner_id=one.person.key, name=canaries.lay(one, "wishlist PRIVATE"), is_default=True)
    if not one.setting:
        for visibility in WishlistVisibility:
            token = canaries.lay(one, "share_token") if visibility is WishlistVisibility.LINK else None
            name = canaries.lay(one, f"wishlist {visibility}")
            made = Wishlist(owner_id=one.person.key, name=name, visibility=visibility, share_token=token)
            one.lists[visibility] = made
    return [default, *one.lists.values()]


def _items(one: Object, canaries: Canaries, variant: UUID) -> list[WishlistItem]:
    for visibility, wishlist in one.lists.items():
        note = canaries.lay(one, f"note {visibility}")
        one.items[visibility] = WishlistItem(wishlist_id=wishlist.id, variant_id=variant, note=note, priority=3)
    return list(one.items.values())


def may_meet(looker: Looker, canary: tuple[Object, str], path: str) -> bool:
    """May this private word stand in a response to this viewer on this path?"""
    one, name = canary
    sight = looker.sight(one)
    if name in {"clerk_id", "clerk_profile"}:
        return False
    if name == "share_token":
        return one is looker.own
    if " " in name:
        visibility = WishlistVisibility(name.split()[1])
        linked = visibility is WishlistVisibility.LINK and path == "sharedWishlist" and looker.may_open_link(one)
        return linked or looker.shows(one, visibility)
    if name in {"name", "id"}:
        return sight is not None or (path == "blockedCustomers" and "blocking" in looker.facts(one))
    if name == "location":
        return sight == ALL or (sight not in {None, CARD} and "show_location" in one.switches)
    return sight == ALL


def met(body: str) -> set[str]:
    """Find every canary and every UUID in a response, in its cursors and ids, too."""
    found = set(CANARY.findall(body))
    for token in re.findall(r'"([\w-]{24,})"', body):
        if len(token) % 4 == 1:  # the long name of a field, and no base64
            continue
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        if known := ids.decode(token):
            found.add(str(known[1]))
        found.update(
            re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|canary[0-9a-f]{24}", raw.decode("latin-1"))
        )
    return found


SCHEMA = build()._schema


def selection(type_name: str, *, skip: tuple[str, ...] = (), lists: bool = True) -> str:
    """Select every field of a type: rows of other types by id, lists, if wanted, by their rows and count."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    fields = {name: one.type for name, one in kind.fields.items() if name not in skip}
    wanted = (name for name in fields if lists or not get_named_type(fields[name]).name.endswith("Connection"))
    return " ".join(_selected(name, fields[name], lists) for name in wanted)


def _selected(name: str, kind: GraphQLNonNull | GraphQLList | GraphQLNamedType, lists: bool) -> str:
    of = get_named_type(kind)
    if is_leaf_type(of):
        return name
    assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
    if of.name.endswith("Connection"):
        extra = " ".join(set(SCHEMA.type_map[of.name.replace("Connection", "Edge")].fields) - {"node"})  # type: ignore[attr-defined]
        return f"{name} {{ totalCount edges {{ {extra} node {{ __typename id }} }} }}"
    if any(face.name == "Node" for face in of.interfaces):
        return f"{name} {{ __typename id }}"
    return f"{name} {{ {selection(of.name, lists=lists)} }}"
