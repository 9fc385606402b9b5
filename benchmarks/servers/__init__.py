"""The servers that are measured, each a module with `create(stage) -> ASGI app`, run by servers/run.py."""
