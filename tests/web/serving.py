"""The application really served: uvicorn on a port of its own, in a thread with its own loop and store."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from countermand.context import Config, Context
from countermand.host import system_host
from countermand.plugins.config import PluginConfig
from countermand.plugins.load import load_plugins
from countermand.policies import PolicyShelf
from countermand.store import open_store
from countermand.web.app import create_app
from tests.web.world import World, furnish

Made = TypeVar("Made")
PATIENCE_SECONDS = 60


class Served:
    """`with Served(url, folder) as site:` has `site.place` and `site.world`; `site.do(coroutine)` acts beside it."""

    def __init__(self, database: str, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="served", daemon=True)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.world: World

    def do(self, wanted: Coroutine[Any, Any, Made]) -> Made:
        return asyncio.run_coroutine_threadsafe(wanted, self._loop).result(PATIENCE_SECONDS)

    def __enter__(self) -> "Served":
        self._thread.start()
        self.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        host = system_host()
        self._store = await open_store(self._database)
        config = PluginConfig(str(self._folder / "sandbox.sqlite"), None, "shop@example.com", host.clock, host.sleep)
        ctx = Context(host, self._store, load_plugins(config), Config(base_url=self.place), PolicyShelf(host.clock))
        self.world = await furnish(ctx, None)
        self._server = uvicorn.Server(uvicorn.Config(create_app(ctx), log_level="warning", lifespan="off"))
        self._serving = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in iter(lambda: self._server.started, True):
                await asyncio.sleep(0.01)

    async def _stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        await self._store.close()
