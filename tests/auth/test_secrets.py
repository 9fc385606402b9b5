"""Secrets: those configured, and those made up in development."""

import base64
import multiprocessing
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from auth import secrets as secrets_module
from auth.secrets import SecretUnusable
from settings import Settings


def _load(folder: str) -> tuple[str, ...]:
    made = secrets_module.load(Settings(data_folder=Path(folder)))
    assert made.issuer_key
    return (made.secret_key, *made.clerk_webhook_secrets, made.issuer_key.id, made.issuer_key.pem)


class TestSecrets:
    """A2: secrets are made up in development, once, and for nobody else's eyes."""

    def test_two_processes_at_once_agree(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("spawn").Pool(4) as pool:
            loaded = pool.map(_load, [str(tmp_path / "data")] * 8)
        assert len(set(loaded)) == 1
        assert [file.name for file in (tmp_path / "data").iterdir()] == ["development.json"]

    def test_private(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        made = secrets_module.load(settings)
        assert stat.S_IMODE((tmp_path / "development.json").stat().st_mode) == 0o600
        assert made.secret_key not in repr(made)
        assert "PRIVATE" not in repr(made)
        assert "whsec" not in repr(made)

    def test_configured_ones_are_taken(self, tmp_path: Path) -> None:
        webhook = SecretStr("whsec_" + base64.b64encode(b"x" * 24).decode())
        settings = Settings(data_folder=tmp_path, secret_key=SecretStr("k" * 32), clerk_webhook_secrets=(webhook,))
        made = secrets_module.load(settings)
        assert made.secret_key == "k" * 32
        assert made.clerk_webhook_secrets == (webhook.get_secret_value(),)

    def test_production_makes_nothing_up(self, tmp_path: Path) -> None:
        webhook = SecretStr("whsec_" + base64.b64encode(b"x" * 24).decode())
        settings = Settings(
            environment="production", data_folder=tmp_path, secret_key=SecretStr("k" * 32), clerk_issuer="https://c.example",
            clerk_webhook_secrets=(webhook,), database_url=SecretStr("postgresql://x/y"),
        )  # fmt: skip
        assert secrets_module.load(settings).issuer_key is None
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null"])
    def test_a_broken_file(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "development.json").write_text(content)
        with pytest.raises(SecretUnusable, match="Remove it"):
            secrets_module.load(Settings(data_folder=tmp_path))

    @pytest.mark.parametrize("secret", ["whsec_", "whsec_ü", "x"])
    def test_an_unusable_webhook_secret(self, tmp_path: Path, secret: str) -> None:
        with pytest.raises(SecretUnusable, match="number 1") as refused:
            secrets_module.load(Settings(data_folder=tmp_path, clerk_webhook_secrets=(SecretStr(secret),)))
        assert "ü" not in str(refused.value)
