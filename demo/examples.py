"""What the examples of GraphiQL leave out, since it depends on the server's keys."""

from auth.secrets import Secrets
from demo.payments import razorpay_id
from payments.client import signature_of
from settings import Settings

COMPLETED_SALE = 0
"""The number of Layla's completed payment in `demo.sales.FIXED`."""


def values(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """Give what replaces `{{NAME}}` in variables: the signature that the sandbox's Checkout gives for a demo payment."""
    if not settings.has_payment_sandbox or secrets.razorpay is None:
        return {}
    signed = razorpay_id("order", COMPLETED_SALE), razorpay_id("pay", COMPLETED_SALE)
    return {"DEMO_SIGNATURE": signature_of(*signed, secrets.razorpay.key_secret)}
