"""Customers, as their viewer may see them."""

import re
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, case, func, literal, or_, select
from sqlmodel import col

import policy
from auth import Standing
from loaders.batches import KEYS, WORDS, One
from loaders.pages import Connected
from models.customers import Customer
from models.follows import Block

HELD_BACK = {"clerk_id", "clerk_profile", "clerk_updated_at", "updated_at"}
COLUMNS = [column for column in Customer.__table__.c if column.name not in HELD_BACK]  # type: ignore[attr-defined]


def seen(by: Standing) -> Select[Any]:
    """Select the customers that exist for a viewer, with their audience."""
    return select(*COLUMNS, policy.audience(by).label("audience")).where(policy.customers(by))


class CustomerById(One[UUID]):
    """A customer."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        return seen(by).where(col(Customer.id) == KEYS)


class CustomerByUsername(One[str]):
    """A customer, by username in lower case."""

    graphql_type = "Customer"
    key = "folded"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By the folded username."""
        folded = func.lower(Customer.username)
        return seen(by).add_columns(folded.label("folded")).where(folded == WORDS)


class TakenUsername(One[str]):
    """Whether somebody has a username, hidden or not: a row if so. Keys are in lower case."""

    key = "folded"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By the folded username."""
        del by
        folded = func.lower(Customer.username)
        return select(folded.label("folded")).where(folded == WORDS)


class BlockedCustomerById(One[UUID]):
    """The card of somebody whom the viewer has blocked: for the list of blocks and nowhere else."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id, among the viewer's blocks."""
        del by
        card = select(*COLUMNS, literal(0).label("audience"))
        return card.where(col(Customer.id) == KEYS, policy.blocks(policy.VIEWER, col(Customer.id)))


class RelationshipByCustomer(One[UUID]):
    """How the viewer and a customer stand to each other; nothing for oneself and for the anonymous."""

    graphql_type = "Relationship"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """Five questions of indexes."""
        del by
        them = col(Customer.id)
        return select(
            them,
            policy.follows(policy.VIEWER, them).label("following"),
            policy.asked(policy.VIEWER, them).label("requested"),
            policy.follows(them, policy.VIEWER).label("followed_by"),
            policy.asked(them, policy.VIEWER).label("requested_by"),
            policy.blocks(policy.VIEWER, them).label("blocking"),
        ).where(them == KEYS, them != policy.VIEWER)


class FoundCustomers(Connected):
    """Customers by username prefix first, then by words of the name."""

    graphql_type = "Customer"
    _prefix: ClassVar[ColumnElement[bool]] = and_(
        func.lower(Customer.username).op("~>=~")(bindparam("prefix", type_=Text)),
        func.lower(Customer.username).op("~<~")(bindparam("prefix_end", type_=Text)),
    )
    _words: ClassVar[ColumnElement[bool]] = func.to_tsvector("simple", func.coalesce(Customer.name, "")).op("@@")(
        func.to_tsquery("simple", bindparam("words", type_=Text))
    )
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "rank": case((_prefix, 0), else_=1).cast(Integer),
        "folded": func.lower(Customer.username),
        "id": col(Customer.id),
    }

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By what `search_filters` made of the term."""
        del parent, given
        sort = [cls.order[name].label(name) for name in ("rank", "folded")]
        return seen(by).add_columns(*sort).where(or_(cls._prefix, cls._words))


def search_filters(term: str) -> tuple[tuple[str, str], ...]:
    """Turn what somebody typed into the parameters of `FoundCustomers`; every character is literal."""
    folded = term.strip().lower()
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w+", folded))
    return ("prefix", folded), ("prefix_end", folded + "{"), ("words", words)


class BlockedCustomers(Connected):
    """Whom the viewer has blocked, as cards, the latest first."""

    graphql_type = "Customer"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"blocked_at": col(Block.created_at), "id": col(Block.blocked_id)}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By blocker."""
        del by, given
        card = select(*COLUMNS, literal(0).label("audience"), col(Block.created_at).label("blocked_at"))
        return card.join(Block, Block.blocked_id == Customer.id).where(Block.blocker_id == parent)
