"""The border to Razorpay, the payment provider: what it is asked, and what it answers."""
