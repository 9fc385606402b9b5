"""How many mails are in which state, for metrics."""

from typing import Any

from sqlalchemy import func, select

from database.statements import DIALECT
from models.columns import columns
from models.mails import Mail, MailState

mail = columns(Mail)
UNSENT = [state for state in MailState if state is not MailState.SENT]
STATEMENT = str(
    select(mail.state, func.count())
    .where(mail.state.in_(UNSENT))
    .group_by(mail.state)
    .compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
)


async def read(connection: Any) -> dict[str, int]:
    """Count the mails that are not sent, by their state; those that were are too many to count."""
    return {state.value: 0 for state in UNSENT} | dict(await connection.fetch(STATEMENT))
