"""The parameter that all clauses share: who asks."""

from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Uuid,
    bindparam,
)  # fmt: skip

VIEWER: BindParameter[UUID] = bindparam("viewer", type_=Uuid())
