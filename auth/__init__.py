"""Authentication: tokens, keys, secrets, viewers."""
