"""The words around the numbers of docs/performance.md."""

NAMES = {
    "ours": "Clientele",
    "ceiling": "hand-written route",
    "wide": "the same, whole rows",
    "documents": "JSON built by SQL",
    "postgraphile": "PostGraphile",
    "mercurius": "Mercurius, JIT",
}

FOUR_QUERIES = """\
- **Q1:** one customer with six fields.
- **Q2:** a page of 50 products with six fields each, and their brands.
- **Q3:** a customer, 20 followers, 5 wishlist items of each follower, and their products and brands. The viewer is an admin.
- **Q4:** 500 products with ten fields each.

The first table has the CPU time of each request. In parentheses it is divided by the time of the hand-written route, which
is called "ceiling". The second table compares our CPU time with the goals: each cell has the measured ratio, then the
highest ratio that the goal allows; ✓ means that the goal is reached. The third table has throughput and latency."""

METHOD = """\
**CPU milliseconds per request** are the CPU time of all threads of the server process, as the kernel counts it
(`/proc/<pid>/stat`). The CPU time of PostgreSQL and wrk is not included. Each number is the median of {settings}, with
{connections} connections. In each round the servers are measured one after the other, and in the next round in the opposite
order. The server has one core to itself; wrk and PostgreSQL share the other cores. Failed responses: {failures}.

- **Clientele** is the application that `make serve` starts, with production settings, on uvicorn with uvloop and httptools,
  in one process. There is one difference: Q4 needs pages of more than 100 rows, so this limit is raised.
- The **hand-written route** (`benchmarks/servers/ceiling.py`) shows what is possible without GraphQL. It uses Starlette,
  asyncpg, one dict for each object, and orjson. It verifies and caches the same token in the same way, looks up the viewer,
  sends exactly the same SQL, checks audiences, writes the same ids and signs the same cursors. **Its responses are compared
  with ours byte for byte** before anything is measured. "The same, whole rows" is the same route, but each SELECT returns
  all columns. Our own plans select only the columns that an operation needs.
- **JSON built by SQL** returns the JSON that one SQL statement has built. So PostgreSQL does most of the work. Cursors are
  not signed.
- **PostGraphile** and **Mercurius** run on Node. They return the same structure and values, which is checked; only ids and
  cursors have another form. They verify the same token once and remember it, and look up the viewer with the same statement.
  They do not check permissions, so they do less work than the others.
- All Python servers have the same settings of the garbage collector: the objects that exist after the start are frozen, and
  the thresholds are 100,000, 20 and 100. `--collector python` measures with Python's default settings."""

LIVE = """\
One process commits the change, and records the event in the same transaction. The subscribers are connected to a server in
another process, over WebSockets with ten subscriptions each. The time is measured from just before COMMIT is sent until the
message has been read. For each message the server verifies the token again, reads the viewer and the ticket again, and
executes the selection by its plan. If all 1,000 subscribers receive an event, the server does this 1,000 times. The last
column shows whether the goal for the median is reached."""

NOTES = """\
- Compare the ratios of one run rather than the milliseconds of two runs: other work on the machine and the clock rate of the
  processor change all milliseconds together. Throughput and latency also depend on the core that PostgreSQL shares with wrk.
- `python -m benchmarks --help` lists the options. `--profile ours` does not measure: it samples the server with py-spy, and
  shows where the time of each query is spent.
- The data set (20,000 customers, 400,000 follows, 20,000 products, 200,000 wishlist items) is created once and kept in
  `.data/benchmarks`. The customer with a million followers is in a second database there. To create both again, delete this
  folder."""
