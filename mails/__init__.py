"""E-mail: recorded in the transaction that causes it, sent later, at most once (docs/decisions has the reasons)."""
