"""Two tenancies over a real store, and a client that speaks to the whole application."""

from collections.abc import AsyncIterator
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
from tests.api.world import World, furnish


@pytest.fixture
async def world(store: Any, tmp_path: Path) -> AsyncIterator[World]:
    host = system_host()
    sandbox = str(tmp_path / "sandbox.sqlite")
    plugins = load_plugins(PluginConfig(sandbox, None, "shop@example.com", host.clock, host.sleep))
    ctx = Context(host, store, plugins, Config(base_url="https://shop.example"), PolicyShelf(host.clock))
    here = httpx.ASGITransport(create_app(ctx), raise_app_exceptions=False)  # in this loop, where the pool lives
    async with httpx.AsyncClient(transport=here, base_url="https://shop.example") as client:
        yield await furnish(ctx, client)
