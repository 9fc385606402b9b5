"""Token buckets in Redis, which all processes share."""

from asyncio import get_running_loop

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from transport.cost_buckets import Balance, Buckets, MemoryBuckets, Rate

PREFIX = "clientele:points:"
TIMEOUT_SECONDS = 0.25
SECONDS_BETWEEN_TRIES = 5.0
BUCKET = """
local size, per_second, cost, forced = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local known = redis.call('HMGET', KEYS[1], 'points', 'at')
local points = size
if known[1] then points = math.min(size, known[1] + math.max(0, now - known[2]) * per_second) end
local wanted = forced and cost or math.min(cost, size)
if not forced and points < wanted then
  return {tostring(points), tostring((wanted - points) / per_second)}
end
points = math.max(0, math.min(size, points - wanted))
redis.call('HSET', KEYS[1], 'points', tostring(points), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil((size - points) / per_second * 1000) + 1000)
return {tostring(points), '0'}
"""
"""Take the cost out of a bucket if there is as much in it, or in any case. Gives what is left, and seconds to wait."""

log = structlog.get_logger("clientele")


class RedisBuckets:
    """Buckets in one Redis. While it cannot be reached, those of this process take their place."""

    def __init__(self, url: str, instead: Buckets | None = None) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, decode_responses=True
        )
        self._bucket = self._redis.register_script(BUCKET)
        self._instead = instead or MemoryBuckets()
        self._down_until = 0.0

    async def charge(self, key: str, rate: Rate, cost: int) -> Balance:
        balance = await self._run(key, rate, cost, forced=False)
        return await self._instead.charge(key, rate, cost) if balance is None else balance

    async def adjust(self, key: str, rate: Rate, points: float) -> Balance:
        balance = await self._run(key, rate, -points, forced=True)
        return await self._instead.adjust(key, rate, points) if balance is None else balance

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _run(self, key: str, rate: Rate, cost: float, *, forced: bool) -> Balance | None:
        now = get_running_loop().time()
        if now < self._down_until:
            return None
        try:
            points, seconds = await self._bucket([PREFIX + key], [rate.points, rate.per_second, cost, int(forced)])
        except (RedisError, OSError, TimeoutError) as error:
            if now >= self._down_until:
                log.warning("redis_unreachable", error=type(error).__name__, seconds=SECONDS_BETWEEN_TRIES)
            self._down_until = now + SECONDS_BETWEEN_TRIES
            return None
        return Balance(float(points), float(seconds))
