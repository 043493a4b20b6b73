"""Units per line that the sandbox has stopped, closed or put back, and whose they are."""

import sqlite3
from collections.abc import Iterable

from countermand.model.plan import StepLine


def subject_of(key: str, *names: str) -> str:
    """`merchant/order[/fulfilment order]`. A key begins with its merchant, so equal numbers of two stay apart."""
    return "/".join((key.partition("/")[0], *names))


def add_units(connection: sqlite3.Connection, subject: str, word: str, lines: Iterable[StepLine]) -> None:
    connection.executemany(
        "INSERT INTO units (subject, word, line, quantity) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (subject, word, line) DO UPDATE SET quantity = quantity + excluded.quantity",
        [(subject, word, line.line, line.quantity) for line in lines],
    )


def read_units(connection: sqlite3.Connection, subject: str, word: str) -> dict[str, int]:
    rows = connection.execute("SELECT line, quantity FROM units WHERE subject = ? AND word = ?", (subject, word))
    return {str(line): int(quantity) for line, quantity in rows.fetchall()}
