"""Background jobs: kinds, the queue, the worker that every server process runs, and timers.

An area registers what it needs beside its own code: `register(JobKind(…))`, `register_timer(Timer(…))`.
"""
