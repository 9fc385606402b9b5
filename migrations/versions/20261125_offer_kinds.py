"""kinds of offer."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

KINDS = ('DISCOUNT', 'COUPON', 'CASHBACK', 'BUNDLE', 'FREE_SHIPPING', 'OTHER')
RENAMED = """CASE upper(kind) WHEN 'PERCENT_OFF' THEN 'DISCOUNT' WHEN 'BUY_MORE' THEN 'BUNDLE'
    WHEN 'DISCOUNT' THEN 'DISCOUNT' WHEN 'COUPON' THEN 'COUPON' WHEN 'CASHBACK' THEN 'CASHBACK'
    WHEN 'BUNDLE' THEN 'BUNDLE' WHEN 'FREE_SHIPPING' THEN 'FREE_SHIPPING' ELSE 'OTHER' END"""


def upgrade() -> None:
    """Go forward."""
    words = sa.Enum(*KINDS, name='offerkind', native_enum=False)
    op.alter_column('offer', 'kind', type_=words, server_default='OTHER', postgresql_using=RENAMED)
    op.create_check_constraint(op.f('offer_offerkind_check'), 'offer', sa.column('kind').in_(KINDS))


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f('offer_offerkind_check'), 'offer')
    op.alter_column('offer', 'kind', type_=sa.String(), server_default=None)
