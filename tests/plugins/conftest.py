"""A clock that a test moves, a sleep that only moves that clock, and the three sandbox plugins on one real file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countermand.plugins.config import PluginConfig
from countermand.plugins.load import Plugins, load_plugins
from countermand.plugins.sandbox.fulfilment import SandboxFulfilment
from countermand.plugins.sandbox.payment import SandboxPayment
from countermand.plugins.sandbox.platform import SandboxPlatform


@dataclass
class TestTime:
    __test__ = False
    instant: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.instant

    def pass_by(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)


@pytest.fixture
def time() -> TestTime:
    return TestTime()


@pytest.fixture
def config(tmp_path: Path, time: TestTime) -> PluginConfig:
    return PluginConfig(str(tmp_path / "sandbox.sqlite"), None, "Shop <shop@shop.example>", time, time.sleep)


@pytest.fixture
def plugins(config: PluginConfig) -> Iterator[Plugins]:
    opened = load_plugins(config)
    yield opened
    opened.close()


@pytest.fixture
def payments(plugins: Plugins) -> SandboxPayment:
    plugin = plugins.payment("sandbox")
    assert isinstance(plugin, SandboxPayment)
    return plugin


@pytest.fixture
def warehouse(plugins: Plugins) -> SandboxFulfilment:
    plugin = plugins.fulfilment("sandbox")
    assert isinstance(plugin, SandboxFulfilment)
    return plugin


@pytest.fixture
def shop(plugins: Plugins) -> SandboxPlatform:
    plugin = plugins.platform("sandbox")
    assert isinstance(plugin, SandboxPlatform)
    return plugin
