"""One shop per test, on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.shop import Shop, open_shop


@pytest.fixture
async def shop(migrated_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(migrated_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def wired(migrated_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose holder is reached through the fulfilment plugin."""
    async with open_shop(migrated_url, tmp_path, plugin="sandbox") as opened:
        yield opened
