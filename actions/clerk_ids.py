"""From usernames to the Clerk ids that tokens are issued for."""

from sqlalchemy import func
from sqlmodel import select

from database.transactions import Transaction
from models.customers import Customer


async def find(tx: Transaction, username: str) -> str | None:
    """Give the Clerk id of the customer with a username, in any case; None where there is no such customer."""
    found = select(Customer.clerk_id).where(func.lower(Customer.username) == username.lower())
    return (await tx.exec(found)).first()
