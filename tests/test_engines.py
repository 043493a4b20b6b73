"""The tests' own ground: each engine is there, empty and alone."""

import sqlite3
import subprocess

import asyncpg
import pytest

from tests import engines
from tests.engines import NoPostgres, Postgres


async def test_a_fresh_database_has_no_table(engine: str, database_url: str) -> None:
    if engine == "sqlite":
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
            found = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        connection.close()
    else:
        found = len(await engines.ask(database_url, engines.tables))
    assert found == 0


async def test_rows_of_one_test_are_gone_for_the_next(postgres: Postgres) -> None:
    url = postgres.create("rows")

    async def fill(connection: asyncpg.Connection) -> None:
        await connection.execute("CREATE TABLE kept (n int); CREATE TABLE emptied (n int)")
        await connection.execute("INSERT INTO kept VALUES (1); INSERT INTO emptied VALUES (1)")

    await engines.ask(url, fill)
    await engines.empty_tables(url, kept=["public.kept"])
    assert await engines.filled_tables(url) == ["public.kept"]
    postgres.drop("rows")


async def test_databases_of_dead_runs_are_dropped(postgres: Postgres) -> None:
    name = f"{engines.PREFIX}{ended_process()}_n1"
    server = postgres.server()
    await engines.ask(server.url, lambda c: c.execute(f'CREATE DATABASE "{name}"'))
    await engines.ask(server.url, engines.drop_leftovers)
    names = await engines.ask(server.url, lambda c: c.fetch("SELECT datname FROM pg_database"))
    assert name not in {row[0] for row in names}


def ended_process() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_a_named_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://postgres@127.0.0.1:{engines.free_port()}/postgres"
    monkeypatch.setenv("COUNTERMAND_TEST_POSTGRES", url)
    with pytest.raises(NoPostgres, match="does not answer"):
        Postgres().server()


def test_the_wheel_gives_a_server_of_our_own() -> None:
    own = engines.OwnServer()
    try:
        server = own.start()
        assert int(server.version.split(".")[0]) >= 14
    finally:
        own.stop()
    assert not own.folder.exists()
