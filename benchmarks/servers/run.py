"""Run one server of the benchmarks: `python -m benchmarks.servers.run ours 8101 raised`."""

import gc
import importlib
import socket
import sys
from typing import Any

import uvicorn

THRESHOLDS = {"python": None, "raised": (100_000, 20, 100)}


class Server(uvicorn.Server):
    """Sets the collector after the start, so that it is the same for all, whatever the server has set."""

    def __init__(self, config: uvicorn.Config, collector: str) -> None:
        super().__init__(config)
        self._collector = collector

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        if thresholds := THRESHOLDS[self._collector]:
            gc.freeze()
            gc.set_threshold(*thresholds)
        else:
            gc.unfreeze()
            gc.set_threshold(700, 10, 10)


def main(name: str, port: int, collector: str) -> None:
    app = importlib.import_module(f"benchmarks.servers.{name}").create()
    config = uvicorn.Config(
        app,
        "127.0.0.1",
        port,
        log_level="warning",
        access_log=False,
        server_header=False,
        loop="uvloop",
        http=_protocol(app),
    )
    Server(config, collector).run()


def _protocol(app: Any) -> Any:
    """Ours is served as `server.py serve` does, by the protocol that bounds heads and waits; the peers by uvicorn's."""
    settings = getattr(app, "settings", None)
    if settings is None:
        return "httptools"
    from transport.uvicorn_server import uvicorn_config

    return uvicorn_config(app, settings).http


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
