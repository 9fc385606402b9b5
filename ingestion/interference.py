"""What a batch meets where another transaction creates or deletes the same at the same time: it is to be merged again."""

import asyncpg


class Interfered(Exception):
    """Another transaction has created or deleted what the batch needs."""


INTERFERED = (Interfered, asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError)
