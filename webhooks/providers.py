"""All who send webhooks."""

from webhooks import clerk, razorpay

PROVIDERS = (clerk.PROVIDER, razorpay.PROVIDER)
routes = [*clerk.routes, *razorpay.routes]
