"""Nodes wake each other through PostgreSQL: heard soon, told seldom, and nobody fails for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from countermand.store import UnknownDatabase, open_store
from countermand.store.directory_port import Store
from countermand.store.wake import CHANNEL

SOON = 30.0
"""Seconds after which a test gives up; nothing here needs one."""


@pytest.fixture
def engine() -> str:
    """These are about PostgreSQL; SQLite has no other nodes."""
    return "postgresql"


@asynccontextmanager
async def node(url: str, listen: str = "yes") -> AsyncIterator[Store]:
    store = await open_store(f"{url}?listen={listen}")
    try:
        yield store
    finally:
        await store.close()


async def at_once(seconds: float) -> None:
    """Nobody waits here."""
    await asyncio.sleep(0)


@asynccontextmanager
async def hearing(store: Store) -> AsyncIterator[asyncio.Event]:
    """An event that every wake-up sets; the first one, for having begun to hear, is over."""
    rung = asyncio.Event()
    ear = asyncio.create_task(store.hear(rung.set, at_once))
    try:
        await again(rung)
        yield rung
    finally:
        ear.cancel()
        await asyncio.gather(ear, return_exceptions=True)


async def again(rung: asyncio.Event) -> None:
    await asyncio.wait_for(rung.wait(), SOON)
    rung.clear()


async def backends(url: str, like: str = "%") -> list[int]:
    """The connections to this database beside our own, by what they said last."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND query LIKE $1", like,
        )
        return [row[0] for row in rows]
    finally:
        await connection.close()


async def test_what_one_node_tells_the_other_hears(migrated_url: str) -> None:
    async with node(migrated_url) as a, node(migrated_url) as b, hearing(b) as rung:
        a.wake_others()
        await again(rung)
        a.wake_others()
        await again(rung)


async def test_a_node_is_not_woken_by_itself(migrated_url: str) -> None:
    async with node(migrated_url) as a, node(migrated_url) as b, hearing(a) as own, hearing(b) as others:
        a.wake_others()
        await again(others)
        b.wake_others()
        await again(own)
        assert not others.is_set() and not own.is_set()


async def test_a_burst_gives_few_notifies_and_the_last_is_not_lost(migrated_url: str) -> None:
    heard: list[object] = []
    ended = asyncio.Event()

    def hear(connection: object, teller: int, channel: str, payload: object) -> None:
        heard.append(payload)
        if payload == "end":
            ended.set()

    listener = await asyncpg.connect(migrated_url)
    await listener.add_listener(CHANNEL, hear)
    async with node(migrated_url) as a:
        for _ in range(500):
            a.wake_others()
            await asyncio.sleep(0)
    await listener.execute(f"NOTIFY {CHANNEL}, 'end'")
    await asyncio.wait_for(ended.wait(), SOON)
    await listener.close()
    assert 1 <= len(heard) - 1 <= 20


async def test_a_lost_ear_listens_again(migrated_url: str) -> None:
    async with node(migrated_url) as a, node(migrated_url) as b, hearing(b) as rung:
        [ear] = await backends(migrated_url, "LISTEN%")
        killer = await asyncpg.connect(migrated_url)
        await killer.execute("SELECT pg_terminate_backend($1)", ear)
        await killer.close()
        await again(rung)  # it rings when it hears again
        a.wake_others()
        await again(rung)


async def test_a_lost_voice_speaks_again(migrated_url: str) -> None:
    async with node(migrated_url) as a, node(migrated_url) as b, hearing(b) as rung:
        a.wake_others()
        await again(rung)
        [voice] = await backends(migrated_url, "NOTIFY%")
        killer = await asyncpg.connect(migrated_url)
        await killer.execute("SELECT pg_terminate_backend($1)", voice)
        await killer.close()
        async with asyncio.timeout(SOON):
            while not rung.is_set():  # what is said into the broken connection is lost, as any wake-up may be
                a.wake_others()
                await asyncio.sleep(0.01)


async def test_nothing_stays_connected_behind_a_closed_store(migrated_url: str) -> None:
    async with node(migrated_url) as a, node(migrated_url) as b, hearing(b):
        a.wake_others()
    for _ in range(1000):  # the server needs a moment to see that a connection is gone
        if not await backends(migrated_url):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a connection was left open")


async def test_closing_the_store_ends_the_hearing(migrated_url: str) -> None:
    async with node(migrated_url) as a:
        rung = asyncio.Event()
        ear = asyncio.create_task(a.hear(rung.set, at_once))
        await again(rung)
    await asyncio.wait_for(ear, SOON)


@pytest.mark.parametrize("url", ["listen=no", "statement_cache_size=0"])
async def test_without_listening_nobody_speaks_and_nobody_hears(migrated_url: str, url: str) -> None:
    a = await open_store(f"{migrated_url}?{url}")
    try:
        await asyncio.wait_for(a.hear(lambda: None, at_once), SOON)
        a.wake_others()
        await asyncio.sleep(0)
        assert await backends(migrated_url, "NOTIFY%") == await backends(migrated_url, "LISTEN%") == []
    finally:
        await a.close()


async def test_listen_is_yes_or_no(migrated_url: str) -> None:
    with pytest.raises(UnknownDatabase, match="listen is yes or no, not 'maybe'"):
        await open_store(f"{migrated_url}?listen=maybe")
