"""What has been tried how often lately: shared by all server processes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, DateTime
from sqlmodel import Field

from models.columns import Table, timestamp


class Attempts(Table, table=True):
    """The times of the latest attempts at one thing by one party: as many as are allowed, so never a long list."""

    __tablename__ = "attempts"
    __table_args__: Any = ({"prefixes": ["UNLOGGED"]},)

    key: str = Field(primary_key=True)
    """What is counted, and a digest of for whom: `submitTicket:address:…`."""
    times: list[datetime] = Field(sa_type=ARRAY(DateTime(timezone=True)))
    until: datetime = timestamp(now=True, index=True)
    """From when on the row means nothing and may be swept away."""
