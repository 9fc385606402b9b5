"""The jobs of pgqueuer: one for each mail that is to be sent. Its tables have a schema of their own, `pgqueuer`."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, column, func, literal, literal_column, select, table, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from models.columns import columns
from models.mails import Mail, MailState

if TYPE_CHECKING:
    from pgqueuer import Queries
    from pgqueuer.domain.settings import DBSettings
    from pgqueuer.ports.driver import Driver

LOST = "no answer came once the text was on the way: it may have been delivered"
SCHEMA = "pgqueuer"
ENTRYPOINT = "mail"
LIVE = text("status IN ('queued', 'picked') AND dedupe_key IS NOT NULL")
JOBS: Any = table(
    "pgqueuer", *map(column, ("priority", "entrypoint", "dedupe_key", "payload", "status")), schema=SCHEMA
)
mail = columns(Mail)


def names() -> "DBSettings":
    """Give the names of pgqueuer's things, each given here: it would take them from variables such as CHANNEL."""
    from pgqueuer.domain.settings import DBSettings, Durability

    return DBSettings(
        prefix="", db_schema=SCHEMA, channel="ch_pgqueuer", function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics", queue_status_type="pgqueuer_status", queue_table="pgqueuer",
        queue_table_log="pgqueuer_log", trigger="tg_pgqueuer_changed", schedules_table="pgqueuer_schedules",
        durability=Durability.balanced,
    )  # fmt: skip


def queries(driver: "Driver") -> "Queries":
    """Give pgqueuer's statements over a driver."""
    from pgqueuer import Queries
    from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder

    of = names()
    return Queries(driver, QueryBuilderEnvironment(of), QueryQueueBuilder(of), QuerySchedulerBuilder(of))


def jobs_for(queued: Any) -> Any:
    """Build the INSERT of a job for each mail among `queued`, a selectable with `id`; one that has a job keeps it."""
    name = cast(queued.c.id, String)
    status: Any = literal_column(f"'queued'::{SCHEMA}.pgqueuer_status")
    rows = select(literal(0), literal(ENTRYPOINT), name, func.convert_to(name, literal_column("'UTF8'")), status)
    new = insert(JOBS).from_select([c.name for c in JOBS.c], rows)
    return new.on_conflict_do_nothing(index_elements=["dedupe_key"], index_where=LIVE)


async def repair(tx: AsyncSession) -> None:
    """Repair what a lost connection or process left: give each queued mail a job, and leave none SENDING without one."""
    name, waiting = cast(mail.id, String), mail.state == MailState.QUEUED
    held = JOBS.c.status == literal_column(f"'failed'::{SCHEMA}.pgqueuer_status")
    await tx.exec(JOBS.delete().where(held, JOBS.c.dedupe_key.in_(select(name).where(waiting))))
    await tx.exec(jobs_for(select(mail.id).where(waiting).subquery("waiting")))
    without_job = ~select(JOBS.c.dedupe_key).where(JOBS.c.dedupe_key == name, LIVE).exists()
    left = update(Mail).where(mail.state == MailState.SENDING, without_job)
    await tx.exec(left.values(state=MailState.UNCERTAIN, error=LOST, updated_at=func.now()))
