"""The words around the numbers of docs/performance.md."""

NAMES = {
    "ours": "Clientele",
    "ceiling": "hand-written route",
    "actions": "the same actions, without GraphQL",
    "documents": "JSON built by SQL",
    "postgraphile": "PostGraphile",
    "mercurius": "Mercurius, JIT",
}

FOUR_QUERIES = """\
- **Q1:** one customer with six fields.
- **Q2:** a page of 50 products with six fields each, and their brands.
- **Q3:** a customer, 20 followers, 5 wishlist items of each follower, and their products and brands. The viewer is an admin.
- **Q4:** 500 products with ten fields each.

The first table has the CPU time of each request: that of the server, that of PostgreSQL, and their sum. In parentheses the
sum is divided by that of the hand-written route. The second table compares our sum with the goals: each cell has the
measured ratio, then the highest ratio that the goal allows; ✓ means that the goal is reached. In parentheses is what we hope
for beyond the goal. The third table has throughput and latency."""

PAGES = """\
Ours beside the hand-written route, whose responses are the same byte for byte:

- **dashboard:** what a customer sees of their own: three wishlists with four items each, their products and brands, ten
  followers, five tickets with their sessions, and five sessions.
- **nodes:** `nodes` with 50 ids of 13 types. The viewer is an admin.
- **catalogue:** 50 products of a large category up to a price, the cheapest first, with brands, prices and facets. It is
  measured with 4 connections."""

MUTATIONS = """\
64 customers follow another one each, and then unfollow them, so that each mutation changes something; tickets come from many
addresses and have many phone numbers. Before each load all of it is undone. The **hand-written route** takes the same locks
and makes the same checks, and sends the same statements in the same order: it records them from our own code at its start.
**The same actions** is a route that calls the functions that our mutations call, in the same transactions: what lies between it
and Clientele is the price of GraphQL, and what lies between it and the hand-written route is the price of actions. The CPU
time of PostgreSQL includes its WAL writer here."""

SIGHTS = """\
A document is parsed and validated, and run by the reference executor, when it comes for the first time. When it comes again,
it is compiled to a plan and kept; from then on the plan is run. Here each document differs from the others in an alias."""

FIXED = "Each request has a fixed cost: HTTP, limits, costs, arguments and the record of the operation take about a third of the server's time for Q2."
REASONS = {
    "Q1": FIXED,
    "Q2": FIXED,
    "Q3": "Each of its 21 pages is completed by itself, with its edges, its page info and a cursor for each edge.",
    "Q4": "The driver's reading of 500 rows is the same for both, and the larger part. Ours also checks each list of tags, and waits until no other large operation runs.",
    "followCustomer": FIXED,
    "submitTicket": f"{FIXED} Our server also reads the event that it has published, and looks for the job.",
    "failing": "The answer is searched for the failed item, the reference executor completes it again and builds its path and its error, and both are logged.",
    "live": "Each of the 1,000 messages is framed and sent by itself, and each subscriber has a task of its own.",
}
"""What stands in the way of a goal, by operation."""

METHOD = """\
**CPU milliseconds per request** are CPU time as the kernel counts it (`/proc/<pid>/stat`), divided by the number of
responses: of all threads of the server process, and, in the same seconds, of the PostgreSQL backends that work for it. Each
server connects as a role of its own, by which its backends are told from those of the others; backends and parallel workers
that end meanwhile are counted as well. The processes of PostgreSQL that serve all (checkpointer, background writer, I/O workers)
are not counted, and autovacuum is off; for mutations the WAL writer is counted. What our server does in the background, such
as looking for jobs, is part of its numbers. The CPU time of wrk is not counted.

Each number is the median of {settings}, with {connections} connections. In each round the servers are measured one after the
other, and in the next round in the opposite order. The server has one core to itself; wrk and PostgreSQL share the other
cores. Failed responses: {failures}.

- **Clientele** is the application that `make serve` starts, with production settings, on uvicorn with uvloop and httptools,
  in one process. There are two differences: Q4 needs pages of more than 100 rows, so this limit is raised; and the limits of
  what one client may do in some time are raised, since one client sends all requests.
- The **hand-written route** (`benchmarks/servers/ceiling.py`) shows what is possible without GraphQL. It uses Starlette,
  asyncpg, one dict for each object, and orjson. It verifies and caches the same token in the same way, looks up the viewer and
  remembers it as long as we do, sends exactly the same SQL through the same pool of connections, with the same settings of
  PostgreSQL and the same cache of prepared statements, checks audiences, writes the same ids and signs the same cursors. **Its responses are compared with
  ours byte for byte** before anything is measured.
- **JSON built by SQL** returns the JSON that one SQL statement has built. So PostgreSQL does most of the work. Cursors are
  not signed.
- **PostGraphile** and **Mercurius** run on Node. They return the same structure and values, which is checked; only ids and
  cursors have another form. They verify the same token once and remember it, and look up the viewer with the same statement.
  They do not check permissions, so they do less work than the others.
- All Python servers have the same settings of the garbage collector: the objects that exist after the start are frozen, and
  the thresholds are 100,000, 20 and 100. `--collector python` measures with Python's default settings."""

DEPTH = """\
**Depth.** The number of SQL statements of one request, including the one for the viewer. It grows with the number of levels,
and not with the number of followers on the second level:"""

POSITION = """\
**Position in a list, and length of the list.** One request at a time. A page is found by its cursor, so no rows before it are
counted or skipped:"""

WEBHOOKS = """\
Razorpay reports 1,000 captured payments to one process over 8 connections. Each message completes a payment: its order is paid,
the customer's spending counted, a receipt and a mail written, and subscribers are told, in one transaction. Then all of them
come once more under the same ids, and have no effect."""
LIVE = """\
One process commits the change, and records the event in the same transaction. The subscribers are connected to a server in
another process, over WebSockets with ten subscriptions each. The time is measured from just before COMMIT is sent until the
message has been read. Where all receive an event they are 100 customers, half of them administrators and half solvers; for
each event the server verifies their tokens again, reads the viewers and the ticket again, and executes the selection once
for all who are shown the same. The second table has the CPU for one such event. The last column of the first one shows
whether the goal for the median is reached."""

NOTES = """\
- Compare the ratios of one run rather than the milliseconds of two runs: other work on the machine and the clock rate of the
  processor change all milliseconds together. Throughput and latency also depend on the core that PostgreSQL shares with wrk.
- `python -m benchmarks --help` lists the options. `--only NAME` measures one part and writes nothing; `--quick` measures all
  of them for a second each, to see that they work. `--profile ours` does not measure: it samples the server with py-spy, and
  shows where the time of each query is spent.
- The data set (20,000 customers, 400,000 follows, 20,000 products, 200,000 wishlist items) is created once and kept in
  `.data/benchmarks`. The customer with a million followers is in a second database there. To create both again, delete this
  folder."""
