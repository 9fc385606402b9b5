"""Payments, attempts to pay, refunds and receipts; orders with their lines; what customers have spent."""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None
oldest_code = '0026'


def upgrade() -> None:
    """Go forward."""
    op.create_table('customer_spending',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('orders_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('orders_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('spent_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.CheckConstraint('orders_count >= 0 AND orders_minor >= 0 AND spent_minor >= 0', name=op.f('customer_spending_counters_check')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('customer_spending_customer_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('customer_id', 'currency', name=op.f('customer_spending_pkey'))
    )
    op.create_table('order',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Enum('PENDING', 'PAID', 'CANCELLED', 'REFUNDED', name='orderstatus', native_enum=False, create_constraint=True), server_default='PENDING', nullable=False),
    sa.Column('total_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status IN ('PAID', 'REFUNDED')) = (paid_at IS NOT NULL)", name=op.f('order_paid_check')),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('order_currency_check')),
    sa.CheckConstraint('total_minor > 0', name=op.f('order_total_check')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('order_customer_id_fkey'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('order_pkey')),
    sa.UniqueConstraint('number', name=op.f('order_number_key'))
    )
    op.create_index('order_of_customer_idx', 'order', ['customer_id', 'created_at', 'id'], unique=False)
    op.create_table('order_line',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('unit_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.CheckConstraint('quantity BETWEEN 1 AND 100', name=op.f('order_line_quantity_check')),
    sa.CheckConstraint('unit_minor > 0', name=op.f('order_line_price_check')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('order_line_listing_id_fkey'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('order_line_order_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('order_id', 'position', name=op.f('order_line_pkey'))
    )
    op.create_index('order_line_listing_idx', 'order_line', ['listing_id'], unique=False)
    op.create_table('payment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('tier', sa.Enum('QUICK', 'STANDARD', 'EXTENDED', name='supporttier', native_enum=False, create_constraint=True), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=True),
    sa.Column('status', sa.Enum('PENDING', 'AUTHORIZED', 'COMPLETED', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED', name='paymentstatus', native_enum=False, create_constraint=True), server_default='PENDING', nullable=False),
    sa.Column('flag', sa.Enum('SECOND_CAPTURE', 'AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'UNKNOWN_ORDER', 'ORDER_CANCELLED', 'SESSION_CANCELLED', 'ACCOUNT_DELETED', name='paymentflag', native_enum=False, create_constraint=True), nullable=True),
    sa.Column('is_unknown', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('refunded_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('razorpay_order_id', sa.String(), nullable=True),
    sa.Column('razorpay_payment_id', sa.String(), nullable=True),
    sa.Column('failure_reason', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED')) = (completed_at IS NOT NULL AND razorpay_payment_id IS NOT NULL)", name=op.f('payment_completed_check')),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('payment_currency_check')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('payment_amount_check')),
    sa.CheckConstraint('order_id IS NULL OR session_id IS NULL', name=op.f('payment_one_subject_check')),
    sa.CheckConstraint('refunded_minor BETWEEN 0 AND amount_minor', name=op.f('payment_refunded_check')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('payment_customer_id_fkey'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('payment_order_id_fkey'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('payment_session_id_fkey'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('payment_pkey')),
    sa.UniqueConstraint('order_id', name=op.f('payment_order_id_key')),
    sa.UniqueConstraint('razorpay_order_id', name=op.f('payment_razorpay_order_id_key')),
    sa.UniqueConstraint('razorpay_payment_id', name=op.f('payment_razorpay_payment_id_key')),
    sa.UniqueConstraint('session_id', name=op.f('payment_session_id_key'))
    )
    op.create_index('payment_flagged_idx', 'payment', ['created_at', 'id'], unique=False, postgresql_where=sa.text('flag IS NOT NULL'))
    op.create_index('payment_newest_idx', 'payment', ['created_at', 'id'], unique=False)
    op.create_index('payment_of_customer_idx', 'payment', ['customer_id', 'created_at', 'id'], unique=False)
    op.create_index('payment_status_idx', 'payment', ['status', 'created_at', 'id'], unique=False)
    op.create_table('payment_attempt',
    sa.Column('razorpay_payment_id', sa.String(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('FAILED', 'AUTHORIZED', 'REFUNDED', 'CAPTURED', name='attemptstatus', native_enum=False, create_constraint=True), server_default='FAILED', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(), nullable=True),
    sa.Column('failure_reason', sa.String(), nullable=True),
    sa.Column('flag', sa.Enum('SECOND_CAPTURE', 'AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'UNKNOWN_ORDER', 'ORDER_CANCELLED', 'SESSION_CANCELLED', 'ACCOUNT_DELETED', name='paymentflag', native_enum=False, create_constraint=True), nullable=True),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('payment_attempt_payment_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('razorpay_payment_id', name=op.f('payment_attempt_pkey'))
    )
    op.create_index('payment_attempt_of_payment_idx', 'payment_attempt', ['payment_id', 'first_seen_at'], unique=False)
    op.create_table('receipt',
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('receipt_payment_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('payment_id', name=op.f('receipt_pkey')),
    sa.UniqueConstraint('number', name=op.f('receipt_number_key'))
    )
    op.create_table('refund',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('razorpay_payment_id', sa.String(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('status', sa.Enum('PENDING', 'FAILED', 'PROCESSED', name='refundstatus', native_enum=False, create_constraint=True), server_default='PENDING', nullable=False),
    sa.Column('razorpay_refund_id', sa.String(), nullable=True),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('processed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('refund_amount_check')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('refund_payment_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['requested_by'], ['customer.id'], name=op.f('refund_requested_by_fkey'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('refund_pkey')),
    sa.UniqueConstraint('razorpay_refund_id', name=op.f('refund_razorpay_refund_id_key'))
    )
    op.create_table('account_compared',
    sa.Column('only_row', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('only_row', name=op.f('account_compared_only_row_check')),
    sa.PrimaryKeyConstraint('only_row', name=op.f('account_compared_pkey'))
    )
    op.create_index('refund_of_attempt_idx', 'refund', ['razorpay_payment_id'], unique=False)
    op.create_index('refund_of_payment_idx', 'refund', ['payment_id', 'created_at'], unique=False)
    op.create_index(op.f('refund_requested_by_idx'), 'refund', ['requested_by'], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table('account_compared')
    op.drop_index(op.f('refund_requested_by_idx'), table_name='refund')
    op.drop_index('refund_of_payment_idx', table_name='refund')
    op.drop_index('refund_of_attempt_idx', table_name='refund')
    op.drop_table('refund')
    op.drop_table('receipt')
    op.drop_index('payment_attempt_of_payment_idx', table_name='payment_attempt')
    op.drop_table('payment_attempt')
    op.drop_index('payment_status_idx', table_name='payment')
    op.drop_index('payment_of_customer_idx', table_name='payment')
    op.drop_index('payment_newest_idx', table_name='payment')
    op.drop_index('payment_flagged_idx', table_name='payment', postgresql_where=sa.text('flag IS NOT NULL'))
    op.drop_table('payment')
    op.drop_index('order_line_listing_idx', table_name='order_line')
    op.drop_table('order_line')
    op.drop_index('order_of_customer_idx', table_name='order')
    op.drop_table('order')
    op.drop_table('customer_spending')
