"""The words around the numbers of docs/performance.md."""

NAMES = {
    "ours": "Clientele",
    "ceiling": "hand-written route",
    "narrow": "the same, narrow rows",
    "documents": "JSON built by SQL",
    "postgraphile": "PostGraphile",
    "mercurius": "Mercurius, JIT",
}

METHOD = """\
**CPU milliseconds per request** are the server's own, of all its threads, as the kernel counts them
(`/proc/<pid>/stat`); the database's and wrk's are not in them. Each number is the median of {settings}, with
{connections} connections, the servers taking turns within a round, and in the opposite order in the next. The server
has a core of its own; wrk and PostgreSQL share the others. Answers that failed: {failures}.

- **Clientele** is the application of `make serve`, with production settings, on uvicorn with uvloop and httptools, in
  one process. Only the limit of 100 rows a page is lifted, for Q4.
- **The hand-written route** (`benchmarks/servers/ceiling.py`) is what could be had without GraphQL: Starlette, asyncpg,
  a dict for each object, orjson. It verifies the same token in the same cached way, looks up the viewer, sends the very
  same SQL, minds audiences, writes the same ids and signs the same cursors. **Its answers are compared with ours byte for
  byte** before anything is timed. *Narrow rows* is the same with only those columns in each SELECT that the query needs.
- **JSON built by SQL** passes through what one statement made. PostgreSQL does the work then; cursors are not signed.
- **PostGraphile** and **Mercurius** run on Node, give the same shapes and values (compared; their ids and cursors look
  different), verify the same token, once, and look up the viewer with the same statement. They check no policy,
  and so do less than the others.
- The collector of all Python servers is set alike, whatever they set themselves: frozen after the start, with thresholds
  of 100,000, 20 and 100; `--collector python` measures with Python's own."""

LIVE = """\
The change is committed by one process, which records the event in the same transaction; the subscribers are connected
to a server in another, over WebSockets with ten subscriptions each. The clock runs from just before COMMIT is sent until
the message has been read. For each message the server verifies the token again, reads the viewer and the ticket anew,
and executes the selection by its plan; where all hear of one event, it does so a thousand times."""

NOTES = """\
- Ratios within one run say more than milliseconds: other work on the machine, and a processor's clock, move all of them
  together. Throughput and latency also hang on the core that PostgreSQL shares with wrk.
- `python -m benchmarks --help` lists what can be chosen; `--profile ours` samples with py-spy instead, and says where
  the time of each query goes.
- The data set (20,000 customers, 400,000 follows, 20,000 products, 200,000 wishlist items) is made once and kept in
  `.data/benchmarks`; the customer with a million followers is in a second database beside it. To begin anew, remove that folder."""
