"""The mails of the demo's mailbox, each as it came, in a SQLite file of their own."""

import email
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as modern_policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    subject TEXT NOT NULL, sent_at TEXT, source BLOB NOT NULL)
"""
SUMMARY = "SELECT id, message_id, sender, recipient, subject, sent_at"


@dataclass(frozen=True, slots=True)
class MailSummary:
    """One line of the list. `sent_at` is the mail's own date, None if it has none."""

    id: int
    message_id: str
    sender: str
    to: str
    subject: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with its bodies; `html` is foreign content: show it in a sandboxed frame only."""

    summary: MailSummary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


class MailShelf:
    """Keeps mails and reads them; every call opens the file, so that it may be called from any thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()

    def keep(self, source: bytes, to: str) -> int:
        """Keep a mail; answers its number."""
        message = parsed(source)
        row = (
            str(message["Message-ID"] or ""), str(message["From"] or ""), to, str(message["Subject"] or ""),
            date_of(message), source,
        )
        with self._lock, closing(self._connect()) as connection, connection:
            number = connection.execute(
                "INSERT INTO mails (message_id, sender, recipient, subject, sent_at, source) "
                "VALUES (?, ?, ?, ?, ?, ?)", row,
            ).lastrowid
        assert number is not None, "SQLite numbers every row"
        return number

    def newest(self, limit: int) -> list[MailSummary]:
        """The newest mails first."""
        return [summary_of(row) for row in self._read(f"{SUMMARY} FROM mails ORDER BY id DESC LIMIT ?", limit)]

    def get(self, number: int) -> Mail | None:
        """One mail, read from its source as it came."""
        rows = self._read(f"{SUMMARY}, source FROM mails WHERE id = ?", number)
        if not rows:
            return None
        message = parsed(rows[0][6])
        headers = tuple((name, str(value)) for name, value in message.items())
        return Mail(summary_of(rows[0]), headers, body_of(message, "plain"), body_of(message, "html"))

    def _read(self, statement: str, value: int) -> Rows:
        with self._lock, closing(self._connect()) as connection:
            return connection.execute(statement, (value,)).fetchall()

    def _connect(self) -> sqlite3.Connection:
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=30)
        connection.execute(SCHEMA)
        return connection


def parsed(source: bytes) -> EmailMessage:
    message = email.message_from_bytes(source, policy=modern_policy)
    assert isinstance(message, EmailMessage), "the modern policy makes modern messages"
    return message


def body_of(message: EmailMessage, subtype: str) -> str:
    """The body of this kind, or "" if there is none that can be read."""
    part = message.get_body((subtype,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return ""


def date_of(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).astimezone(UTC).isoformat()
    except (TypeError, ValueError):
        return None


def summary_of(row: tuple[Any, ...]) -> MailSummary:
    sent_at = datetime.fromisoformat(row[5]) if row[5] else None
    return MailSummary(row[0], row[1], row[2], row[3], row[4], sent_at)
