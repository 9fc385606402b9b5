"""The server as its own issuer, by the same path; and the way from a token to an account over HTTP."""

from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from auth import secrets as secrets_module
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from auth.tokens import Verifier
from database.engine import Database
from settings import Settings
from tests.auth.tokens import bearer, refusal
from tests.customers.accounts import customer, customers
from tests.variables import changed
from tests.webhooks.clerk import Clerk, Sender, deleted


class TestDevelopmentIssuer:
    """A2: development without Clerk, by the same path."""

    async def test_its_tokens_are_verified(self, settings: Settings, credentials: Secrets) -> None:
        assert credentials.issuer_key
        issuer = DevelopmentIssuer(settings, credentials.issuer_key)
        claims = await Verifier.of(settings, issuer).verify(bearer(issuer.token("user_demo")))
        assert claims
        assert (claims.subject, claims.issuer) == ("user_demo", issuer.name)

    async def test_the_same_checks(self, settings: Settings, credentials: Secrets) -> None:
        assert credentials.issuer_key
        issuer = DevelopmentIssuer(settings, credentials.issuer_key)
        verifier = Verifier.of(settings, issuer)
        assert await refusal(verifier, issuer.token("user_demo", lifetime=timedelta(seconds=-6))) == "token_expired"
        assert await refusal(verifier, issuer.token("user demo")) == "subject_refused"

    async def test_off(self, settings: Settings, credentials: Secrets) -> None:
        assert credentials.issuer_key
        token = DevelopmentIssuer(settings, credentials.issuer_key).token("user_demo")
        off = changed(settings, development_tokens=False)
        assert secrets_module.load(off).issuer_key is None
        assert await refusal(Verifier.of(off, None), token) == "issuer_unknown"

    async def test_beside_clerk(self, settings: Settings, credentials: Secrets) -> None:
        assert credentials.issuer_key
        async with Clerk.open() as clerk:
            parties = {"clerk_issuer": f"{clerk.issuer}/", "clerk_authorized_parties": ("https://a.b",)}
            both = changed(settings, **parties)
            issuer = DevelopmentIssuer(both, credentials.issuer_key)
            verifier = Verifier.of(both, issuer)
            assert await verifier.verify(bearer(clerk.token(azp="https://a.b")))
            assert await verifier.verify(bearer(issuer.token("user_demo")))
            assert await refusal(verifier, clerk.token(iss=issuer.name, azp="https://a.b")) == "key_unknown"
            await verifier.close()


class TestOverHttp:
    """A1, A5: from a token to an account."""

    async def ask(self, http: httpx2.AsyncClient, token: str | None) -> httpx2.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await http.post("/graphql", json={"query": "{ viewer { username } }"}, headers=headers)

    @pytest.fixture
    def issuer(self, settings: Settings, credentials: Secrets) -> DevelopmentIssuer:
        assert credentials.issuer_key
        return DevelopmentIssuer(settings, credentials.issuer_key)

    async def test_anonymous(self, http: httpx2.AsyncClient) -> None:
        assert (await self.ask(http, None)).json() == {"data": {"viewer": None}}

    async def test_a_bad_token_is_never_anonymous(self, http: httpx2.AsyncClient, issuer: DevelopmentIssuer) -> None:
        for token in ("x.y.z", "x", issuer.token("user_1", lifetime=timedelta(seconds=-60))):
            answer = await self.ask(http, token)
            assert answer.status_code == 401
            assert "viewer" not in answer.text
        assert "token_expired" in answer.text

    async def test_first_request_registers_and_deletion_ends_it(
        self, http: httpx2.AsyncClient, database: Database, issuer: DevelopmentIssuer, credentials: Secrets
    ) -> None:
        clerk_id = f"user_{uuid4().hex}"
        token = issuer.token(clerk_id)
        answer = await self.ask(http, token)
        assert answer.json() == {"data": {"viewer": {"username": (await customer(database, clerk_id)).username}}}
        assert (await self.ask(http, token)).json() == answer.json()
        await Sender(http, credentials.clerk_webhook_secrets[0])("user.deleted", deleted(clerk_id))
        refused = await self.ask(http, token)
        assert (refused.status_code, await customers(database, clerk_id)) == (401, [])
        assert "account_deleted" in refused.text
