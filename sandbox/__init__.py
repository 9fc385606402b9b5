"""A stand-in for Razorpay in development and tests: its HTTP API, its signatures and webhooks, and its misbehaviour."""
