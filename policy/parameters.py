"""The parameter that all clauses share: who asks."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Uuid,
    bindparam,
)  # fmt: skip

VIEWER: ColumnElement[UUID] = bindparam("viewer", type_=Uuid())
