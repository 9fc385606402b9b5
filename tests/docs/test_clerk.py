"""docs/clerk.md: its signed webhook is one that the server takes, and the reasons that it explains are given."""

import json
import re
import subprocess

from starlette.datastructures import Headers

from auth.refusals import Reason
from auth.secrets import Secrets
from settings import variables
from tests.architecture.project import FILES, ROOT, module
from webhooks import clerk

PAGE = (ROOT / "docs" / "clerk.md").read_text()
PRINT = 'curl() { shift; while [ $# -gt 0 ]; do printf "%s\\0" "$2"; shift 2; done; }\n'
"""In the place of curl: what follows the address and each option, which is its value."""


def test_the_webhook_is_signed() -> None:
    script = re.search(r"```sh\n(secret=(whsec_\S+).*?)```", PAGE, re.DOTALL)
    assert script is not None
    command = PRINT + script[1].replace('curl -s "$url"', "curl --url")
    printed = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=True, timeout=30)
    kind, body, *signed = printed.stdout.split("\0")[:-1]
    headers = Headers(dict(line.split(": ", 1) for line in (kind, *signed)))
    secrets = Secrets("", (script[2],))
    assert clerk.verify(headers, body.encode(), secrets).startswith("msg_")
    assert json.loads(body)["type"] not in clerk.PROVIDER.handlers


def test_events_are_those_that_have_an_effect() -> None:
    assert set(re.findall(r"`(user\.\w+)`", PAGE.partition("## Testing")[0])) == clerk.PROVIDER.handlers.keys()


def test_every_setting_is_explained() -> None:
    assert {name for name in variables() if name.startswith("CLERK_")} <= set(re.findall(r"`(CLERK_[A-Z_]+)`", PAGE))


def test_reasons_are_given() -> None:
    table = PAGE.partition("## If something is refused")[2]
    of_tokens = set(re.findall(r"^\| 401 `(\w+)`", table, re.MULTILINE))
    others = set(re.findall(r"^\| (?:503|webhook 400) `(\w+)`", table, re.MULTILINE))
    assert of_tokens <= {reason.value for reason in Reason}
    assert len(of_tokens) > 4
    source = " ".join(path.read_text() for path in FILES if module(path).split(".")[0] in {"auth", "webhooks"})
    assert [reason for reason in others if f'"{reason}"' not in source] == []
    assert len(others) > 2
