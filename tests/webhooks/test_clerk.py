"""`POST /webhooks/clerk` over HTTP: signatures, bodies, and what a delivery does to the inbox."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlmodel import col
from starlette.datastructures import Headers

from auth.secrets import Secrets
from database.engine import Database
from models import usernames
from models.customers import Role
from models.wishlists import DEFAULT_NAME, Wishlist
from tests.customers.accounts import T1, customer, new_user, register
from tests.rows import find
from tests.webhooks.clerk import ADDRESS, Sender, event, phone, signed, user
from webhooks import clerk


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


class TestSignature:
    """A3: strangers get a 400 that says why, and nothing happens."""

    async def refused(self, http: httpx2.AsyncClient, body: bytes, headers: dict[str, str]) -> str:
        answer = await http.post(ADDRESS, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["detail"].endswith(".")
        return str(problem["code"])

    @pytest.fixture
    def good(self, credentials: Secrets) -> tuple[bytes, dict[str, str]]:
        body = event("user.created", user(new_user(), updated_at=T1))
        return body, signed(credentials.clerk_webhook_secrets[0], body)

    @pytest.mark.parametrize("name", ["svix-id", "svix-timestamp", "svix-signature"])
    async def test_missing_header(
        self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]], name: str
    ) -> None:
        body, headers = good
        without = {key: value for key, value in headers.items() if key != name}
        assert await self.refused(http, body, without) == "signature_header_missing"
        assert await self.refused(http, body, without | {name: ""}) == "signature_header_missing"

    @pytest.mark.parametrize(
        "signature",
        [
            "v1",
            "v1,",
            ",",
            "v1,x",
            "v1,=",
            "v1,a",
            "v1,a,b",
            "v2,abcd",
            "v1 abcd",
            "x" * 5_000,
            "v1,\xff\xff",
            "v1,%00",
            "v1," + "A" * 44,
            "v1a," + "A" * 88,
            "v1,AAAA v1,AAAA",
        ],
    )
    async def test_malformed(
        self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]], signature: str
    ) -> None:
        body, headers = good
        odd: Any = headers | {"svix-signature": signature.encode("latin-1")}
        assert (await self.refused(http, body, odd)).startswith("signature_")

    async def test_altered(self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]]) -> None:
        body, headers = good
        assert await self.refused(http, body.replace(b"Layla", b"Mallo"), headers) == "signature_mismatch"
        assert await self.refused(http, body + b" ", headers) == "signature_mismatch"
        assert await self.refused(http, b"", headers) == "signature_mismatch"
        assert await self.refused(http, body, headers | {"svix-id": "msg_other"}) == "signature_mismatch"
        later = str(int(headers["svix-timestamp"]) + 1)
        assert await self.refused(http, body, headers | {"svix-timestamp": later}) == "signature_mismatch"

    @pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
    async def test_another_time(self, http: httpx2.AsyncClient, credentials: Secrets, minutes: int) -> None:
        body, at = b"{}", datetime.now(UTC) + timedelta(minutes=minutes)
        headers = signed(credentials.clerk_webhook_secrets[0], body, at=at)
        assert await self.refused(http, body, headers) == "timestamp_out_of_range"

    @pytest.mark.parametrize("timestamp", ["x", "nan", "inf", "-1", "9" * 400, "1e999", "0x10"])
    async def test_odd_time(self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]], timestamp: str) -> None:
        body, headers = good
        code = await self.refused(http, body, headers | {"svix-timestamp": timestamp})
        assert code in {"timestamp_out_of_range", "signature_mismatch"}

    async def test_not_utf8(self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]]) -> None:
        assert await self.refused(http, b"\xff\xfe\x00", good[1]) == "signature_malformed"

    @pytest.mark.parametrize("message_id", ["msg 1", "msg.1", "../x", "m" * 101, 'msg_1.17.{"a":"'])
    async def test_odd_id(self, http: httpx2.AsyncClient, credentials: Secrets, message_id: str) -> None:
        headers = signed(credentials.clerk_webhook_secrets[0], b"{}", message_id=message_id)
        assert await self.refused(http, b"{}", headers) == "message_id_malformed"

    async def test_another_secret(self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]]) -> None:
        body, _ = good
        stranger = signed("whsec_" + "QUFB" * 8, body)
        assert await self.refused(http, body, stranger) == "signature_mismatch"

    def test_the_previous_secret_still_counts(self, credentials: Secrets) -> None:
        previous = "whsec_" + "QUFB" * 8
        both = (credentials.clerk_webhook_secrets[0], previous)
        for secret in both:
            headers = Headers(signed(secret, b"{}", message_id="msg_1"))
            assert clerk.verify(headers, b"{}", Secrets("", both)) == "msg_1"

    async def test_standard_names_of_headers(
        self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]]
    ) -> None:
        body, headers = good
        standard = {name.replace("svix-", "webhook-"): value for name, value in headers.items()}
        several = f"v1,{'A' * 44} v2,abc {standard['webhook-signature']}"
        answer = await http.post(ADDRESS, content=body, headers=standard | {"webhook-signature": several})
        assert answer.json() == {"status": "processed"}

    async def test_repeated_header(self, http: httpx2.AsyncClient, good: tuple[bytes, dict[str, str]]) -> None:
        body, headers = good
        twice = [*headers.items(), ("svix-id", "msg_other")]
        answer = await http.post(ADDRESS, content=body, headers=twice)
        assert answer.json()["code"] == "signature_header_missing"

    async def test_other_methods(self, http: httpx2.AsyncClient) -> None:
        assert (await http.get(ADDRESS)).status_code == 405


class TestBody:
    """Limits: 256 KiB, however it is framed."""

    async def test_declared(self, http: httpx2.AsyncClient) -> None:
        answer = await http.post(ADDRESS, content=b"x" * (256 * 1024 + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def test_chunked_is_cut_at_once(self, http: httpx2.AsyncClient) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 50_000_000:
                sent += 65_536
                yield b"x" * 65_536

        try:
            answer = await http.post(ADDRESS, content=endless())
        except (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
            pass  # the server hung up while we were still sending
        else:
            assert answer.status_code == 413
        assert sent < 40_000_000

    async def test_a_lying_length(self, http: httpx2.AsyncClient) -> None:
        host, port = http.base_url.host, http.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"POST {ADDRESS} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\n{{}}".encode())
        assert b" 413 " in await reader.readline()
        writer.close()
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"POST {ADDRESS} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n{{}}".encode())
        writer.close()
        assert (await http.post(ADDRESS, content=b"{}")).status_code == 400

    async def test_just_fits(self, http: httpx2.AsyncClient, credentials: Secrets) -> None:
        data = user(new_user(), updated_at=T1, public_metadata={"filler": ""})
        filler = "x" * (256 * 1024 - len(event("user.created", data)))
        body = event("user.created", data | {"public_metadata": {"filler": filler}})
        answer = await http.post(ADDRESS, content=body, headers=signed(credentials.clerk_webhook_secrets[0], body))
        assert (len(body), answer.status_code) == (256 * 1024, 200)


class TestCreated:
    """A3, C1: a new Clerk user becomes a customer."""

    async def test_the_customer(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        assert (await deliver("user.created", user(clerk_id, updated_at=T1))).json() == {"status": "processed"}
        made = await customer(database, clerk_id)
        assert (made.name, made.email) == ("Layla Haddad", "layla@example.com")
        assert (made.phone_number, made.phone_verified) == ("+971501234567", True)
        assert made.picture_url == "https://img.clerk.com/layla"
        assert (made.is_private, made.preferred_language, made.role) == (True, "en", Role.CUSTOMER)
        assert usernames.check(made.username) == made.username
        async with database.transaction() as session:
            lists = await find(session, Wishlist, col(Wishlist.owner_id) == made.id)
        assert [(each.name, each.is_default) for each in lists] == [(DEFAULT_NAME, True)]

    async def test_little_is_enough(self, database: Database, deliver: Sender) -> None:
        clerk_id = new_user()
        assert (await deliver("user.created", {"id": clerk_id, "updated_at": T1})).status_code == 200
        made = await customer(database, clerk_id)
        assert (made.name, made.email, made.phone_number, made.picture_url) == (None, None, None, None)

    @pytest.mark.parametrize(
        "odd",
        [
            {"first_name": 7, "last_name": ["x"]},
            {"email_addresses": None, "phone_numbers": {}},
            {"email_addresses": [7, None]},
            {"primary_email_address_id": ["idn_second"], "primary_phone_number_id": 3},
            {"image_url": "javascript:alert(1)"},
            {"first_name": "a\x00b\u202e" + "x" * 4_000},
            {"phone_numbers": [phone("not a phone")]},
            {"image_url": {"a": 1}},
        ],
    )
    async def test_odd_parts_count_as_not_given(self, database: Database, deliver: Sender, odd: dict[str, Any]) -> None:
        clerk_id = new_user()
        assert (await deliver("user.created", user(clerk_id, updated_at=T1, **odd))).status_code == 200
        made = await customer(database, clerk_id)
        assert made.name is None or (len(made.name) <= 100 and made.name.isprintable())
        assert made.picture_url in {None, "https://img.clerk.com/layla"}

    @pytest.mark.parametrize("verification", [{"status": "unverified"}, {"status": "expired"}, {}, None, "verified"])
    async def test_an_address_that_is_not_verified(
        self, database: Database, deliver: Sender, verification: Any
    ) -> None:
        """Anybody can type it in at Clerk, so it counts only once Clerk has seen that it is theirs."""
        clerk_id, address = new_user(), {"id": "idn_second", "email_address": "layla@example.com"}
        given = {"email_addresses": [address | {"verification": verification}]}
        assert (await deliver("user.created", user(clerk_id, updated_at=T1, **given))).status_code == 200
        made = await customer(database, clerk_id)
        assert made.email is None
        assert made.clerk_profile is not None
        assert made.clerk_profile["email"] is None
        await deliver("user.updated", user(clerk_id, updated_at=T1 + 1))
        made = await customer(database, clerk_id)
        assert (made.email, (made.clerk_profile or {})["email"]) == ("layla@example.com", "layla@example.com")

    async def test_one_typed_in_here_stays(self, database: Database, deliver: Sender) -> None:
        clerk_id, address = new_user(), {"id": "idn_second", "email_address": "layla@example.com"}
        await register(database, clerk_id, email="typed@example.com")
        await deliver("user.updated", user(clerk_id, updated_at=T1, email_addresses=[address]))
        made = await customer(database, clerk_id)
        assert (made.email, (made.clerk_profile or {})["email"]) == ("typed@example.com", None)

    async def test_username_conflict(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        taken, free = f"Taken{uuid4().hex[:10]}", f"free{uuid4().hex[:10]}"
        await register(database, new_user(), username=taken)
        names = iter([taken, taken.lower(), free])
        monkeypatch.setattr(usernames, "generate", lambda: next(names))
        clerk_id = new_user()
        await register(database, clerk_id)
        assert (await customer(database, clerk_id)).username == free
