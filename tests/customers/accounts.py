"""What tests ask of accounts and of the inbox, past the graph."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import col

from actions import accounts
from auth.tokens import Claims
from auth.viewer import Viewer
from database.engine import Database
from models.customers import Customer
from models.inbox import WebhookMessage
from tests.rows import find

T1, T2, T3 = 1_760_000_001_000, 1_760_000_002_000, 1_760_000_003_000


def new_user() -> str:
    """Make up a Clerk id."""
    return f"user_{uuid4().hex}"


async def customers(database: Database, clerk_id: str) -> list[Any]:
    """Find the customers of a Clerk user; more than one would be a defect."""
    async with database.transaction() as tx:
        return await find(tx, Customer, col(Customer.clerk_id) == clerk_id)


async def customer(database: Database, clerk_id: str) -> Any:
    """Find the one customer of a Clerk user."""
    found = await customers(database, clerk_id)
    assert len(found) == 1
    return found[0]


async def message(database: Database, message_id: str) -> Any:
    """Find what the inbox holds of a message."""
    async with database.transaction() as tx:
        return next(iter(await find(tx, WebhookMessage, col(WebhookMessage.id) == message_id)), None)


async def register(database: Database, clerk_id: str, **columns: Any) -> UUID:
    """Make an account, and set columns of it."""
    async with database.transaction() as session:
        made, _ = await accounts.register(session, clerk_id)
        if columns:
            await session.exec(sa.update(Customer).where(col(Customer.id) == made).values(**columns))
        return made


async def sign_in(database: Database, clerk_id: str) -> Viewer:
    """Sign in as the first thing of a request."""
    reads = database.reads()
    try:
        return await accounts.sign_in(database, reads, Claims(clerk_id, "https://clerk", datetime.now(UTC)))
    finally:
        await reads.release()
