"""How fast the server is: the four queries of issue 3, against the least work that could answer them, and against peers.

`python -m benchmarks` prints a table and writes docs/performance.md. Only loopback is loaded, for a bounded time.
"""
