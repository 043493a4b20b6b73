"""Work that one node commits is walked by another as soon as it is committed, where they hear each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from countermand.cli.runtime import Settings, opened
from countermand.context import Context
from countermand.execute.runner import Runner
from countermand.host import Host, SystemIds
from tests.shop import Shop, open_shop

SOON = 30.0
"""Seconds after which a test gives up; nothing here needs one."""

NEVER = 3600.0
"""Seconds between the looks of a runner that must be woken."""


@pytest.fixture
def engine() -> str:
    """These are about PostgreSQL; SQLite has no other nodes."""
    return "postgresql"


class Watched(Runner):
    """A runner that says when it looked for work, and when it had walked some."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "n2", poll=NEVER)
        self.looked, self.walked = asyncio.Event(), asyncio.Event()

    async def run_once(self) -> int:
        walked = await super().run_once()
        self.looked.set()
        if walked:
            self.walked.set()
        return walked


@asynccontextmanager
async def two_nodes(url: str, folder: Path) -> AsyncIterator[tuple[Shop, Watched, Context]]:
    """A shop on a node without a runner, and a node that only runs. Its runner has looked once."""
    async with open_shop(url, folder) as shop:
        host = Host(shop.clock, SystemIds(), Random(1), asyncio.sleep)
        chosen = Settings(database=url, sandbox=str(folder / "sandbox.sqlite"))
        async with opened(chosen, host) as ctx:
            runner, stop = Watched(ctx), asyncio.Event()
            running = asyncio.create_task(runner.run(stop))
            try:
                await asyncio.wait_for(runner.looked.wait(), SOON)
                yield shop, runner, ctx
            finally:
                stop.set()
                ctx.bell.ring()
                await running


async def test_a_commit_of_one_node_wakes_the_runner_of_another(migrated_url: str, tmp_path: Path) -> None:
    async with two_nodes(f"{migrated_url}?listen=yes", tmp_path) as (shop, runner, _):
        await shop.order()
        await shop.cancel()
        await asyncio.wait_for(runner.walked.wait(), SOON)
        assert await shop.refunded() == 4465


async def test_without_listening_it_waits_for_its_poll(migrated_url: str, tmp_path: Path) -> None:
    async with two_nodes(f"{migrated_url}?listen=no", tmp_path) as (shop, runner, ctx):
        await shop.order()
        await shop.cancel()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.walked.wait(), 0.5)
        assert await shop.refunded() == 0
        ctx.bell.ring()
        await asyncio.wait_for(runner.walked.wait(), SOON)
        assert await shop.refunded() == 4465


async def test_only_work_that_is_due_now_wakes_the_others(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order has none; a request that waits for an answer has none before its time; what a runner walks is its."""
    async with open_shop(migrated_url, tmp_path) as shop:
        told: list[str] = []
        monkeypatch.setattr(shop.ctx.store, "wake_others", lambda: told.append("work"))
        await shop.at_stage("packed")
        await shop.cancel()
        assert told == []
        await shop.answer(True)
        assert told == ["work"]
        await shop.work()
        assert told == ["work"] and await shop.refunded() == 4465


async def test_the_runner_wakes_nobody_for_the_saga_that_it_walks(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_shop(migrated_url, tmp_path) as shop:
        told: list[str] = []
        await shop.policy(grace="PT10M")
        await shop.order()
        await shop.cancel()
        monkeypatch.setattr(shop.ctx.store, "wake_others", lambda: told.append("work"))
        await shop.wait(minutes=10)
        assert told == [] and await shop.refunded() == 4465
