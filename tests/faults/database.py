"""A PostgreSQL that is crashed and started again."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import migrations
from database.embedded import Postgres
from tests.patience import SECONDS

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "60"}


class CrashingPostgres:
    """The server of one folder, with all that makes commits durable."""

    def __init__(self, folder: Path, options: Mapping[str, str] = DURABLE) -> None:
        self.server = Postgres(folder, options=options)

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> None:
        """Start it, after a crash too."""
        self.server.start()

    def migrate(self) -> None:
        """Make the tables."""
        migrations.upgrade(self.url)

    async def crash(self, how: signal.Signals) -> None:
        """End it at once: SIGQUIT is the "immediate" shutdown, SIGKILL leaves its children to notice by themselves."""
        child = self.server._child
        assert child is not None
        os.kill(child.pid, how)
        await asyncio.to_thread(child.wait, SECONDS)
