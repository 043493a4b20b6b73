"""One SQL text for both engines: `:name` parameters and a few `{words}` where the engines differ."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

NAME = re.compile(r"(?<![:\w]):([a-z_]+)")
WORDS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "{now}": ":clock",
        "{json_array}": "json_array",
        "{json_list}": "json_group_array",
        "{bytes}": "BLOB",
        "{clustered}": " WITHOUT ROWID",
    },
    "postgresql": {
        "{now}": "coalesce(CAST(:clock AS bigint), CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint))",
        "{json_array}": "json_build_array",
        "{json_list}": "json_agg",
        "{bytes}": "BYTEA",
        "{clustered}": "",
    },
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A text that the engine takes, and the names of its parameters in the engine's order."""

    text: str
    names: tuple[str, ...]


def in_words_of(engine: str, sql: str) -> str:
    for word, meaning in WORDS[engine].items():
        sql = sql.replace(word, meaning)
    return sql


@lru_cache(maxsize=1024)
def translated(engine: str, sql: str) -> Statement:
    """SQLite takes `:name` as it is; PostgreSQL gets `$1`, `$2`, one number a name."""
    text = in_words_of(engine, sql)
    names = tuple(dict.fromkeys(NAME.findall(text)))
    if engine == "postgresql":
        numbers = {name: str(index) for index, name in enumerate(names, 1)}
        text = NAME.sub(lambda found: "$" + numbers[found.group(1)], text)
    return Statement(text, names)
