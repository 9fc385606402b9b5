"""What is always so in the database, whatever was interrupted: each statement gives the rows that break it."""

import asyncpg

FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
        (SELECT array_agg(quote_ident(attname) ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS columns,
        (SELECT array_agg(quote_ident(attname) ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = number) AS keys
    FROM pg_constraint WHERE contype = 'f'
"""

INVARIANTS = {
    "followers are counted": """
        SELECT id FROM customer
        WHERE followers_count <> (SELECT count(*) FROM follow WHERE followee_id = customer.id)""",
    "followed customers are counted": """
        SELECT id FROM customer
        WHERE following_customers_count <> (SELECT count(*) FROM follow WHERE follower_id = customer.id)""",
    "followed stores are counted": """
        SELECT id FROM customer
        WHERE following_stores_count <> (SELECT count(*) FROM store_follow WHERE customer_id = customer.id)""",
    "followers of stores are counted": """
        SELECT id FROM store
        WHERE followers_count <> (SELECT count(*) FROM store_follow WHERE store_id = store.id)""",
    "completed sessions are counted": """
        SELECT id FROM solver WHERE completed_sessions
            <> (SELECT count(*) FROM session WHERE solver_id = solver.id AND status = 'COMPLETED')""",
    "ratings are counted": """
        SELECT id FROM solver WHERE (ratings_count, stars_total) <> (
            SELECT count(*), coalesce(sum(stars), 0) FROM session_rating JOIN session ON session.id = session_id
            WHERE solver_id = solver.id)""",
    "nobody follows and asks to": """
        SELECT * FROM follow JOIN follow_request ON (requester_id, target_id) = (follower_id, followee_id)""",
    "nobody follows across a block": """
        SELECT * FROM follow JOIN block ON (blocker_id, blocked_id) IN
            ((follower_id, followee_id), (followee_id, follower_id))""",
    "each customer has one default wishlist": """
        SELECT id FROM customer
        WHERE 1 <> (SELECT count(*) FROM wishlist WHERE owner_id = customer.id AND is_default)""",
    "a ticket in progress has an active session, and no other has": """
        SELECT id FROM ticket WHERE (status = 'IN_PROGRESS')
            <> EXISTS (SELECT FROM session WHERE ticket_id = ticket.id AND status = 'ACTIVE')""",
    "an active session is that of who has the ticket": """
        SELECT session.id FROM session JOIN ticket ON ticket.id = ticket_id
        WHERE session.status = 'ACTIVE' AND session.solver_id IS DISTINCT FROM ticket.solver_id""",
    "a resolved ticket has a completed session": """
        SELECT id FROM ticket WHERE status = 'RESOLVED'
            AND NOT EXISTS (SELECT FROM session WHERE ticket_id = ticket.id AND status = 'COMPLETED')""",
    "a ticket has one mail that it was received": """
        SELECT id FROM ticket WHERE email IS NOT NULL
            AND 1 <> (SELECT count(*) FROM mail WHERE ticket_id = ticket.id AND kind = 'RECEIVED')""",
    "a change of a ticket has one mail": """
        SELECT ticket.id FROM ticket WHERE email IS NOT NULL AND (SELECT count(*) FROM session WHERE ticket_id = ticket.id)
            <> (SELECT count(*) FROM mail WHERE ticket_id = ticket.id AND kind = 'IN_PROGRESS')""",
    "an idempotency key has its result": """
        SELECT key FROM idempotency_key WHERE answer IS NULL
        UNION ALL SELECT key FROM guest_idempotency_key WHERE answer IS NULL""",
    "who was deleted is gone": """
        SELECT clerk_id FROM customer JOIN deleted_account USING (clerk_id)""",
    "each deletion is in the audit log, once": """
        SELECT (SELECT count(*) FROM deleted_account),
            (SELECT count(*) FROM audit_entry WHERE action = 'customer.deleted')
        WHERE (SELECT count(*) FROM deleted_account)
            <> (SELECT count(DISTINCT target_id) FROM audit_entry WHERE action = 'customer.deleted')
        OR EXISTS (SELECT FROM audit_entry WHERE action = 'customer.deleted' GROUP BY target_id HAVING count(*) > 1)""",
    "an audit entry of a deletion is of somebody who is gone": """
        SELECT target_id FROM audit_entry JOIN customer ON customer.id = target_id WHERE action = 'customer.deleted'""",
    "entries of roles continue one another": """
        SELECT id FROM (
            SELECT id, payload->>'before' AS before,
                lag(payload->>'after') OVER (PARTITION BY target_id ORDER BY created_at, id) AS was
            FROM audit_entry WHERE action = 'role.changed') AS entry
        WHERE was <> before""",
    "the last entry of a role is the role": """
        SELECT id FROM customer JOIN (
            SELECT DISTINCT ON (target_id) target_id, payload->>'after' AS after FROM audit_entry
            WHERE action = 'role.changed' ORDER BY target_id, created_at DESC, id DESC
        ) AS entry ON target_id = id WHERE role <> after""",
}
"""Those that hold at any moment."""

AT_REST = {
    "no webhook is left behind": """
        SELECT id FROM webhook_message WHERE status <> 'PROCESSED' OR length(body) > 0""",
    "no mail is forgotten": "SELECT id FROM mail WHERE state IN ('QUEUED', 'SENDING')",
    "no job is forgotten": "SELECT id FROM pgqueuer.pgqueuer WHERE status <> 'failed'",
}
"""Those that hold once nothing is left to do."""


async def broken(database: asyncpg.Connection, invariants: dict[str, str] = INVARIANTS) -> list[str]:
    """The invariants that do not hold, each with some of the rows that break it."""
    found = []
    async with database.transaction(isolation="repeatable_read", readonly=True):
        for name, sql in (invariants | await _references(database)).items():
            rows = await database.fetch(f"SELECT * FROM ({sql}) AS broken LIMIT 3")
            if rows:
                found.append(f"{name}: {[tuple(row) for row in rows]}")
    return found


async def _references(database: asyncpg.Connection) -> dict[str, str]:
    """That no row refers to one that is not there: a crash of the database could break it."""
    sql = {}
    for key in await database.fetch(FOREIGN_KEYS):
        pairs = list(zip(key["columns"], key["keys"], strict=True))
        match = " AND ".join(f"p.{parent} = c.{child}" for child, parent in pairs)
        given = " AND ".join(f"c.{child} IS NOT NULL" for child, _ in pairs)
        sql[f"{key['child']} ({', '.join(key['columns'])}) refers to {key['parent']}"] = (
            f"SELECT c.ctid FROM {key['child']} c WHERE {given}"
            f" AND NOT EXISTS (SELECT FROM {key['parent']} p WHERE {match})"
        )
    return sql
