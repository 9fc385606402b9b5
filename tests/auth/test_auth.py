"""Bearer tokens: what is taken, and every way to be refused."""

import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import errors
from auth.jwks import KeySet
from auth.refusals import Reason
from auth.tokens import Verifier
from tests.auth.tokens import bearer, refusal, segment
from tests.webhooks.clerk import TEMPLATE, Clerk, Clock, Mood, fetched

OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def verifier(clerk: Clerk, keys: KeySet) -> Verifier:
    """Trust the issuer."""
    return Verifier({clerk.issuer: keys})


class TestHeader:
    """A1: the header itself."""

    async def test_none_is_anonymous(self, verifier: Verifier) -> None:
        assert await verifier.verify([]) is None

    async def test_a_session_token_names_its_subject(self, verifier: Verifier, clerk: Clerk) -> None:
        claims = await verifier.verify(bearer(clerk.token("user_2abc")))
        assert claims is not None
        assert (claims.subject, claims.issuer) == ("user_2abc", clerk.issuer)
        assert 50 < claims.expires_at.timestamp() - time.time() < 61

    @pytest.mark.parametrize("value", [b"bearer %s", b"BEARER %s", b"Bearer   %s  "])
    async def test_case_and_spaces_do_not_matter(self, verifier: Verifier, clerk: Clerk, value: bytes) -> None:
        assert await verifier.verify([value % clerk.token().encode()])

    @pytest.mark.parametrize(
        "value", [b"", b"Bearer", b"Bearer ", b"Basic dTpw", b"Token x.y.z", b"x.y.z", b"\xff\xfe"]
    )
    async def test_not_bearer(self, verifier: Verifier, value: bytes) -> None:
        assert await refusal(verifier, value) == "not_bearer"

    async def test_two_headers(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(), clerk.token()) == "header_repeated"
        joined = f"Bearer {clerk.token()}, Bearer {clerk.token()}".encode()
        assert await refusal(verifier, joined) == "token_malformed"

    async def test_more_than_8_kib(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(padding="x" * 9_000)) == "token_too_large"

    @pytest.mark.parametrize(
        "token",
        [
            "a", "a.b", "a.b.c.d", "..", "a..b", "null", "\x00.\x00.\x00", "\xff.\xff.\xff", "a.b.c\n",
            f"{segment(b'[' * 3_000)}.e30.e30", f"{segment({'alg': 'RS256'})}.{segment(b'[' * 3_000)}.e30",
            f"{segment('RS256')}.e30.e30", f"{segment({'alg': 'RS256'})}.{segment([])}.e30",
        ],
    )  # fmt: skip
    async def test_junk(self, verifier: Verifier, token: str) -> None:
        assert await refusal(verifier, b"Bearer " + token.encode("latin-1")) == "token_malformed"


class TestSignature:
    """A1: RS256 by a key of the issuer, and nothing else."""

    async def test_alg_none(self, verifier: Verifier, clerk: Clerk) -> None:
        header, payload, _ = clerk.token().split(".")
        nothing = segment({"alg": "none", "kid": "ins_first"})
        assert await refusal(verifier, f"{nothing}.{payload}.AA") == "algorithm_refused"
        assert await refusal(verifier, f"{nothing}.{payload}.") == "token_malformed"
        assert await refusal(verifier, f"{header}.{payload}.") == "token_malformed"

    async def test_hs256_with_the_public_key(self, verifier: Verifier, clerk: Clerk) -> None:
        public = clerk.keys["ins_first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        payload = clerk.token().split(".")[1]
        signed = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'ins_first'})}.{payload}"
        mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
        assert await refusal(verifier, f"{signed}.{segment(mac)}") == "algorithm_refused"

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
    async def test_unlisted_algorithm(self, verifier: Verifier, clerk: Clerk, algorithm: str) -> None:
        assert await refusal(verifier, clerk.token(algorithm=algorithm)) == "algorithm_refused"

    async def test_signed_by_another_key(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(key=OTHER_KEY)) == "signature_invalid"

    async def test_payload_exchanged(self, verifier: Verifier, clerk: Clerk) -> None:
        mine, others = clerk.token("user_mine").split("."), clerk.token("user_other").split(".")
        assert await refusal(verifier, f"{mine[0]}.{others[1]}.{mine[2]}") == "signature_invalid"

    @pytest.mark.parametrize("key_id", ["../../dev/null", "/etc/passwd", "", "a" * 500, "ins first", None])
    async def test_odd_key_ids_are_not_looked_for(self, verifier: Verifier, clerk: Clerk, key_id: str | None) -> None:
        assert await refusal(verifier, clerk.token(header_kid=key_id)) == "key_unknown"
        assert clerk.fetches == 0

    async def test_key_id_that_is_no_text(self, verifier: Verifier, clerk: Clerk) -> None:
        payload = clerk.token().split(".")[1]
        header = segment({"alg": "RS256", "kid": 7})
        assert await refusal(verifier, f"{header}.{payload}.AAAA") == "token_malformed"

    @pytest.mark.parametrize("name", ["jku", "x5u", "jwk"])
    async def test_header_that_brings_a_key(self, verifier: Verifier, clerk: Clerk, name: str) -> None:
        brought: Any = clerk.jwks_url if name != "jwk" else clerk.public("ins_first")
        assert await refusal(verifier, clerk.token(**{f"header_{name}": brought})) == "header_refused"

    async def test_critical_extensions(self, verifier: Verifier, clerk: Clerk) -> None:
        for extensions in (["exp"], ["b64"], [], "exp", None):
            header = segment({"alg": "RS256", "kid": "k", "b64": True, "crit": extensions})
            token = f"{header}.{clerk.token().split('.')[1]}.AAAA"
            assert await refusal(verifier, token) in {"header_refused", "token_malformed"}
        assert clerk.fetches == 0

    async def test_type(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(header_typ="at+jwt")) == "header_refused"
        assert await verifier.verify(bearer(clerk.token(header_typ="")))

    async def test_template_token(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(header_cat=TEMPLATE)) == "not_a_session_token"
        assert await refusal(verifier, clerk.token(header_cat=["x"])) == "not_a_session_token"
        assert await verifier.verify(bearer(clerk.token(header_cat=None)))

    @pytest.mark.parametrize("mood", [Mood.DOWN, Mood.HTML])
    async def test_without_any_key_it_is_unavailable(self, verifier: Verifier, clerk: Clerk, mood: Mood) -> None:
        clerk.mood = mood
        for _ in range(20):
            with pytest.raises(errors.Unavailable):
                await verifier.verify(bearer(clerk.token()))
        assert clerk.fetches == 1


class TestClaims:
    """A1: what the claims must be."""

    async def test_five_seconds_of_leeway(self, verifier: Verifier, clerk: Clerk) -> None:
        now = int(time.time())
        with time_machine.travel(now, tick=False):
            assert await verifier.verify(bearer(clerk.token(exp=now - 4)))
            assert await refusal(verifier, clerk.token(exp=now - 6)) == "token_expired"
            assert await verifier.verify(bearer(clerk.token(nbf=now + 4)))
            assert await refusal(verifier, clerk.token(nbf=now + 6)) == "token_not_yet_valid"
            assert await refusal(verifier, clerk.token(iat=now + 6)) == "token_not_yet_valid"

    @pytest.mark.parametrize("name", ["exp", "iat", "sub", "sid"])
    async def test_missing(self, verifier: Verifier, clerk: Clerk, name: str) -> None:
        no_claim: dict[str, Any] = {name: None}
        assert await refusal(verifier, clerk.token(**no_claim)) == "claim_missing"

    @pytest.mark.parametrize("subject", ["", "a" * 101, "user 1", "user_1\n", "ü", "../x", "a\x00b", 7, ["u"], {}])
    async def test_odd_subject(self, verifier: Verifier, clerk: Clerk, subject: Any) -> None:
        reason = "subject_refused" if isinstance(subject, str) else "claim_malformed"
        assert await refusal(verifier, clerk.token(sub=subject)) == reason

    @pytest.mark.parametrize("value", ["9999999999", "soon", 1e300, float("inf"), float("nan"), True, [], 10**15])
    async def test_odd_expiry(self, verifier: Verifier, clerk: Clerk, value: Any) -> None:
        assert await refusal(verifier, clerk.token(exp=value)) in {"claim_malformed", "token_expired"}

    @pytest.mark.parametrize("issuer", [None, "https://clerk.example.com", 7, ["x"], ""])
    async def test_unknown_issuer(self, verifier: Verifier, clerk: Clerk, issuer: Any) -> None:
        claims = {"sub": "user_1", "iss": issuer, "exp": time.time() + 60, "iat": time.time()}
        signed = jwt.api_jws.encode(json.dumps(claims).encode(), clerk.keys["ins_first"], "RS256", {"kid": "ins_first"})
        assert await refusal(verifier, signed) == "issuer_unknown"

    async def test_authorized_parties(self, clerk: Clerk, keys: KeySet) -> None:
        verifier = Verifier({clerk.issuer: keys}, ["https://shop.example", "https://app.example"])
        assert await verifier.verify(bearer(clerk.token(azp="https://app.example")))
        for other in ("https://evil.example", "https://app.example.evil.example", None, ["https://app.example"], ""):
            assert await refusal(verifier, clerk.token(azp=other)) == "party_refused"

    async def test_a_sign_in_that_is_not_complete(self, verifier: Verifier, clerk: Clerk) -> None:
        assert await refusal(verifier, clerk.token(sts="pending")) == "session_pending"
        assert await verifier.verify(bearer(clerk.token(sts="active")))

    def test_every_reason_has_a_sentence(self) -> None:
        for reason in Reason:
            assert reason.sentence.endswith(".")
            assert reason.islower()


class TestRemembering:
    """Verified tokens are not verified again, yet never trusted longer than they deserve."""

    async def test_not_beyond_expiry(self, verifier: Verifier, clerk: Clerk) -> None:
        now = int(time.time())
        token = clerk.token(exp=now + 60)
        with time_machine.travel(now, tick=False) as travel:
            assert await verifier.verify(bearer(token))
            travel.move_to(now + 64)
            assert await verifier.verify(bearer(token))
            travel.move_to(now + 66)
            assert await refusal(verifier, token) == "token_expired"

    async def test_not_beyond_the_key(self, verifier: Verifier, clerk: Clerk, clock: Clock) -> None:
        token = clerk.token()
        assert await verifier.verify(bearer(token))
        clerk.rotate("ins_second")
        clock.seconds += 301
        assert await verifier.verify(bearer(token)), "the stale key serves while the new ones are fetched"
        await verifier.verify(bearer(clerk.token()))
        assert await refusal(verifier, token) == "key_unknown"

    async def test_same_key_id_with_another_key(
        self, verifier: Verifier, clerk: Clerk, keys: KeySet, clock: Clock
    ) -> None:
        token = clerk.token()
        assert await verifier.verify(bearer(token))
        clerk.rotate("ins_first")
        clock.seconds += 301
        assert await verifier.verify(bearer(token))
        await fetched(keys)
        assert await refusal(verifier, token) == "signature_invalid"

    async def test_bounded(self, verifier: Verifier, clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("auth.tokens.REMEMBERED", 3)
        for number in range(6):
            assert await verifier.verify(bearer(clerk.token(f"user_{number}")))
        assert len(verifier._remembered) == 3
