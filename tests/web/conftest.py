"""The whole application over a real store, and as many browsers as a test needs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from countermand.context import Config, Context
from countermand.host import system_host
from countermand.plugins.config import PluginConfig
from countermand.plugins.load import load_plugins
from countermand.policies import PolicyShelf
from countermand.web.app import create_app
from tests.web.world import World, furnish

PLACE = "http://shop.example"


@pytest.fixture
def context(store: Any, tmp_path: Path) -> Context:
    host = system_host()
    config = PluginConfig(str(tmp_path / "sandbox.sqlite"), None, "shop@example.com", host.clock, host.sleep)
    return Context(host, store, load_plugins(config), Config(base_url=PLACE), PolicyShelf(host.clock))


@pytest.fixture
async def world(context: Context) -> AsyncIterator[World]:
    app = create_app(context)
    async with AsyncExitStack() as clients:

        async def new_client() -> Any:
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            return await clients.enter_async_context(httpx.AsyncClient(transport=transport, base_url=PLACE))

        yield await furnish(context, new_client)
