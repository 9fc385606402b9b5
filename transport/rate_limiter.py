"""Limits what clients spend on operations: customers by their account, everyone else by network address."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from time import monotonic
from uuid import UUID

import errors
from actions.rate_limits import network
from execution.documents import FormattedError
from transport.answers import REFUSED_COST
from transport.cost_buckets import Balance, Buckets, MemoryBuckets, Rate
from transport.sampled_log import REFUSALS

MAX_BLOCKED = 10_000
SECONDS_PER_HOUR = 3_600


class Charge:
    """The points that one operation was charged."""

    __slots__ = ("_balance", "_buckets", "_key", "_rate", "cost")

    def __init__(self, buckets: Buckets, key: str, rate: Rate, cost: int, balance: Balance) -> None:
        self._buckets, self._key, self._rate = buckets, key, rate
        self.cost, self._balance = cost, balance

    async def settle(self, actual: int) -> None:
        """Give back what the operation did not use."""
        if actual < self.cost:
            self._balance = await self._buckets.adjust(self._key, self._rate, self.cost - actual)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The size of the bucket, what is left in it, and after how many seconds it is full again."""
        points, rate = self._balance.points, self._rate
        return [
            (b"ratelimit-limit", b"%d" % rate.points),
            (b"ratelimit-remaining", b"%d" % points),
            (b"ratelimit-reset", b"%d" % -((points - rate.points) // rate.per_second)),
        ]


class RateLimiter:
    """Charges operations to the buckets of their clients."""

    def __init__(self, customer: Rate, anonymous: Rate, buckets: Buckets | None = None) -> None:
        self._customer, self._anonymous = customer, anonymous
        self._buckets = buckets or MemoryBuckets()
        self._blocked: OrderedDict[bytes | str, float] = OrderedDict()
        """Clients that have no points left, and until when."""

    async def charge(self, customer: UUID | None, address: str | None, cost: int) -> Charge:
        """Charge an operation before it runs; raises `RateExceeded`."""
        key, rate = (network(address), self._anonymous) if customer is None else (customer.hex, self._customer)
        balance = await self._buckets.charge(key, rate, cost)
        if balance.seconds_to_wait:
            raise errors.RateExceeded(balance.seconds_to_wait)
        return Charge(self._buckets, key, rate, cost, balance)

    async def charge_refused(
        self, authorization: Sequence[bytes], address: str | None, user: str | None, points: int = REFUSED_COST
    ) -> None:
        """Charge a request that was refused: to the user of its token if that was valid, else to its address.

        Users have a bucket of their own for these, so that they cannot use up their points for operations by mistake.
        """
        key, rate = (network(address), self._anonymous) if user is None else (f"refused:{user}", self._customer)
        balance = await self._buckets.adjust(key, rate, -points)
        if balance.points < 1:
            self.block(authorization if user else (), address, points / rate.per_second)

    async def take(self, what: str, address: str | None, per_hour: int) -> bool:
        """Count something that a network address may do so often in an hour; False if it has done it so often."""
        rate = Rate(per_hour * SECONDS_PER_HOUR, per_hour)
        balance = await self._buckets.charge(f"{what}:{network(address)}", rate, SECONDS_PER_HOUR)
        return not balance.seconds_to_wait

    async def close(self) -> None:
        """Close what the buckets are in."""
        await self._buckets.close()

    def block(self, authorization: Sequence[bytes], address: str | None, seconds: float) -> None:
        """Refuse the requests of a client until it has points again, without reading them."""
        key = _client(authorization, address)
        if not self._seconds_blocked(key):
            REFUSALS.warning("rate_exceeded", signed_in=bool(authorization), seconds=round(seconds, 1))
            self._blocked[key] = monotonic() + seconds
            if len(self._blocked) > MAX_BLOCKED:
                self._blocked.popitem(last=False)

    def block_if_exceeded(
        self, found: list[FormattedError], authorization: Sequence[bytes], address: str | None
    ) -> None:
        """Block the client of an operation that failed for lack of points."""
        seconds = found[0]["extensions"].get("retryAfter")
        if seconds:
            self.block(authorization, address, seconds)

    def check(self, authorization: Sequence[bytes], address: str | None) -> None:
        """Refuse a client that has no points left; raises `RateExceeded`."""
        if not self._blocked:
            return
        seconds = self._seconds_blocked(_client(authorization, address))
        if seconds:
            raise errors.RateExceeded(seconds)

    def has_no_points(self, address: str | None) -> bool:
        """Whether requests without a token are refused at an address."""
        return bool(self._blocked and self._seconds_blocked(network(address)))

    def _seconds_blocked(self, key: bytes | str) -> float:
        until = self._blocked.get(key)
        if until is None:
            return 0.0
        seconds = until - monotonic()
        if seconds <= 0:
            del self._blocked[key]
        return max(0.0, seconds)


def _client(authorization: Sequence[bytes], address: str | None) -> bytes | str:
    """Name the client of a request: by a digest of its token, whatever is around it in the header, or by its network."""
    if not authorization:
        return network(address)
    return sha256((authorization[0].split() or [b""])[-1]).digest()
