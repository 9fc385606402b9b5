"""Database URLs."""


def plain_url(url: str) -> str:
    """The URL without SQLAlchemy's driver name, for asyncpg and psql."""
    _, rest = url.split("://", 1)
    return f"postgresql://{rest}"
