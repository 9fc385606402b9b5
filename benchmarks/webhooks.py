"""Webhooks of Razorpay at one process: what one costs, how many a second it takes, and whether any is lost."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from benchmarks import cpu, dataset
from benchmarks.answers import Different
from benchmarks.measure import OURS, Run, python_servers
from benchmarks.processes import Process
from benchmarks.servers.stage import SECRET
from sandbox import entities
from sandbox.deliveries import sign

WEBHOOKS = "webhooks"
NUMBER, CONNECTIONS = 1_000, 8
WANTED_A_SECOND = 200
MAKE = f"""
    WITH payer AS (SELECT id, row_number() OVER () AS place FROM (SELECT id FROM customer ORDER BY md5(id::text) LIMIT {NUMBER}) AS chosen),
    bought AS (INSERT INTO "order" (id, number, customer_id, total_minor, currency)
        SELECT gen_random_uuid(), 'BENCH-' || place, id, 10000, 'AED' FROM payer RETURNING *)
    INSERT INTO payment (id, customer_id, order_id, amount_minor, currency, razorpay_order_id)
    SELECT gen_random_uuid(), customer_id, id, 10000, 'AED', 'order_bench' || substr(number, 7) FROM bought
"""
OURS_ONLY = "SELECT id FROM payment WHERE razorpay_order_id LIKE 'order_bench%'"
UNDO = f"""
    DELETE FROM mail WHERE subject_id IN ({OURS_ONLY});
    DELETE FROM customer_spending WHERE customer_id IN (SELECT customer_id FROM "order" WHERE number LIKE 'BENCH-%');
    DELETE FROM payment WHERE id IN ({OURS_ONLY});
    DELETE FROM "order" WHERE number LIKE 'BENCH-%';
    DELETE FROM webhook_message WHERE provider = 'razorpay';
    DELETE FROM webhook_effect WHERE provider = 'razorpay';
    TRUNCATE event;
    DELETE FROM pgqueuer.pgqueuer WHERE entrypoint LIKE 'mail%';
"""
COUNT = f"""
    SELECT array_agg(number ORDER BY status) FROM
    (SELECT status, count(*) AS number FROM payment WHERE id IN ({OURS_ONLY}) AND status = 'COMPLETED' GROUP BY status) AS done
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of webhooks took: milliseconds of CPU each, of the server and of the database, and how many a second."""

    server: float
    database: float
    a_second: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Webhooks that complete a payment and its order, and the same once more, which have no effect."""

    paid: Load
    again: Load


def messages(kind: str) -> list[bytes]:
    """Make the requests, one for each payment."""
    return [_message(kind, number) for number in range(1, NUMBER + 1)]


def _message(kind: str, number: int) -> bytes:
    payment = entities.payment(f"order_bench{number}", 10_000, "AED", []) | {"status": "captured", "captured": True}
    body = json.dumps(entities.event(kind, payment)).encode()
    head = (
        "POST /webhooks/razorpay HTTP/1.1\r\nhost: benchmark\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx-razorpay-event-id: {uuid4().hex}\r\n"
        f"x-razorpay-signature: {sign(body, SECRET)}\r\n\r\n"
    )
    return head.encode() + body


def measured(run: Run) -> Measured:
    """Send them all, and all once more."""
    asyncio.run(dataset.execute(run.url, UNDO, MAKE, "ANALYZE payment"))
    try:
        with python_servers((OURS,), run.environment, run.collector) as servers:
            _send(servers[OURS], messages("payment.pending"), "ignored")  # opens the connections to the database
            given = messages("payment.captured")
            paid = _send(servers[OURS], given, "processed")
            found = asyncio.run(dataset.fetch(run.url, COUNT))
            if found != [NUMBER]:
                raise Different(f"{found} of {NUMBER} payments are completed: webhooks were lost")
            return Measured(paid, _send(servers[OURS], given, "duplicate"))
    finally:
        asyncio.run(dataset.execute(run.url, UNDO))


def _send(server: Process, given: Sequence[bytes], wanted: str) -> Load:
    before, used, began = cpu.snapshot(), server.cpu(), time.monotonic()
    statuses = asyncio.run(_post(server.port, given))
    seconds = time.monotonic() - began
    if statuses != {wanted: len(given)}:
        raise Different(f"{dict(statuses)} instead of {wanted} for each")
    database = cpu.database_seconds(before, cpu.snapshot(), OURS, wal_writer=True)
    each = 1_000 / len(given)
    return Load((server.cpu() - used) * each, database * each, len(given) / seconds)


async def _post(port: int, given: Sequence[bytes]) -> Counter[str]:
    waiting, statuses = list(reversed(given)), Counter[str]()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            writer.write(waiting.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            statuses[json.loads(await reader.readexactly(length)).get("status")] += 1
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return statuses


def report(found: Measured) -> str:
    """Write it as a table."""
    rows = {"completes a payment of an order": found.paid, "the same once more": found.again}
    lines = [
        f"| {name} | {load.server:.2f} | {load.database:.2f} | {1_000 / load.server:,.0f} | {load.a_second:,.0f} |"
        for name, load in rows.items()
    ]
    heads = (
        "webhook of Razorpay",
        "server, ms of CPU",
        "database, ms of CPU",
        "a second of one core",
        "a second, as measured",
    )
    head = f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|"
    times = 1_000 / found.paid.server / WANTED_A_SECOND
    lost = (
        f"None of {NUMBER:,} was lost. One core takes {times:.1f} times the {WANTED_A_SECOND} a second that are wanted."
    )
    return "\n".join((head, *lines, "", lost))
