"""What happened, for subscribers: published in the transaction that did it."""
