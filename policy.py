"""Who may see and do what: the only place.

What may be *seen* is a SQL clause that loaders AND into their WHERE; it depends on the kind of viewer alone,
with the viewer's own id as the parameter `viewer`, so that each statement is compiled once for each kind.
A row that may not be seen is never fetched: hidden and missing are the same.

Which *fields* of a visible customer are answered is the column `audience`, a set of bits that the database
works out beside the row, and that a field's declared audience is held against.
"""

from enum import IntFlag, StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    literal_column,
    or_,
    select,
    true,
)  # fmt: skip

from auth import Standing
from models.columns import alias, columns
from models.customers import Customer
from models.follows import Block, Follow, FollowRequest
from models.sessions import FavoriteSolver, Session, Solver
from models.tickets import Ticket, TicketStatus
from models.wishlists import Wishlist, WishlistVisibility

customer, wishlist, follow_request = columns(Customer), columns(Wishlist), columns(FollowRequest)
ticket, session, solver = columns(Ticket), columns(Session), columns(Solver)
VIEWER: ColumnElement[UUID] = bindparam("viewer", type_=Uuid())


class Audience(StrEnum):
    """Who gets an answer from a field of a customer. Others get null."""

    CARD = "CARD"
    CONTENT = "CONTENT"
    ORDERS = "ORDERS"
    FOLLOWERS = "FOLLOWERS"
    ACTIVITY = "ACTIVITY"
    LOCATION = "LOCATION"
    SELF = "SELF"


Bit = IntFlag("Bit", "CONTENT ORDERS FOLLOWERS ACTIVITY LOCATION SELF")
"""The bits of the column `audience`."""
EVERYTHING = sum(Bit)
SWITCHES = {
    Bit.ORDERS: customer.show_orders,
    Bit.FOLLOWERS: customer.show_followers,
    Bit.ACTIVITY: customer.show_activity,
    Bit.LOCATION: customer.show_location,
}


def follows(follower: ColumnElement[UUID], followee: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Does the one follow the other?"""
    edge = alias(Follow)
    return exists(select(1).where(edge.follower_id == follower, edge.followee_id == followee))


def asked(requester: ColumnElement[UUID], target: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Does the one wait for the other's answer?"""
    edge = alias(FollowRequest)
    return exists(select(1).where(edge.requester_id == requester, edge.target_id == target))


def blocks(blocker: ColumnElement[UUID], other: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Has the one blocked the other?"""
    edge = alias(Block)
    return exists(select(1).where(edge.blocker_id == blocker, edge.blocked_id == other))


def at_peace(id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Has neither the viewer blocked them, nor they the viewer? Always so of nobody."""
    return and_(~blocks(VIEWER, id_), ~blocks(id_, VIEWER))


def customers(by: Standing, them: Any = customer) -> ColumnElement[bool]:
    """Which customers exist for this viewer?

    Somebody who hides their profile is there for those who follow them, and for those whom they
    follow or ask to follow: there they have shown themselves.
    """
    if by is Standing.ADMIN:
        return true()
    if by is Standing.ANONYMOUS:
        return and_(them.show_profile)
    id_ = them.id
    known = or_(them.show_profile, follows(VIEWER, id_), follows(id_, VIEWER), asked(id_, VIEWER))
    return or_(id_ == VIEWER, and_(at_peace(id_), known))


def exists_for(by: Standing, id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Does the customer with this id exist for this viewer?"""
    them = alias(Customer)
    return exists(select(1).where(them.id == id_, customers(by, them)))


def audience(by: Standing) -> ColumnElement[int]:
    """Which fields of a visible customer does this viewer get?"""
    if by is Standing.ADMIN:
        return _number(EVERYTHING)
    shown = _number(Bit.CONTENT)
    for bit, switch in SWITCHES.items():
        shown = shown + cast(switch, Integer) * _number(bit)
    if by is Standing.ANONYMOUS:
        return case((customer.is_private, _number(0)), else_=shown)
    them = customer.id
    return case(
        (them == VIEWER, _number(EVERYTHING)),
        (or_(~customer.is_private, follows(VIEWER, them)), shown),
        else_=_number(0),
    )


def blocked_audience(by: Standing) -> ColumnElement[int]:
    """Which fields of somebody whom they have blocked does this viewer get? The card, where blocks are listed."""
    return _number(EVERYTHING if by is Standing.ADMIN else 0)


def relationship_audience(by: Standing) -> ColumnElement[int]:
    """Which fields of the relationship with a customer does this viewer get? Where there is a block, those of the card."""
    return case((at_peace(customer.id), audience(by)), else_=blocked_audience(by))


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(int(value)), Integer)


def wishlists(by: Standing) -> ColumnElement[bool]:
    """Which wishlists exist for this viewer? One that is shared by link only exists for who has the link."""
    if by is Standing.ADMIN:
        return true()
    visibility, owner = wishlist.visibility, wishlist.owner_id
    public = and_(visibility == WishlistVisibility.PUBLIC, ~_private(owner))
    if by is Standing.ANONYMOUS:
        return and_(public, exists_for(by, owner))
    for_followers = or_(visibility == WishlistVisibility.FOLLOWERS, visibility == WishlistVisibility.PUBLIC)
    shared = or_(public, and_(for_followers, follows(VIEWER, owner)))
    return or_(owner == VIEWER, and_(shared, exists_for(by, owner)))


def _private(id_: ColumnElement[UUID]) -> ColumnElement[bool]:
    them = alias(Customer)
    return exists(select(1).where(them.id == id_, them.is_private))


def shared_wishlists(by: Standing) -> ColumnElement[bool]:
    """Which wishlists may be opened by their link? All, whatever their owner hides, but none across a block."""
    linked: ColumnElement[bool] = wishlist.visibility == WishlistVisibility.LINK
    return linked if by in {Standing.ADMIN, Standing.ANONYMOUS} else and_(linked, at_peace(wishlist.owner_id))


def follow_requests(by: Standing) -> ColumnElement[bool]:
    """Which follow requests exist for this viewer? Those to them and from them, while both sides exist."""
    if by is Standing.ADMIN:
        return true()
    if by is Standing.ANONYMOUS:
        return false()
    requester, target = follow_request.requester_id, follow_request.target_id
    return or_(
        and_(target == VIEWER, exists_for(by, requester)),
        and_(requester == VIEWER, exists_for(by, target)),
    )


def acting_solver() -> ColumnElement[UUID]:
    """Which solver is the viewer? None, unless they ever claimed a ticket."""
    me = alias(Solver)
    return select(me.id).where(me.customer_id == VIEWER).scalar_subquery()


def queue(by: Standing) -> ColumnElement[bool]:
    """Which tickets wait for this viewer? For solvers, those that are open, not their own, with no block between."""
    if by in {Standing.ANONYMOUS, Standing.CUSTOMER}:
        return false()
    # Written out, so that every plan of the statement can use the index of the open ones.
    waiting: ColumnElement[bool] = ticket.status == literal_column("'OPEN'")
    if by is Standing.ADMIN:
        return waiting
    return and_(waiting, ticket.customer_id.is_distinct_from(VIEWER), at_peace(ticket.customer_id))


def queue_contact(by: Standing) -> ColumnElement[bool]:
    """Does this viewer get the contact data of what waits? No solver does: none of it is theirs or their own."""
    return true() if by is Standing.ADMIN else false()


def left_queue(by: Standing) -> ColumnElement[bool]:
    """Which tickets were in this viewer's queue while they were open? Contact data aside, they may learn what became of it."""
    if by is Standing.SOLVER:
        return and_(ticket.customer_id.is_distinct_from(VIEWER), at_peace(ticket.customer_id))
    return true() if by is Standing.ADMIN else false()


def tickets(by: Standing) -> ColumnElement[bool]:
    """Which tickets exist for this viewer?

    Their own; for solvers the queue, those that they have or finished, and those on which they had a session.
    """
    if by is Standing.ADMIN:
        return true()
    if by is Standing.ANONYMOUS:
        return false()
    own: ColumnElement[bool] = ticket.customer_id == VIEWER
    if by is Standing.CUSTOMER:
        return own
    work = alias(Session)
    worked = exists(select(1).where(work.ticket_id == ticket.id, work.solver_id == acting_solver()))
    return or_(own, queue(by), ticket.solver_id == acting_solver(), worked)


def contact(by: Standing) -> ColumnElement[bool]:
    """Does this viewer get name, phone, e-mail and account of a ticket that exists for them?

    Its customer does, and a solver while the ticket is theirs: no longer once it is finished, or open again,
    and not where a block has come between.
    """
    if by is Standing.ADMIN:
        return true()
    if by is Standing.ANONYMOUS:
        return false()
    own: ColumnElement[bool] = ticket.customer_id == VIEWER
    if by is Standing.CUSTOMER:
        return own
    at_work = or_(ticket.status == TicketStatus.CLAIMED, ticket.status == TicketStatus.IN_PROGRESS)
    return or_(own, and_(at_work, ticket.solver_id == acting_solver(), at_peace(ticket.customer_id)))


def sessions(by: Standing) -> ColumnElement[bool]:
    """Which sessions exist for this viewer? Those on their own tickets; for solvers those that they held, too."""
    if by is Standing.ADMIN:
        return true()
    if by is Standing.ANONYMOUS:
        return false()
    about = alias(Ticket)
    own = exists(select(1).where(about.id == session.ticket_id, about.customer_id == VIEWER))
    return own if by is Standing.CUSTOMER else or_(own, session.solver_id == acting_solver())


def sessions_of_a_ticket(by: Standing) -> ColumnElement[bool]:
    """Which sessions on a ticket that the viewer has found exist for them?

    All for its customer, signed in or a guest with reference and phone; for a solver those of `sessions`.
    """
    return sessions(by) if by is Standing.SOLVER else true()


def solver_cards(by: Standing) -> ColumnElement[bool]:
    """Which solvers are shown where a ticket or session names them? All but those with a block between; the gone have none."""
    return true() if by in {Standing.ADMIN, Standing.ANONYMOUS} else at_peace(solver.customer_id)


def solvers(by: Standing) -> ColumnElement[bool]:
    """Which solvers exist for this viewer? Who was asked for, worked or is a favourite; for each other all. Not across a block."""
    if by in {Standing.ADMIN, Standing.SOLVER}:
        return solver_cards(by)
    if by is Standing.ANONYMOUS:
        return false()
    about, work, favorite = alias(Ticket), alias(Session), alias(FavoriteSolver)
    named = or_(about.solver_id == solver.id, about.requested_solver_id == solver.id)
    met = select(1).where(about.customer_id == VIEWER, work.ticket_id == about.id, work.solver_id == solver.id)
    known = or_(
        solver.customer_id == VIEWER,
        exists(select(1).where(about.customer_id == VIEWER, named)),
        exists(met),
        exists(select(1).where(favorite.customer_id == VIEWER, favorite.solver_id == solver.id)),
    )
    return and_(known, solver_cards(by))
