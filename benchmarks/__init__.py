"""How fast the server is: four queries and more, against the least work that could answer them, and against peers.

`python -m benchmarks` prints a table and writes docs/performance.md. Only loopback is loaded, for a bounded time.
"""
