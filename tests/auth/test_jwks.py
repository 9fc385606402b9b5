"""The keys of an issuer: fetched seldom, and kept while it cannot be reached."""

import asyncio
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

import errors
from auth.jwks import KeySet, usable
from tests.webhooks.clerk import Clerk, Clock, Mood, fetched

FAILURES = [Mood.DOWN, Mood.ERROR, Mood.SLOW, Mood.DRIPPING, Mood.HTML, Mood.REDIRECT, Mood.HUGE, Mood.NULL]
TOO_SHORT = 1024
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestKeySet:
    """A1 and the limits of JWKS."""

    async def test_fresh_for_300_seconds(self, keys: KeySet, clerk: Clerk, clock: Clock) -> None:
        assert await keys.find("ins_first")
        clock.seconds += 299
        assert await keys.find("ins_first")
        await fetched(keys)
        assert clerk.fetches == 1
        clock.seconds += 1
        assert keys.known("ins_first"), "nobody waits for the refresh"
        await fetched(keys)
        assert clerk.fetches == 2

    async def test_ten_thousand_unknown_keys_in_ten_seconds(self, keys: KeySet, clerk: Clerk, clock: Clock) -> None:
        assert await keys.find("ins_first")
        clock.seconds += 31
        for second in range(10):
            found = await asyncio.gather(*(keys.find(f"unknown_{second}_{number}") for number in range(1_000)))
            assert not any(found)
            clock.seconds += 1
        assert clerk.fetches == 2

    async def test_single_flight(self, keys: KeySet, clerk: Clerk) -> None:
        found = await asyncio.gather(*(keys.find("ins_first") for _ in range(200)))
        assert all(found)
        assert clerk.fetches == 1

    async def test_a_caller_who_leaves_does_not_end_the_fetch(self, clerk: Clerk, clock: Clock) -> None:
        clerk.mood = Mood.SLOW
        keys = KeySet(clerk.jwks_url, now=clock, timeout=20)
        leaving, staying = (asyncio.create_task(keys.find("ins_first")) for _ in range(2))
        await asyncio.sleep(0.05)
        leaving.cancel()
        assert await staying
        assert clerk.fetches == 1

    async def test_a_rotated_key_is_found(self, keys: KeySet, clerk: Clerk, clock: Clock) -> None:
        assert await keys.find("ins_first")
        clerk.rotate("ins_second")
        assert await keys.find("ins_second") is None
        clock.seconds += 30
        assert await keys.find("ins_second")
        assert await keys.find("ins_first") is None

    @pytest.mark.parametrize("mood", FAILURES)
    async def test_known_keys_outlive_a_failure(self, keys: KeySet, clerk: Clerk, clock: Clock, mood: Mood) -> None:
        assert await keys.find("ins_first")
        clerk.mood = mood
        clock.seconds += 24 * 60 * 60 - 1
        with pytest.raises(StopIteration) as at_once:  # it waits for nothing, so its first step is its last
            keys.find("ins_first").send(None)
        assert at_once.value.value
        assert await keys.find("unknown") is None
        clock.seconds += 1
        with pytest.raises(errors.Unavailable) as unavailable:
            await keys.find("ins_first")
        assert unavailable.value.reason == "issuer_unreachable"
        assert clerk.fetches == 2, "a failure too counts against the 30 seconds"
        clerk.mood = Mood.WELL
        clock.seconds += 30
        assert await keys.find("ins_first")

    @pytest.mark.parametrize("mood", FAILURES)
    async def test_without_any_key_it_is_unavailable(self, keys: KeySet, clerk: Clerk, mood: Mood) -> None:
        clerk.mood = mood
        for _ in range(20):
            with pytest.raises(errors.Unavailable):
                await keys.find("ins_first")
        assert clerk.fetches == 1

    async def test_nobody_listens(self, clock: Clock) -> None:
        keys = KeySet("http://127.0.0.1:1/jwks", now=clock)
        with pytest.raises(errors.Unavailable):
            await keys.find("ins_first")

    def test_only_public_rsa_signature_keys(self, clerk: Clerk) -> None:
        good = clerk.public("ins_first")
        weak = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, TOO_SHORT).public_key()))
        curve = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
        private = json.loads(RSAAlgorithm.to_jwk(OTHER_KEY))
        others: list[Any] = [
            None,
            7,
            "x",
            {},
            {"kid": "a"},
            {"kid": "a", "kty": "RSA"},
            {"kid": "a", "kty": "RSA", "n": 1, "e": []},
            {"kid": "a", "kty": "oct", "k": "c2VjcmV0"},
            weak | {"kid": "a"},
            curve | {"kid": "a"},
            private | {"kid": "a"},
            good | {"kid": "a", "use": "enc"},
            good | {"kid": "a", "alg": "RS512"},
            good | {"kid": None},
            good | {"kid": "a", "key_ops": ["encrypt"]},
            good | {"kid": "a", "key_ops": 7},
            good | {"kid": ["a"]},
        ]
        assert usable(json.dumps({"keys": [*others, good]}).encode()).keys() == {"ins_first"}
        nothing: Any
        for nothing in ({"keys": others}, {"keys": []}, {"keys": {}}, {}, [], None, 1):
            with pytest.raises(ValueError, match="no RSA"):
                usable(json.dumps(nothing).encode())
