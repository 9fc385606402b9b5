"""Database URLs."""


def plain_url(url: str) -> str:
    """Give the URL without SQLAlchemy's driver name, as asyncpg and psql want it."""
    _, rest = url.split("://", 1)
    return f"postgresql://{rest}"
