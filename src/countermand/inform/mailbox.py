"""The demo's mailbox: a real SMTP server on the loopback that keeps every mail in its own SQLite file."""

import asyncio
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
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"
MAX_MAIL_BYTES = 1_000_000
MAX_LISTED = 500

Rows = list[tuple[Any, ...]]

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    subject TEXT NOT NULL, sent_at TEXT, source BLOB NOT NULL)
"""


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


class Mailbox:
    """`async with Mailbox(path) as mailbox:` listens on `mailbox.port`; port 0 = any that is free.

    Without entering it, the same object reads what is in the file.
    """

    def __init__(self, path: str, port: int = 0) -> None:
        self.port = port
        self._path = path
        self._lock = threading.Lock()
        self._server: asyncio.Server | None = None
        self._sessions: list[SMTP] = []

    async def __aenter__(self) -> "Mailbox":
        """Errors: OSError if the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None, "it is left only after it was entered"
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """What `PluginConfig.smtp_url` is to be, so that mails come here."""
        return f"smtp://{LOOPBACK}:{self.port}?starttls=no"

    def _session(self) -> SMTP:
        self._sessions = [each for each in self._sessions if each.transport is not None]
        session = SMTP(self, data_size_limit=MAX_MAIL_BYTES, hostname="localhost", loop=asyncio.get_running_loop())
        self._sessions.append(session)
        return session

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the SMTP server: keep the mail, then say that it is kept."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        number = await asyncio.to_thread(self._keep, content, ", ".join(envelope.rcpt_tos))
        return f"250 OK: kept as {number}"

    def _keep(self, source: bytes, to: str) -> int:
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

    async def list(self, limit: int = MAX_LISTED) -> list[MailSummary]:
        """The newest mails first."""
        return [
            summary_of(row) for row in await asyncio.to_thread(
                self._read,
                "SELECT id, message_id, sender, recipient, subject, sent_at FROM mails ORDER BY id DESC LIMIT ?",
                min(limit, MAX_LISTED),
            )
        ]

    async def get(self, id: int) -> Mail | None:
        """One mail, read from its source as it came."""
        rows = await asyncio.to_thread(
            self._read,
            "SELECT id, message_id, sender, recipient, subject, sent_at, source FROM mails WHERE id = ?", id,
        )
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
