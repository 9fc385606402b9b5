"""nginx and Caddy as children of the tests, by the configurations in deploy/."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from tests.architecture.project import ROOT
from tests.patience import SECONDS

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/clientele.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def nginx(folder: Path, server: str, port: int, other: int) -> list[str]:
    """Write the configuration with these ports and without TLS; give the command."""
    text = (ROOT / "deploy" / "nginx" / "clientele.conf").read_text()
    changes = {
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port};", "listen 80;": f"listen 127.0.0.1:{other};",
        "server 127.0.0.1:8000;": f"server {server};", "/var/log/nginx/": f"{folder}/",
    }  # fmt: skip
    (folder / "clientele.conf").write_text(changed(without(text, "ssl_certificate"), changes))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, server: str, port: int, other: int) -> list[str]:
    """Write the configuration with these ports and without TLS; give the command."""
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    changes = {
        "api.shop.example {": f"{{\n\tadmin off\n\thttp_port {port}\n}}\nhttp://127.0.0.1:{port} {{",
        "reverse_proxy 127.0.0.1:8000": f"reverse_proxy {server}",
    }
    (folder / "Caddyfile").write_text(changed(text, changes))
    return [str(CADDY), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def changed(text: str, changes: dict[str, str]) -> str:
    """Replace what a test needs otherwise; each of it must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def without(text: str, word: str) -> str:
    """Leave out the lines with a word."""
    return "\n".join(line for line in text.splitlines() if word not in line)


def _start(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "said").open("w") as said:
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=said)


@asynccontextmanager
async def running(command: list[str], folder: Path, port: int) -> AsyncIterator[str]:
    """Run a proxy; gives its address."""
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "XDG_DATA_HOME": str(folder)}
    child = _start(command, folder, environment)
    try:
        async with asyncio.timeout(SECONDS), httpx2.AsyncClient() as http:
            while child.poll() is None:
                try:
                    if (await http.get(f"http://127.0.0.1:{port}/health/ready")).is_success:
                        break
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
        assert child.poll() is None, (folder / "said").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        child.send_signal(signal.SIGTERM)
        await asyncio.to_thread(child.wait, SECONDS)
