"""Who may read the audit log."""

from sqlalchemy import ColumnElement, false, true

from auth.viewer import ViewerKind


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which entries exist for this viewer? All of them for admins, none for others, even if they are about themselves."""
    return true() if viewer is ViewerKind.ADMIN else false()
