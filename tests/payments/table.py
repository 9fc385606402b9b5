"""Who gets what of payments and orders; `ORDERS` says for whom an order exists."""

from models.orders import OrderStatus
from tests.privacy.table import ROW

FIELDS: dict[str, dict[str, str]] = {
    "Customer": {"payments": "SELF", "orders": "ORDERS", "stats": "ORDERS"},
    "CustomerStats": dict.fromkeys(("totalOrders", "totalSpent", "averageOrderValue", "favoriteStores"), ROW),
    "Payment": dict.fromkeys(
        ("id", "amount", "refunded", "status", "flag", "description", "failureReason", "customer", "order", "session",
         "receipt", "refunds", "razorpayOrderId", "razorpayPaymentId", "createdAt", "updatedAt", "completedAt",
         "viewerCanRefund"), ROW
    ),
    "Refund": dict.fromkeys(("amount", "status", "createdAt", "processedAt"), ROW),
    "Receipt": dict.fromkeys(("number", "issuedAt", "url"), ROW),
    "Order": dict.fromkeys(
        ("id", "number", "customer", "status", "lines", "total", "payments", "createdAt", "paidAt", "viewerCanPay"), ROW
    ),
    "OrderLine": dict.fromkeys(("listing", "title", "quantity", "unitPrice", "total"), ROW),
    "RazorpayCheckout": dict.fromkeys(
        ("keyId", "orderId", "amount", "currency", "name", "description", "prefillName", "prefillEmail", "prefillContact"),
        ROW,
    ),
    "PaymentEdge": {}, "OrderEdge": {},
}  # fmt: skip
SHOWN = frozenset({OrderStatus.PAID})
"""The statuses of the orders that a customer shows to others."""
PERSONS = frozenset(FIELDS) - {"Customer"}
QUERIES = frozenset({"payment", "payments", "order"})
MUTATIONS = frozenset({"createOrder", "createPayment", "verifyPayment", "refundPayment"})
SUBSCRIPTIONS = frozenset({"paymentUpdated"})
PERSONAL_EDGES = frozenset({
    *("Query." + name for name in QUERIES),
    *("Subscription." + name for name in SUBSCRIPTIONS),
    "Customer.payments", "Customer.orders", "Customer.stats",
    "Payment.customer", "Payment.order", "Payment.session", "Payment.receipt", "Payment.refunds",
    "Order.customer", "Order.lines", "Order.payments",
    "CreateOrderPayload.order", "CreatePaymentPayload.payment", "CreatePaymentPayload.checkout", "VerifyPaymentPayload.payment",
    "RefundPaymentPayload.payment", "AlreadyPaidError.payment",
})  # fmt: skip
