"""The server of this project, as production runs it but for the limit of a page, which Q4 needs lifted."""

from starlette.types import ASGIApp

from benchmarks.servers import stage

PAGE = 1_000


def lift_page_limit() -> None:
    """Let connections give larger pages; before whoever copies the limit is imported."""
    from resolvers import pages

    if not hasattr(pages, "MOST"):
        raise AttributeError("The limit of a page is no longer resolvers.pages.MOST; lift it where it is now")
    pages.MOST = PAGE


def create() -> ASGIApp:
    lift_page_limit()
    import application

    url, settings, credentials = stage.from_environment()
    return application.create(settings, credentials, url)
