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
    ctx = context_over(store, tmp_path)
    async with client_over(ctx) as client:
        yield await furnish(ctx, client)


def context_over(store: Any, folder: Path) -> Context:
    """A context with the real plugins of the sandbox in this folder."""
    host = system_host()
    sandbox = str(folder / "sandbox.sqlite")
    plugins = load_plugins(PluginConfig(sandbox, None, "shop@example.com", host.clock, host.sleep))
    return Context(host, store, plugins, Config(base_url="https://shop.example"), PolicyShelf(host.clock))


def client_over(ctx: Context) -> httpx.AsyncClient:
    """A client of the whole application, in the loop in which the store's connections live."""
    here = httpx.ASGITransport(create_app(ctx), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=here, base_url="https://shop.example")
