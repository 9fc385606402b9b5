"""E-mail: written down in the transaction of what it tells, sent later, once (docs/decisions says how)."""
