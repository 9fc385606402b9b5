"""A viewer who notices that somebody asks for their id."""

from collections.abc import Callable
from uuid import UUID

from auth.viewer import Viewer, ViewerKind

FIELDS = ("role", "new", "impersonator", "language")


class ObservedViewer(Viewer):
    """Calls `id_read` whenever the id is read: what is made of it may be different for any other viewer.

    Everything else about a viewer, their kind among it, many have in common.
    """

    __slots__ = ("_id", "_id_read", "_kind")
    _id: UUID | None
    _id_read: Callable[[], None]
    _kind: ViewerKind

    def __init__(self, viewer: Viewer, id_read: Callable[[], None]) -> None:
        values = {name: getattr(viewer, name) for name in FIELDS}
        for name, value in (values | {"_id": viewer.id, "_kind": viewer.kind, "_id_read": id_read}).items():
            object.__setattr__(self, name, value)  # viewers are frozen

    @property
    def id(self) -> UUID | None:
        self._id_read()
        return self._id

    @property
    def kind(self) -> ViewerKind:
        return self._kind
