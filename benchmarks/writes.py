"""Mutations of many customers: who follows whom, who submits which ticket, and how all of it is undone."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import orjson

from benchmarks import dataset
from benchmarks.answers import Different
from benchmarks.load import Request, Series
from benchmarks.servers import stage
from models import ids

FOLLOW, SUBMIT = "followCustomer", "submitTicket"
MUTATIONS = (FOLLOW, SUBMIT)
PAIRS = 64
"""How many customers follow another one each, before the first of them unfollows: more than there are connections."""
TICKETS = 1_024
DESCRIPTION = "Sent by the benchmark: it hums."
SAMPLE = orjson.loads((dataset.HERE / "mutations" / "Submit.json").read_bytes())
SUCCEEDED = '"userErrors":[]'
CHOSEN = f"""
    SELECT array_agg(ARRAY[a.clerk_id, a.id::text, b.id::text] ORDER BY a.id) FROM
    (SELECT id, clerk_id, row_number() OVER (ORDER BY md5(id::text)) AS place FROM customer
     WHERE role = 'CUSTOMER' AND clerk_id NOT IN ('user_demo_omar', 'user_demo_layla') LIMIT {PAIRS}) a
    JOIN (SELECT id, row_number() OVER (ORDER BY md5(id::text) DESC) AS place FROM customer
          WHERE NOT is_private AND show_profile LIMIT {PAIRS}) b USING (place)
"""
UNDO = """
CREATE TEMPORARY TABLE undone AS
  SELECT * FROM unnest('{{{followers}}}'::uuid[], '{{{followees}}}'::uuid[]) AS pair (follower, followee);
CREATE TEMPORARY TABLE gone AS
  WITH deleted AS (DELETE FROM follow USING undone WHERE (follower_id, followee_id) = (follower, followee) RETURNING *)
  SELECT * FROM deleted;
UPDATE customer SET followers_count = followers_count - 1 FROM gone WHERE id = followee_id;
UPDATE customer SET following_customers_count = following_customers_count - 1 FROM gone WHERE id = follower_id;
UPDATE customer SET last_active_at = now() FROM undone WHERE id = follower;
DROP TABLE undone, gone;
DELETE FROM mail WHERE subject_id IN (SELECT id FROM ticket WHERE description = '{description}');
DELETE FROM ticket WHERE description = '{description}';
TRUNCATE attempts, event;
DELETE FROM pgqueuer.pgqueuer WHERE entrypoint LIKE 'mail%';
"""


COUNT = """
    SELECT count(*) FROM follow JOIN unnest($1::uuid[], $2::uuid[]) AS pair (follower, followee)
    ON (follower_id, followee_id) = (follower, followee)
"""


class Writes:
    """Who takes part in the mutations of one run."""

    def __init__(self, url: str, pem: str) -> None:
        self._url = url
        self._chosen: list[list[str]] = asyncio.run(dataset.fetch(url, CHOSEN))
        self._tokens = [stage.token(pem, clerk_id) for clerk_id, *_ in self._chosen]
        self.undo()

    def requests(self, servers: Iterable[str]) -> dict[tuple[str, str], Series]:
        """Give what each server is sent: all follow and then all unfollow; tickets of different people."""
        followees = [ids.encode("Customer", key) for key in map(UUID, (other for *_, other in self._chosen))]
        follows = [self.follow("Follow", n, key) for n, key in enumerate(followees)]
        unfollows = [self.follow("Unfollow", n, key) for n, key in enumerate(followees)]
        tickets = [self.submit(n) for n in range(TICKETS)]
        sent = {FOLLOW: (*follows, *unfollows), SUBMIT: tuple(tickets)}
        return {
            (server, name): Series(requests, SUCCEEDED, writes=True)
            for server in servers
            for name, requests in sent.items()
        }

    @staticmethod
    def _text(name: str) -> str:
        return (dataset.HERE / "mutations" / f"{name}.graphql").read_text()

    def follow(self, name: str, number: int, followee: str) -> Request:
        return Request.of(name, self._text(name), {"input": {"customerId": followee}}, self._tokens[number])

    def submit(self, number: int) -> Request:
        phone = f"+97150{1_000_000 + number * 7}"
        given = {**SAMPLE["input"], "phoneNumber": phone, "description": DESCRIPTION}
        address = f"198.51.{100 + number // 256}.{number % 256}"
        return Request.of("Submit", self._text("Submit"), {"input": given}, self._tokens[number % PAIRS], address)

    def check_follows(self, expected: int) -> None:
        """Refuse where the customers who take part do not follow each other as they should."""
        found = asyncio.run(
            dataset.fetch(self._url, COUNT, [one for _, one, _ in self._chosen], [one for *_, one in self._chosen])
        )
        if found != expected:
            raise Different(f"{found} follows instead of {expected}")

    def undo(self) -> None:
        """Undo all follows and tickets, so that each load finds the same rows."""
        keys = {"followers": [one for _, one, _ in self._chosen], "followees": [one for *_, one in self._chosen]}
        lists = {name: ",".join(values) for name, values in keys.items()}
        vacuum = "VACUUM follow, customer, ticket, mail, attempts, event, pgqueuer.pgqueuer"
        asyncio.run(dataset.execute(self._url, UNDO.format(**lists, description=DESCRIPTION), vacuum))
