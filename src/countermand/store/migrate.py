"""The numbered SQL files of one engine, and how a file is cut into statements."""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from countermand.store.dialect import in_words_of

FILE_NAME = re.compile(r"(\d{4})_[a-z_]+\.sql")
ADVISORY_LOCK = 0x636F_756E_7465
"""Taken by whoever migrates a PostgreSQL database; any number that nobody else uses."""

CREATE_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


def migrations(engine: str) -> list[Migration]:
    """What is shared and what is the engine's own, by number."""
    folder = files("countermand.store") / "migrations"
    found = [migration(engine, file) for name in ("shared", engine) for file in (folder / name).iterdir()]
    return sorted((each for each in found if each is not None), key=lambda each: each.version)


def migration(engine: str, file: Traversable) -> Migration | None:
    match = FILE_NAME.fullmatch(file.name)
    if match is None:
        return None
    return Migration(int(match.group(1)), file.name, in_words_of(engine, file.read_text(encoding="utf-8")))
