"""What every test can ask for: a database of each engine, a store on it, a browser; and the run's closing words.

    engine         "sqlite" and "postgresql": a test that uses it, or a fixture below, runs once on each
    database_url   a fresh database with nothing in it
    migrated_url   a database with the tables and no rows (cheap: use this one unless migrations are the matter)
    store          an open store on `migrated_url`
    postgres       the PostgreSQL server, for tests that are about it alone
    chromium_path  the browser
"""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from tests import engines
from tests.engines import NoPostgres, Postgres, Server

settings.register_profile("countermand", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("countermand")

TESTS = Path(__file__).parent
POSTGRES = pytest.StashKey[Postgres]()
_numbers = count(1)
_ran = {"sqlite": 0, "postgresql": 0, "chromium": 0}


# The run: find the server once, hand it to the workers, say at the end what was used.


def pytest_configure(config: pytest.Config) -> None:
    handed = getattr(config, "workerinput", {}).get("postgres")
    config.stash[POSTGRES] = Postgres(Server(**handed) if handed else None)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    try:
        node.workerinput["postgres"] = asdict(node.config.stash[POSTGRES].server())
    except NoPostgres as failed:
        raise pytest.UsageError(str(failed)) from failed


def pytest_unconfigure(config: pytest.Config) -> None:
    if POSTGRES in config.stash:
        config.stash[POSTGRES].close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name in {value for key, value in report.user_properties if key == "runs_on"}:
            _ran[name] += 1


def is_whole_suite(config: pytest.Config) -> bool:
    option = config.option
    narrowed = option.keyword or option.markexpr or option.collectonly or getattr(option, "lf", False)
    args = [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]
    return not narrowed and all(arg in (TESTS, TESTS.parent) for arg in args)


def missing_engines(config: pytest.Config) -> list[str]:
    wanted = ("sqlite", "postgresql", "chromium") if browser_is_required() else ("sqlite", "postgresql")
    return [name for name in wanted if not _ran[name]] if is_whole_suite(config) else []


def browser_is_required() -> bool:
    """A machine may have no browser, and then says so; where COUNTERMAND_TEST_BROWSER=required (CI), it must."""
    return os.environ.get("COUNTERMAND_TEST_BROWSER") == "required"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if engines.chromium() is not None or browser_is_required():
        return
    left_out = [item for item in items if "chromium_path" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and session.exitstatus == pytest.ExitCode.OK and missing_engines(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    server = config.stash[POSTGRES].found
    postgresql = f"postgresql {server.version} ({server.where})" if server else "postgresql not asked for"
    tests = f"{_ran['sqlite']} tests", f"{_ran['postgresql']} tests", f"{_ran['chromium']} tests"
    path = engines.chromium()
    browser = f"chromium {engines.chromium_version(path)}, {tests[2]}" if path else "none"
    terminalreporter.write_line(
        f"engines: sqlite {sqlite3.sqlite_version}, {tests[0]}; {postgresql}, {tests[1]}; browsers: {browser}"
    )
    if path is None:
        terminalreporter.write_line(
            "NOT RUN: the tests of the pages in a real browser, because no Chromium is here (Debian: chromium; or "
            "name one in COUNTERMAND_TEST_CHROMIUM)", yellow=True,
        )
    for name in missing_engines(config):
        terminalreporter.write_line(f"FAILED: no test ran on {name}", red=True)


# The databases.


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Postgres:
    found = pytestconfig.stash[POSTGRES]
    found.server()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    request.node.user_properties.append(("runs_on", name))
    return name


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'countermand.sqlite'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"n{next(_numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "countermand.sqlite"
    engines.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> dict[str, Any]:
    return new_migrated(postgres)


def new_migrated(postgres: Postgres) -> dict[str, Any]:
    url = postgres.create("migrated")
    engines.run(migrate(url))
    return {"url": url, "kept": engines.run(engines.filled_tables(url))}


async def migrate(url: str) -> None:
    from countermand.store import open_store

    store = await open_store(url)
    try:
        await store.migrate()
    finally:
        await store.close()


@pytest.fixture
def migrated_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if engine == "sqlite":
        path = tmp_path / "countermand.sqlite"
        template = request.getfixturevalue("migrated_sqlite")
        for part in template.parent.glob(template.name + "*"):
            shutil.copy(part, path.parent / part.name)
        return f"sqlite:///{path}"
    migrated = request.getfixturevalue("migrated_postgres")
    try:
        engines.run(engines.empty_tables(migrated["url"], migrated["kept"]))
    except asyncpg.PostgresError:  # an earlier test left a lock or changed the tables: begin anew
        migrated.update(new_migrated(request.getfixturevalue("postgres")))
    return str(migrated["url"])


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[Any]:
    from countermand.store import open_store

    opened = await open_store(migrated_url)
    yield opened
    await opened.close()


# The browser.


@pytest.fixture
def chromium_path(request: pytest.FixtureRequest) -> str:
    path = engines.chromium()
    if path is None:
        pytest.fail("no Chromium found: install one (Debian: chromium), or name it in COUNTERMAND_TEST_CHROMIUM")
    request.node.user_properties.append(("runs_on", "chromium"))
    return path


@pytest.fixture(scope="session")
def command() -> str:
    """The path of the installed command line."""
    path = TESTS.parent / ".venv" / "bin" / "countermand"
    return str(path) if os.access(path, os.X_OK) else shutil.which("countermand") or "countermand"
