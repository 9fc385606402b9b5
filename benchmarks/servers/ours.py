"""The server of this project, as production runs it but for the limit of a page, which Q4 needs lifted."""

from starlette.types import ASGIApp

from benchmarks.servers import stage

PAGE = 1_000


def lift_page_limit() -> None:
    """Let connections give larger pages; before whoever copies the limit is imported."""
    from loaders.pages import ConnectionLoader

    if not hasattr(ConnectionLoader, "max_page_size"):
        raise AttributeError("The limit of a page is no longer ConnectionLoader.max_page_size; lift it where it is now")
    ConnectionLoader.max_page_size = PAGE


def create() -> ASGIApp:
    lift_page_limit()
    import application

    url, settings, credentials = stage.from_environment()
    return application.create(settings, credentials, url)
