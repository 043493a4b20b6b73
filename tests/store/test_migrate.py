"""Opening and migrating: safe to run twice and from two nodes at once; a wrong URL gets a clear message."""

import asyncio
from pathlib import Path

import pytest

from countermand.store import UnknownDatabase, open_store
from countermand.store.port import Change, Committed
from tests.builders import MERCHANT, a_tenancy, an_order


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    store = await open_store(database_url)
    assert not await store.is_ready()
    await store.migrate()
    await a_tenancy(store)
    await store.migrate()
    assert await store.is_ready()
    assert await store.find_merchant(MERCHANT) is not None
    await store.close()


async def test_two_nodes_may_migrate_at_once(database_url: str) -> None:
    stores = [await open_store(database_url) for _ in range(3)]
    await asyncio.gather(*(store.migrate() for store in stores))
    assert all([await store.is_ready() for store in stores])
    for store in stores:
        await store.close()


async def test_what_was_committed_is_there_after_reopening(migrated_url: str) -> None:
    store = await open_store(migrated_url)
    await a_tenancy(store)
    assert await store.commit([Change(None, an_order())]) == [Committed(1)]
    await store.close()
    again = await open_store(migrated_url)
    assert await again.load(MERCHANT, "1042") == an_order()
    await again.close()


async def test_a_pooler_that_prepares_nothing_is_served_too(migrated_postgres: dict[str, str]) -> None:
    store = await open_store(migrated_postgres["url"] + "?statement_cache_size=0&pool_size=2")
    assert await store.is_ready()
    assert await store.load(MERCHANT, "nothing") is None
    await store.close()


@pytest.mark.parametrize("url", [
    "mysql://localhost/x", "acme.db", "", "sqlite://acme.db", "sqlite:///", "sqlite:////no/such/folder/x.db",
    "postgresql://localhost/x?pool_size=many",
])
async def test_a_database_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(UnknownDatabase):
        await open_store(url)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is a letter, not a database\n" * 100)
    with pytest.raises(UnknownDatabase, match="not a database"):
        await open_store(f"sqlite:///{tmp_path / 'x.db'}")


async def test_a_server_without_that_database_says_so(migrated_postgres: dict[str, str]) -> None:
    with pytest.raises(UnknownDatabase, match="no_such_database"):
        await open_store(migrated_postgres["url"].rsplit("/", 1)[0] + "/no_such_database")


async def test_a_relative_path_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store("sqlite:///shop.db")
    await store.close()
    assert (tmp_path / "shop.db").exists()
