"""Who asks: tokens, keys, secrets, viewers."""
