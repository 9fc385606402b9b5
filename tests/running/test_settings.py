"""Settings: where they are read from, and what is said of wrong ones."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from settings import Settings, explain, variables
from tests.architecture.project import ROOT

EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any of our variables."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def wrong(**given: object) -> list[str]:
    """What is said of wrong settings."""
    with pytest.raises(ValidationError) as caught:
        Settings(**given)
    assert "canary" not in str(caught.value)
    return explain(caught.value)


class TestSources:
    def test_the_process_environment_counts_before_the_file(
        self, tmp_path: Path, environment: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / ".env"
        file.write_text("PORT=8123\nCORS_ORIGINS=https://a.example, https://b.example\nMAIL_TRIES=\n# HOST=1.2.3.4\n")
        environment.setenv("PORT", "9123")
        environment.setenv("LANGUAGES", "")
        environment.setenv("MAIL", "/var/mail/somebody")
        read = Settings(_env_file=file)
        assert read.server.port == 9123
        assert read.server.cors_origins == ("https://a.example", "https://b.example")
        assert (read.mail.tries, read.shop.languages, read.server.host) == (8, ("en", "ar"), "127.0.0.1")
        assert Settings(_env_file=file, port=7123).server.port == 7123

    def test_cannot_be_changed(self) -> None:
        read = Settings()
        with pytest.raises(ValidationError):
            read.server.port = 1
        with pytest.raises(ValidationError):
            read.environment = "production"


class TestExample:
    def test_names_every_variable_with_its_default(self, tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
        lines = re.findall(r"^# ([A-Z_0-9]+)=(.*)$", EXAMPLE, re.MULTILINE)
        assert [name for name, _ in lines] == list(variables())
        file = tmp_path / ".env"
        file.write_text("\n".join(f"{name}={value}" for name, value in lines))
        assert Settings(_env_file=file) == Settings()

    def test_git_ignores_the_real_one(self) -> None:
        assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


class TestWrong:
    """Each names its variable and what to do, and nothing shows a value."""

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("port", "99999", "PORT must be less than or equal to 65535"),
            ("port", "http", "PORT must be a valid integer"),
            ("environment", "staging", "ENVIRONMENT must be 'development' or 'production'"),
            ("database_url", "mysql://me:canary@host/db", "DATABASE_URL must be the address of a PostgreSQL"),
            ("database_url", "canary", "DATABASE_URL must be the address of a PostgreSQL"),
            ("database_direct_url", "redis://canary", "DATABASE_DIRECT_URL must be the address of a PostgreSQL"),
            ("secret_key", "canary", "SECRET_KEY must have at least 32 characters"),
            ("languages", "fr", "LANGUAGES must include en"),
            ("razorpay_key_id", "canary", "RAZORPAY_KEY_ID must be like rzp_live_"),
            ("razorpay_key_id", "rzp_test_1", "RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET and RAZORPAY_WEBHOOK_SECRETS must"),
            ("razorpay_url", "http://canary.example", "RAZORPAY_URL must be like https://api.razorpay.com"),
            ("razorpay_concurrent_calls", "0", "RAZORPAY_CONCURRENT_CALLS must be greater than 0"),
            ("smtp_url", "http://me:canary@host", "SMTP_URL must be like starttls://"),
            ("mail_tries", "0", "MAIL_TRIES must be greater than 0"),
        ],
    )
    def test_one(self, name: str, value: str, sentence: str, environment: pytest.MonkeyPatch) -> None:
        (line,) = wrong(**{name: value})
        assert line.startswith(sentence)
        assert line.endswith("docs/settings.md lists all settings.")
        assert "\n" not in line

    def test_several_at_once(self, environment: pytest.MonkeyPatch) -> None:
        assert [line.split()[0] for line in wrong(port=0, metrics="canary", mail_tries=0)] == [
            "PORT", "METRICS", "MAIL_TRIES",
        ]  # fmt: skip

    def test_what_production_needs(self, environment: pytest.MonkeyPatch) -> None:
        (line,) = wrong(environment="production", clerk_issuer="https://clerk.example", secret_key=SecretStr("k" * 32))
        assert line.startswith("ENVIRONMENT=production needs DATABASE_URL, CLERK_WEBHOOK_SECRETS as well")
