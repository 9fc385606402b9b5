"""What a process that serves is told, and what a worker process and its supervisor tell each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auth.secrets import Secrets
from settings import Settings

READY = b"1"
"""What a worker tells the supervisor, once."""
RETIRE = b"2"
"""What the supervisor tells a worker that another one has taken the place of."""
STOP = b"3"
"""What the supervisor tells a worker that has to stop; the second time, to end at once."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is the same for all processes, found out once."""

    settings: Settings
    secrets: Secrets
    url: str
    """Of the database."""
    personas: Sequence[tuple[str, str]]
    metrics: Path | None = None
    """The folder of the metrics that worker processes add up."""
