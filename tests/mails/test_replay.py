"""`server.py webhooks replay` writes the mails that the running server would have written."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from auth.secrets import Secrets
from models.inbox import WebhookMessage, WebhookStatus
from settings import Settings
from tests.mails.mailbox import SENDER, PostOffice, shop
from tests.processes import SERVER
from tests.webhooks.clerk import Sender, deleted, event


async def test_a_replayed_deletion_tells_whose_ticket_is_open_again(
    settings: Settings, credentials: Secrets, empty_database_url: str, tmp_path: Path
) -> None:
    async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as post:
        world = post.world
        solvers = [await world.solver() for _ in range(2)]
        tickets = [await world.ticket(claimed_by=solver) for solver in solvers]
        await Sender(world.http, credentials.clerk_webhook_secrets[0])("user.deleted", deleted(solvers[0].clerk_id))
        body = event("user.deleted", deleted(solvers[1].clerk_id))
        failed = {"provider": "clerk", "kind": "user.deleted", "status": WebhookStatus.FAILED, "error": "TimeoutError"}
        await world.save(WebhookMessage(id="msg_replayed", body=body, **failed))
        environment = os.environ | {
            "DATABASE_URL": empty_database_url, "DATA_FOLDER": str(tmp_path),
            "SMTP_URL": f"smtp://127.0.0.1:{office.port}", "MAIL_FROM": SENDER,
        }  # fmt: skip
        replayed = await asyncio.to_thread(
            subprocess.run, [sys.executable, SERVER, "webhooks", "replay"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (replayed.returncode, replayed.stdout) == (0, "clerk msg_replayed: processed\n"), replayed
        for ticket in tickets:
            assert (await post.state(ticket, "SENT"))["kind"] == "REOPENED"
