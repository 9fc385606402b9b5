"""Rate limits: what was tried how often, shared by all server processes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, DateTime
from sqlmodel import Field

from models.columns import Table, timestamp


class RateLimitWindow(Table, table=True):
    """The times of the latest attempts at one thing: as many as are allowed, so never a long list."""

    __tablename__ = "attempts"
    __table_args__: Any = ({"prefixes": ["UNLOGGED"]},)

    key: str = Field(primary_key=True)
    """What is counted, and a digest of for whom it is counted: `submitTicket:address:…`."""
    times: list[datetime] = Field(sa_type=ARRAY(DateTime(timezone=True)))
    until: datetime = timestamp(now=True, index=True)
    """From then on the row has expired and may be deleted."""
