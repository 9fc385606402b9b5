"""Writing mails in the transaction that causes them: what is rolled back is never mailed.

They are written whether or not this process has a mail server: a process that has one sends them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from secrets import token_bytes
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import array, insert
from uuid_utils.compat import uuid7

from auth.secrets import Secrets
from database.compiled import Compiled
from database.engine import Database
from database.transactions import Transaction
from mails.delivery import mail
from mails.kind import jobs_for
from mails.subjects import SUBJECTS, MailSubject
from models.columns import columns
from models.limits import RateLimitWindow
from models.mails import Mail
from settings import Settings

DAY = timedelta(days=1)
WINDOW = columns(RateLimitWindow)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AddressLimit:
    """How many mails a day go to an address that nobody has verified, and so may be a stranger's.

    Only a digest of the address is kept, which nobody can compute without the key.
    """

    per_day: int
    key: bytes = field(repr=False)


DEFAULT_LIMIT = AddressLimit(5, token_bytes(32))
"""Of transactions whose database was opened without one."""
LIMIT = "mails.address_limit"
"""Key in the `info` of a transaction."""


async def open_database(settings: Settings, secrets: Secrets, url: str, *, pool_size: int | None = None) -> Database:
    """Open the database of a process, with what writing mails needs to know."""
    limit = AddressLimit(settings.rate_limits.mails_per_day_and_address, secrets.hmac_digest("mail addresses"))
    return await Database.connect(
        url,
        size=pool_size or settings.database.pool_size,
        statement=settings.database.statement_seconds,
        lock=settings.database.lock_seconds,
        wait=settings.database.pool_wait_seconds,
        max_age=settings.database.connection_seconds,
        prepared=settings.database.prepared_statements,
        info={LIMIT: limit},
        pooled=settings.database.pooler is not None,
        recorded=settings.development,
    )


async def write(
    tx: Transaction, about: MailSubject, subject_id: UUID, template: str, *, key: str | None = None
) -> None:
    """Write a mail about something to whom it concerns, unless they want none. One statement.

    There is one mail of a template about a subject with a `key`; without one, one in each transaction. One to an
    unverified address counts against that address until the transaction ends; others to the same address wait for that.
    """
    limit: AddressLimit = tx.info.get(LIMIT, DEFAULT_LIMIT)
    given = {
        "id": uuid7(), "subject_id": subject_id, "template": template, "key": key, "secret": limit.key,
        "per_day": limit.per_day,
    }  # fmt: skip
    if (await tx.exec(_statement(about.name), given)).scalar_one():
        log.warning("mail_limit_reached", template=template, subject_type=about.name, subject=str(subject_id))


@cache
def _statement(subject: str) -> Compiled:
    """Build the statement that writes a mail about a kind of subject."""
    about = SUBJECTS[subject]
    found = (
        sa.select(
            about.id.label("subject_id"), about.customer_id.label("customer_id"), about.language.label("language"),
            sa.func.coalesce(about.verified, sa.false()).label("verified"), about.address.label("address"),
        )
        .select_from(about.rows)
        .where(about.id == sa.bindparam("subject_id", type_=sa.Uuid()), about.address.is_not(None))
        .cte("found")
    )  # fmt: skip
    counted = _count(found)
    this_transaction = sa.cast(sa.func.extract("epoch", sa.func.now()), sa.Text)
    row = sa.select(
        sa.bindparam("id", type_=sa.Uuid()), sa.literal(about.name), found.c.subject_id, found.c.customer_id,
        sa.bindparam("template", type_=sa.Text()), found.c.language, found.c.verified,
        sa.func.coalesce(sa.bindparam("key", type_=sa.Text()), this_transaction),
    )  # fmt: skip
    new = (
        insert(Mail)
        .from_select(
            ["id", "subject_type", "subject_id", "customer_id", "template", "language", "verified", "key"],
            row.where(sa.or_(found.c.verified, sa.select(counted.c.key).exists())),
            include_defaults=False,
        )
        .on_conflict_do_nothing()
        .returning(mail.id)
        .cte("new")
    )
    queued = jobs_for(sa.select(new.c.id)).returning(sa.literal_column("1")).cte("queued")
    refused = sa.select(found.c.subject_id).where(~found.c.verified, ~sa.select(counted.c.key).exists()).exists()
    return Compiled(sa.select(refused).add_cte(queued))


def _count(found: Any) -> Any:
    """Count a mail to an unverified address, unless its limit is reached: a CTE with a row if it may be written.

    The row of the address is locked, so that of two transactions at once only one takes the last place.
    """
    secret: Any = sa.bindparam("secret", type_=sa.LargeBinary())
    text = sa.func.convert_to(_mailbox(found.c.address), sa.literal_column("'UTF8'"))
    digest = sa.func.sha256(secret.op("||")(sa.func.sha256(secret.op("||")(text))))
    name = sa.literal("mail:").op("||")(sa.func.encode(digest, sa.literal_column("'hex'")))
    now = sa.func.clock_timestamp()
    first = sa.select(name, array([now]), now + DAY).where(~found.c.verified)
    new = insert(RateLimitWindow).from_select(["key", "times", "until"], first)
    at = sa.func.unnest(WINDOW.times).column_valued("at")
    recent = sa.func.array(sa.select(at).where(at > now - DAY).scalar_subquery())
    again = new.on_conflict_do_update(
        index_elements=["key"],
        set_={"times": sa.func.array_append(recent, now), "until": now + DAY},
        where=sa.func.cardinality(recent) < sa.bindparam("per_day", type_=sa.Integer()),
    )
    return again.returning(WINDOW.key).cte("counted")


def _mailbox(address: Any) -> Any:
    """Give one form for the addresses that most servers deliver to one person: whatever their case and `+tag`."""
    plain = sa.func.regexp_replace(sa.func.lower(address), r"^([^+@]+)\+[^@]*@", r"\1@")
    name, domain = (sa.func.split_part(plain, "@", part) for part in (1, 2))
    without_dots = sa.func.replace(name, ".", "").concat("@gmail.com")
    return sa.case((domain.in_(["gmail.com", "googlemail.com"]), without_dots), else_=plain)
