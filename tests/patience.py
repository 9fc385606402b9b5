"""How long tests wait for what comes: long enough for a machine with much else to do. Where all is well nobody waits."""

SECONDS = 120.0
DEADLINES = {"operation_seconds": 100.0, "statement_seconds": 90.0, "lock_seconds": 80.0, "pool_wait_seconds": 80.0}
"""Settings of servers whose own deadlines are not what a test is about."""
ENVIRONMENT = {name.upper(): str(seconds) for name, seconds in DEADLINES.items()}
"""The same for servers that are processes of their own."""
