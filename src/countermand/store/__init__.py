"""SQL and nothing else: where orders, requests and everything around them are kept."""

import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit

from countermand.errors import Problem
from countermand.host import Clock, SystemClock
from countermand.store.directory_port import Store


class UnknownDatabase(Problem):
    slug, title = "unknown-database", "This database cannot be used"


async def open_store(url: str, *, clock: Clock | None = None) -> Store:
    """Open `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user@host/name`; migrates nothing.

    `clock`: of a simulation; without one, PostgreSQL judges claims by its own clock. Parameters of a PostgreSQL URL:
    `pool_size` (default 10), `statement_cache_size` (0 behind PgBouncer in transaction mode) and `listen` (yes or no:
    two more connections, by which nodes wake each other at once; no behind PgBouncer, where the poll finds the work).
    `listen` is yes unless the statement cache is 0 or there is a `clock`.
    Errors: UnknownDatabase; OSError if the server does not answer.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return open_sqlite(parts.netloc, unquote(parts.path), clock)
    if parts.scheme in ("postgresql", "postgres"):
        return await open_postgres(url, clock)
    raise UnknownDatabase(f"{parts.scheme or url!r} is neither sqlite:///path nor postgresql://…")


def open_sqlite(netloc: str, path: str, clock: Clock | None) -> Store:
    from countermand.store.sqlite import SqliteStore

    file = Path(path[1:])
    if netloc or not path[1:]:
        raise UnknownDatabase("Write sqlite:///relative.db or sqlite:////absolute.db.")
    if not file.parent.is_dir():
        raise UnknownDatabase(f"The folder {file.parent} does not exist.")
    try:
        return SqliteStore(file, clock or SystemClock())
    except sqlite3.DatabaseError as refused:
        raise UnknownDatabase(f"{file} cannot be used: {refused}.") from refused


async def open_postgres(url: str, clock: Clock | None) -> Store:
    import asyncpg

    from countermand.store.postgres import PostgresStore

    parts = urlsplit(url)
    query = parse_qs(parts.query)
    size = whole_number(query.pop("pool_size", ["10"])[0], "pool_size")
    cache = whole_number(query.pop("statement_cache_size", ["200"])[0], "statement_cache_size")
    direct = cache > 0 and clock is None
    listen = yes_or_no(query.pop("listen", ["yes" if direct else "no"])[0], "listen")
    plain = urlunsplit(parts._replace(query=urlencode(query, doseq=True)))
    try:
        return await PostgresStore.open(
            plain, clock or SystemClock(), clock is not None, max(1, size), cache, listen
        )
    except asyncpg.PostgresError as refused:
        raise UnknownDatabase(f"PostgreSQL refuses: {refused}.") from refused


def whole_number(text: str, name: str) -> int:
    if not text.isdecimal():
        raise UnknownDatabase(f"{name} is a whole number, not {text!r}.")
    return int(text)


def yes_or_no(text: str, name: str) -> bool:
    if text not in ("yes", "no"):
        raise UnknownDatabase(f"{name} is yes or no, not {text!r}.")
    return text == "yes"
