"""Accounts kept in step with Clerk: in every order, all at once, and deleted for good."""

import asyncio
import itertools
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

import errors
from actions import accounts
from auth.secrets import Secrets
from auth.tokens import Claims
from database.engine import Database
from models.customers import Customer, DeletedAccount, Role
from models.follows import Follow, StoreFollow
from models.stores import Store
from models.wishlists import Wishlist
from tests.customers.accounts import T1, T2, T3, customer, customers, new_user, register, sign_in
from tests.patience import DEADLINES
from tests.rows import add, find
from tests.webhooks.clerk import Sender, deleted, phone, user

FIFTY = 50
OWNED = ("name", "email", "phone_number", "phone_verified", "picture_url", "clerk_profile", "clerk_updated_at")


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


class TestUpdated:
    """A3, A4: only what Clerk owns, only what Clerk changed, never older over newer."""

    async def test_unverified_phone_then_verified(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        waiting = [phone("+971501112233", status="unverified")]
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=waiting))
        made = await customer(database, clerk_id)
        assert (made.phone_number, made.phone_verified) == (None, False)
        await deliver("user.updated", user(clerk_id, updated_at=T2, phone_numbers=[phone("+971 50 111 2233")]))
        made = await customer(database, clerk_id)
        assert (made.phone_number, made.phone_verified) == ("+971501112233", True)

    async def test_what_the_customer_typed_stays(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        await deliver("user.created", user(clerk_id, updated_at=T1))
        typed = {
            "name": "Lolo",
            "phone_number": "+971509999999",
            "phone_verified": False,
            "location": "Dubai",
            "is_private": False,
        }
        await register(database, clerk_id, **typed)
        await deliver(
            "user.updated", user(clerk_id, updated_at=T2, image_url="https://img.clerk.com/new", phone_numbers=[])
        )
        made = await customer(database, clerk_id)
        assert {name: getattr(made, name) for name in typed} == typed
        assert made.picture_url == "https://img.clerk.com/new"
        await deliver("user.updated", user(clerk_id, updated_at=T3, first_name="Leila"))
        assert (await customer(database, clerk_id)).name == "Leila Haddad"

    async def test_first_word_of_clerk_does_not_erase(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        await register(database, clerk_id, name="Typed", email="typed@example.com")
        await deliver("user.updated", user(clerk_id, updated_at=T1, first_name=None, last_name=None))
        made = await customer(database, clerk_id)
        assert (made.name, made.email) == ("Typed", "layla@example.com")

    async def test_withdrawn(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        await deliver("user.created", user(clerk_id, updated_at=T1))
        await deliver("user.updated", user(clerk_id, updated_at=T2, phone_numbers=[], image_url=""))
        made = await customer(database, clerk_id)
        assert (made.phone_number, made.phone_verified, made.picture_url) == (None, False, None)

    async def test_older_has_no_effect(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        await deliver("user.updated", user(clerk_id, updated_at=T3, first_name="New"))
        assert (await deliver("user.updated", user(clerk_id, updated_at=T2, first_name="Old"))).status_code == 200
        assert (await customer(database, clerk_id)).name == "New Haddad"

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_every_order_of_changes_ends_the_same(
        self, database: Database, deliver: Sender, order: tuple[int, ...]
    ) -> None:
        clerk_id = new_user()
        said = [
            (
                "user.created",
                user(clerk_id, updated_at=T1, phone_numbers=[phone("+971501112233", status="unverified")]),
            ),
            ("user.updated", user(clerk_id, updated_at=T2, first_name="Second")),
            ("user.updated", user(clerk_id, updated_at=T3, first_name="Third", primary_email_address_id=None)),
        ]
        for number in order:
            assert (await deliver(*said[number])).status_code == 200
        made = await customer(database, clerk_id)
        assert {name: getattr(made, name) for name in OWNED} == {
            "name": "Third Haddad", "email": None, "phone_number": "+971501234567", "phone_verified": True,
            "picture_url": "https://img.clerk.com/layla", "clerk_updated_at": datetime.fromtimestamp(T3 / 1000, UTC),
            "clerk_profile": {
                "name": "Third Haddad", "email": None, "phone_number": "+971501234567",
                "picture_url": "https://img.clerk.com/layla", "verified_email": None,
            },
        }  # fmt: skip


class TestDeleted:
    """A4, A7: deletion is for good, and exact."""

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    async def test_every_order_with_deletion_ends_in_nothing(
        self, database: Database, deliver: Sender, order: tuple[int, ...]
    ) -> None:
        clerk_id = new_user()
        said = [
            ("user.created", user(clerk_id, updated_at=T1)),
            ("user.updated", user(clerk_id, updated_at=T2)),
            ("user.updated", user(clerk_id, updated_at=T3)),
            ("user.deleted", deleted(clerk_id)),
        ]
        for number in order:
            assert (await deliver(*said[number])).status_code == 200
        assert await customers(database, clerk_id) == []
        async with database.transaction() as session:
            assert await find(session, DeletedAccount, col(DeletedAccount.clerk_id) == clerk_id)

    async def test_all_at_once(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        said = [
            *[("user.updated", user(clerk_id, updated_at=T1 + number)) for number in range(20)],
            ("user.deleted", deleted(clerk_id)),
        ]
        answers = await asyncio.gather(*(deliver(*each) for each in said))
        assert {answer.status_code for answer in answers} == {200}
        assert await customers(database, clerk_id) == []

    async def test_a_late_token_is_refused(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        await sign_in(database, clerk_id)
        await deliver("user.deleted", deleted(clerk_id))
        with pytest.raises(errors.Unauthenticated) as refused:
            await sign_in(database, clerk_id)
        assert refused.value.reason == "account_deleted"
        assert await customers(database, clerk_id) == []

    async def test_unknown_user_twice(self, deliver: Sender) -> None:
        clerk_id = new_user()
        for _ in range(2):
            assert (await deliver("user.deleted", deleted(clerk_id))).json() == {"status": "processed"}

    async def test_counts_stay_exact_amid_follows(self, database: Database, deliver: Sender) -> None:
        ids = [new_user() for _ in range(12)]
        everybody = [await register(database, clerk_id) for clerk_id in ids]
        async with database.transaction() as session:
            store = Store(name="Shop", slug=uuid4().hex, followers_count=len(ids))
            await add(session, store, *(StoreFollow(customer_id=each, store_id=store.id) for each in everybody))
        pairs = list(itertools.permutations(everybody, 2))
        for follower, followee in pairs[::2]:
            await follow(database, follower, followee)
        leaving = [deliver("user.deleted", deleted(clerk_id)) for clerk_id in ids[:4]]
        busy = [follow(database, *pair) for pair in pairs[1::2]]
        outcomes = await asyncio.gather(*leaving, *busy)
        assert [answer.status_code for answer in outcomes[:4] if isinstance(answer, httpx2.Response)] == [200] * 4
        async with database.transaction() as session:
            for each in await find(session, Customer, col(Customer.id).in_(everybody)):
                followers = select(sa.func.count()).where(Follow.followee_id == each.id)
                following = select(sa.func.count()).where(Follow.follower_id == each.id)
                assert each.followers_count == (await session.exec(followers)).one() == 7
                assert each.following_customers_count == (await session.exec(following)).one() == 7
            [shop] = await find(session, Store, col(Store.id) == store.id)
            assert shop.followers_count == 8


async def follow(database: Database, follower: UUID, followee: UUID) -> None:
    """Follow by the rule of the house: both customers locked first, in the order of their ids."""
    async with database.transaction() as session:
        both = select(Customer.id).where(col(Customer.id).in_([follower, followee])).order_by(col(Customer.id))
        if len((await session.exec(both.with_for_update(key_share=True))).all()) < 2:
            return
        await add(session, Follow(follower_id=follower, followee_id=followee))
        for person, counter in ((follower, "following_customers_count"), (followee, "followers_count")):
            change = (
                sa.update(Customer).where(col(Customer.id) == person).values({counter: getattr(Customer, counter) + 1})
            )
            await session.exec(change)


class TestRegister:
    """A5, C1: idempotent; the language is the only thing that a second time changes."""

    async def test_twice(self, database: Database) -> None:
        clerk_id = new_user()
        async with database.transaction() as session:
            first = await accounts.register(session, clerk_id, None, "ar")
        async with database.transaction() as session:
            second = await accounts.register(session, clerk_id, None, "en")
        assert (first[1], second) == (False, (first[0], True))
        assert (await customer(database, clerk_id)).preferred_language == "en"

    async def test_with_a_profile(self, database: Database) -> None:
        clerk_id = new_user()
        async with database.transaction() as session:
            await accounts.register(
                session, clerk_id, accounts.Profile(clerk_id, name="Omar", phone_number="+971501234567")
            )
        made = await customer(database, clerk_id)
        assert (made.name, made.phone_verified, made.clerk_updated_at) == ("Omar", True, None)

    async def test_undone_with_its_transaction(self, database: Database) -> None:
        clerk_id = new_user()
        with suppress(LookupError):
            async with database.transaction() as tx:
                await accounts.register(tx, clerk_id)
                raise LookupError
        assert await customers(database, clerk_id) == []


class TestSignIn:
    """A5, C10: the first request registers; the time is kept to the minute."""

    async def test_fifty_first_requests_at_once(self, database: Database) -> None:
        clerk_id = new_user()
        viewers = await asyncio.gather(*(sign_in(database, clerk_id) for _ in range(FIFTY)))
        made = await customer(database, clerk_id)
        assert {(viewer.id, viewer.role) for viewer in viewers} == {(made.id, Role.CUSTOMER)}
        async with database.transaction() as session:
            lists = select(sa.func.count()).where(Wishlist.owner_id == made.id)
            assert (await session.exec(lists)).one() == 1

    async def test_racing_user_created(self, database: Database, deliver: Sender) -> None:
        for _ in range(5):
            clerk_id = new_user()
            told = [deliver("user.created", user(clerk_id, updated_at=T1)) for _ in range(5)]
            asked = [sign_in(database, clerk_id) for _ in range(5)]
            mixed: list[Awaitable[Any]] = [each for pair in zip(told, asked, strict=True) for each in pair]
            await asyncio.gather(*mixed)
            made = await customer(database, clerk_id)
            assert (made.name, made.phone_verified) == ("Layla Haddad", True)

    async def test_role(self, database: Database) -> None:
        clerk_id = new_user()
        await register(database, clerk_id, role=Role.OWNER)
        viewer = await sign_in(database, clerk_id)
        assert viewer.role is Role.OWNER
        assert viewer.has_role(Role.ADMIN)

    async def test_one_read_and_at_most_one_write_a_minute(self, database: Database) -> None:
        clerk_id = new_user()
        await sign_in(database, clerk_id)
        first = (await customer(database, clerk_id)).last_active_at
        assert first is not None
        assert datetime.now(UTC) - first < timedelta(seconds=30)
        reads = database.reads()
        for _ in range(3):
            await accounts.sign_in(database, reads, Claims(clerk_id, "https://clerk", datetime.now(UTC)))
        assert reads.statements == 3
        await reads.release()
        assert (await customer(database, clerk_id)).last_active_at == first
        await register(database, clerk_id, last_active_at=first - timedelta(minutes=2))
        for _ in range(2):
            await asyncio.gather(*(sign_in(database, clerk_id) for _ in range(FIFTY)))
            written = (await customer(database, clerk_id)).last_active_at
            assert written is not None
            assert written > first
            first = written - timedelta(microseconds=1)

    async def test_a_locked_row_holds_nobody_up(self, database: Database) -> None:
        clerk_id = new_user()
        made = await register(database, clerk_id)
        async with database.transaction() as session:
            await session.exec(select(Customer.id).where(Customer.id == made).with_for_update())
            async with asyncio.timeout(DEADLINES["lock_seconds"] / 2):
                assert (await sign_in(database, clerk_id)).id == made
