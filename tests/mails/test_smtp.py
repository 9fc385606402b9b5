"""Mail servers as they are configured: absent, encrypted, asking for a password (T9)."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError
from structlog.testing import capture_logs

from auth.secrets import Secrets
from mails.smtp import SmtpServer
from settings import Settings
from tests.mails.mailbox import PostOffice, shop, until


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    file = folder / "post.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.add_extension(names, critical=False).sign(key, SHA256()).public_bytes(Encoding.PEM))
    return file


class TestConnection:
    """A mail server that is not there."""

    async def test_a_refused_connection(
        self, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        async with PostOffice().open() as office:
            pass
        async with shop(settings, credentials, empty_database_url, office) as post:
            with capture_logs() as logs:
                ticket = await post.ticket()
                await until(lambda: [entry for entry in logs if entry["event"] == "job_deferred"])
                async with office.open(office.port):
                    await post.state(ticket, "SENT")
            assert "SMTPConnectError 111" in str(logs)
        assert len(office.raw(str(ticket.email))) == 1


class TestEncryption:
    """TLS, and passwords only within it."""

    @pytest.fixture
    def tls(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
        """A certificate for 127.0.0.1 that this process trusts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(tmp_path))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "post.pem"))
        return context

    @pytest.mark.parametrize("scheme", ["starttls", "smtps"])
    async def test_signs_in(
        self, settings: Settings, credentials: Secrets, empty_database_url: str, tls: ssl.SSLContext, scheme: str
    ) -> None:
        office, url = PostOffice(), f"{scheme}://me%40shop:p%40ss%2Fword@127.0.0.1:{{}}"
        implicit = scheme == "smtps"
        async with (
            office.open(tls=tls, implicit=implicit, auth_required=not implicit, auth_require_tls=not implicit),
            shop(settings, credentials, empty_database_url, office, url) as post,
        ):
            ticket = await post.ticket()
            await post.state(ticket, "SENT")
        assert office.passwords == [(b"me@shop", b"p@ss/word")]
        assert office.encrypted == [True] or implicit

    async def test_insists(self, settings: Settings, credentials: Secrets, empty_database_url: str) -> None:
        """No STARTTLS, no password and no mail."""
        office, url = PostOffice(), "starttls://me:secret@127.0.0.1:{}"
        async with office.open(), shop(settings, credentials, empty_database_url, office, url) as post:
            mail = await post.state(await post.ticket(), "FAILED")
        assert "STARTTLS" in mail["error"]
        assert (office.passwords, office.taken) == ([], [])

    async def test_a_wrong_password(
        self, settings: Settings, credentials: Secrets, empty_database_url: str, tls: ssl.SSLContext
    ) -> None:
        office, url = PostOffice(), "starttls://me:wrong@127.0.0.1:{}"
        with capture_logs() as logs:
            async with (
                office.open(tls=tls, auth_required=True),
                shop(settings, credentials, empty_database_url, office, url) as post,
            ):
                mail = await post.state(await post.ticket(), "FAILED")
        assert "SMTPAuthenticationError 535" in mail["error"]
        assert "wrong" not in str(logs)
        assert "wrong" not in repr(post.database)


class TestSettings:
    """SMTP_URL is checked at the start, and its password is nobody's business."""

    def test_nothing_without_it(self) -> None:
        assert Settings(smtp_url="").mail.smtp_url is None  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "url",
        ["mail.example", "http://mail.example", "smtp://", "smtp://x:canary@mail.example:99999", "smtp://a:canary@h/p"],
    )
    def test_an_address_of_no_mail_server(self, url: str) -> None:
        with pytest.raises(ValidationError, match="SMTP_URL must be like") as refused:
            Settings(smtp_url=url, mail_from="a@b.example")  # type: ignore[arg-type]
        assert "canary" not in str(refused.value)

    @pytest.mark.parametrize("sender", [None, "", "Help", "Help <help>", "a@b.example\nBcc: c@d.example"])
    def test_mail_from_nobody(self, sender: str | None) -> None:
        with pytest.raises(ValidationError, match="MAIL_FROM") as refused:
            Settings(smtp_url="smtp://me:canary@mail.example", mail_from=sender)  # type: ignore[arg-type]
        assert "canary" not in str(refused.value)

    def test_no_password_in_a_repr(self) -> None:
        settings = Settings(smtp_url="smtps://me:canary@mail.example", mail_from="a@b.example")  # type: ignore[arg-type]
        assert settings.mail.smtp_url
        server = SmtpServer.of(settings, settings.mail.smtp_url.get_secret_value())
        assert "canary" not in repr(settings) + repr(server)
        assert server.password == "canary"

    @pytest.mark.parametrize(
        ("url", "port", "tls", "start_tls"),
        [
            ("smtp://mail.example", 25, False, None),
            ("smtp://me:secret@mail.example", 25, False, True),
            ("smtp://localhost:1025", 1025, False, False),
            ("smtp://me:secret@[::1]", 25, False, False),
            ("starttls://mail.example", 587, False, True),
            ("starttls://127.0.0.1", 587, False, True),
            ("smtps://mail.example", 465, True, False),
        ],
    )
    def test_no_password_in_the_clear(self, url: str, port: int, tls: bool, start_tls: bool | None) -> None:
        server = SmtpServer.of(Settings(), url)
        assert (server.port, server.tls, server.start_tls) == (port, tls, start_tls)

    @pytest.mark.parametrize(
        ("public", "name"),
        [
            ("https://api.shop.example", "api.shop.example"),
            ("http://127.0.0.1:8", "[127.0.0.1]"),
            ("http://[::1]", "[IPv6:::1]"),
        ],
    )
    def test_says_hello_by_its_own_name(self, public: str, name: str) -> None:
        assert SmtpServer.of(Settings(public_url=public), "smtp://mail.example").own_name == name
