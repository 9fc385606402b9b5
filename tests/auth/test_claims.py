"""The row "token" of `limits.md`, clause by clause, as a client meets it over HTTP; and who acts as somebody else."""

import time
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from auth.issuer import DEVELOPMENT, SESSION_TOKEN, DevelopmentIssuer
from auth.refusals import Reason
from auth.secrets import Secrets
from auth.tokens import Verifier
from settings import Settings
from tests.auth.tokens import bearer
from tests.graph import Graph
from tests.people import Person, World, number
from tests.tickets.submissions import LINKED, submit
from tests.variables import changed

DAY = 24 * 60 * 60
SUPPORT = "user_2support"


def signed(credentials: Secrets, subject: str = "user_2claims", key: Any = None, **changes: Any) -> str:
    """Sign a token as the development issuer does; changes prefixed `header_` go into its header, None leaves out."""
    assert credentials.issuer_key
    now = int(time.time())
    claims = {"iss": DEVELOPMENT, "sub": subject, "iat": now, "exp": now + 60, "sid": "sess_1"}
    header = {"kid": credentials.issuer_key.id, "cat": SESSION_TOKEN}
    claims |= {name: value for name, value in changes.items() if not name.startswith("header_")}
    header |= {name.removeprefix("header_"): value for name, value in changes.items() if name.startswith("header_")}
    algorithm = header.pop("alg", "RS256")
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        key or credentials.issuer_key.pem,
        algorithm,
        {name: value for name, value in header.items() if value is not None},
    )


async def ask(http: httpx2.AsyncClient, *tokens: str) -> tuple[int, str | None]:
    """Give the status, and the reason of a refusal."""
    headers = [("authorization", f"Bearer {token}") for token in tokens]
    answer = await http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
    if answer.status_code == 200:
        assert answer.json()["data"]["viewer"], "a token is never an anonymous viewer"
        return 200, None
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["message"] == Reason(error["extensions"]["reason"]).sentence
    return answer.status_code, error["extensions"]["reason"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "more than a day": ({"iat": -10, "exp": DAY - 9}, "lifetime_too_long"),
    "a year": ({"exp": 365 * DAY}, "lifetime_too_long"),
    "issued at the beginning of time": ({"iat": -DAY * 3000}, "lifetime_too_long"),
    "no exp": ({"exp": None}, "claim_missing"),
    "no iat": ({"iat": None}, "claim_missing"),
    "no iss": ({"iss": None}, "issuer_unknown"),
    "no sub": ({"sub": None}, "claim_missing"),
    "no sid": ({"sid": None}, "claim_missing"),
    "a sid that is empty": ({"sid": ""}, "claim_malformed"),
    "a sid that is no text": ({"sid": ["sess_1"]}, "claim_malformed"),
    "an organization": ({"sub": "org_2abc"}, "subject_refused"),
    "a machine": ({"sub": "mch_2abc"}, "subject_refused"),
    "no prefix": ({"sub": "2abc"}, "subject_refused"),
    "a prefix alone": ({"sub": "user_"}, "subject_refused"),
    "another letter case": ({"sub": "USER_2abc"}, "subject_refused"),
    "a hyphen": ({"sub": "user_2-abc"}, "subject_refused"),
    "a line break at the end": ({"sub": "user_2abc\n"}, "subject_refused"),
    "letters beyond ASCII": ({"sub": "user_2\u0430bc"}, "subject_refused"),
    "too long": ({"sub": "user_" + "a" * 96}, "subject_refused"),
    "a subject that is no text": ({"sub": 7}, "claim_malformed"),
    "pending": ({"sts": "pending"}, "session_pending"),
    "PENDING": ({"sts": "PENDING"}, "session_pending"),
    "pending in spaces": ({"sts": " Pending\t\n"}, "session_pending"),
    "a status that is no text": ({"sts": ["pending"]}, "claim_malformed"),
    "expired by 6 s": ({"exp": -6}, "token_expired"),
    "a template's": ({"header_cat": "cl_B7d4PD222AAA"}, "not_a_session_token"),
    "another type": ({"header_typ": "at+jwt"}, "header_refused"),
    "jku": ({"header_jku": "https://evil.example/jwks"}, "header_refused"),
    "x5u": ({"header_x5u": "https://evil.example/cert"}, "header_refused"),
    "jwk": ({"header_jwk": {"kty": "RSA"}}, "header_refused"),
    "RS512": ({"header_alg": "RS512"}, "algorithm_refused"),
    "PS256": ({"header_alg": "PS256"}, "algorithm_refused"),
    "HS256": ({"header_alg": "HS256", "key": "x" * 32}, "algorithm_refused"),
    "more than 8 KiB": ({"more": "x" * 8_000}, "token_too_large"),
    "act that is no object": ({"act": "user_2support"}, "claim_malformed"),
    "act without a subject": ({"act": {}}, "claim_malformed"),
    "act of nobody": ({"act": {"sub": "user 1"}}, "claim_malformed"),
}
TAKEN: dict[str, dict[str, Any]] = {
    "exactly a day": {"iat": -10, "exp": DAY - 10},
    "expired by 4 s": {"exp": -4},
    "no cat": {"header_cat": None},
    "no typ": {"header_typ": ""},
    "typ in lower case": {"header_typ": "jwt"},
    "active": {"sts": "active"},
    "as long as it may be": {"sub": "user_" + "a" * 95},
    "nearly 8 KiB": {"more": "x" * 5_500},
}


def shifted(changes: dict[str, Any]) -> dict[str, Any]:
    """Times are seconds from now."""
    now = int(time.time())
    return {name: now + value if name in {"exp", "iat"} and value else value for name, value in changes.items()}


class TestToken:
    @pytest.mark.parametrize("name", REFUSED)
    async def test_refused(self, http: httpx2.AsyncClient, credentials: Secrets, name: str) -> None:
        changes, reason = REFUSED[name]
        assert await ask(http, signed(credentials, **shifted(changes))) == (401, reason)

    @pytest.mark.parametrize("name", TAKEN)
    async def test_taken(self, http: httpx2.AsyncClient, credentials: Secrets, name: str) -> None:
        assert await ask(http, signed(credentials, **shifted(TAKEN[name]))) == (200, None)

    async def test_critical_extensions(self, http: httpx2.AsyncClient, credentials: Secrets) -> None:
        token = signed(credentials, header_crit=["b64"], header_b64=True)
        assert await ask(http, token) in {(401, "header_refused"), (401, "token_malformed")}

    async def test_another_key(self, http: httpx2.AsyncClient, credentials: Secrets) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        assert await ask(http, signed(credentials, key=other)) == (401, "signature_invalid")

    async def test_two_headers(self, http: httpx2.AsyncClient, credentials: Secrets) -> None:
        token = signed(credentials)
        assert await ask(http, token, token) == (401, "header_repeated")

    async def test_parties(self, settings: Settings, credentials: Secrets) -> None:
        """Where parties are configured, `azp` must be one of them; development tokens name the first one."""
        assert credentials.issuer_key
        listed = changed(settings, clerk_authorized_parties=("https://a.example", "https://b.example"))
        issuer = DevelopmentIssuer(listed, credentials.issuer_key)
        verifier = Verifier.of(listed, issuer)
        assert await verifier.verify(bearer(issuer.token("user_demo_layla")))
        assert await verifier.verify(bearer(signed(credentials, azp="https://b.example")))


class TestDevelopmentTokens:
    async def test_they_satisfy_all(self, world: World, http: httpx2.AsyncClient) -> None:
        for clerk_id in ("user_demo_layla", (await world.person()).clerk_id):
            assert await ask(http, world.issuer.token(clerk_id, lifetime=timedelta(days=1))) == (200, None)

    def test_no_longer_than_a_day(self, world: World) -> None:
        with pytest.raises(ValueError, match="86400"):
            world.issuer.token("user_1", lifetime=timedelta(days=1, seconds=1))


class TestImpersonation:
    """Who acts as a customer by a token with `act` has the customer's rights, and stands in the audit log."""

    def acting_as(self, person: Person, credentials: Secrets, sub: str = SUPPORT) -> Graph:
        act = {"iss": "https://dashboard.clerk.com", "sid": "sess_2", "sub": sub}
        return Graph(person.graph.http, signed(credentials, person.clerk_id, act=act))

    async def entries(self, world: World, target: Any) -> list[tuple[Any, ...]]:
        sql = "SELECT action, actor_id, impersonator FROM audit_entry WHERE target_id = $1 ORDER BY id"
        return [tuple(row) for row in await world.database.pool.fetch(sql, target)]

    async def test_role(self, world: World, credentials: Secrets) -> None:
        owner, target = await world.person(role="OWNER"), await world.person()
        for graph, role in ((self.acting_as(owner, credentials), "SOLVER"), (owner.graph, "CUSTOMER")):
            payload = await graph.mutate("setRole", "customer { id }", customerId=target.id, role=role)
            assert payload["userErrors"] == []
        assert await self.entries(world, target.key) == [
            ("role.changed", owner.key, SUPPORT),
            ("role.changed", owner.key, None),
        ]

    async def test_links(self, world: World, credentials: Secrets) -> None:
        """Also those that the system makes, which name no customer."""
        me, phone = await world.person(phone_number=number(), phone_verified=True), number()
        made = await world.ticket(
            phone_number=await world.value("SELECT phone_number FROM customer WHERE id = $1", me.key)
        )
        graph = self.acting_as(me, credentials, "agent_1")
        assert (await graph(LINKED))["linkTicketsByPhone"]["linkedCount"] == 1
        assert await self.entries(world, made.id) == [("ticket.linked", me.key, "agent_1")]
        owner = await world.person(phone_number=phone, phone_verified=True)
        sent = (await submit(Graph(me.graph.http), phoneNumber=phone))["ticket"]["reference"]
        key = await world.value("SELECT id FROM ticket WHERE reference = $1 AND customer_id = $2", sent, owner.key)
        assert await self.entries(world, key) == [("ticket.linked", None, None)]

    async def test_the_viewer_is_the_customer(self, world: World, credentials: Secrets) -> None:
        person = await world.person()
        for sub in (SUPPORT, "agent_1"):
            found = await self.acting_as(person, credentials, sub)("{ viewer { id } }")
            assert found["viewer"]["id"] == person.id
