"""SQL past the store, with the rights that the application has."""

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg

REFUSALS = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)


class Raw:
    """One statement at a time on the same database as the store."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __call__(self, sql: str) -> list[Sequence[Any]]:
        if self.url.startswith("sqlite"):
            connection = sqlite3.connect(urlsplit(self.url).path[1:], isolation_level=None)
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()
