"""The demo's mailbox: a real SMTP server on the loopback that keeps every mail in a file of its own."""

import asyncio
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

from countermand.plugins.sandbox.mails import Mail, MailShelf, MailSummary

LOOPBACK = "127.0.0.1"
MAX_MAIL_BYTES = 1_000_000
MAX_LISTED = 500

__all__ = ["Mail", "MailSummary", "Mailbox"]


class Mailbox:
    """`async with Mailbox(path) as mailbox:` listens on `mailbox.port`; port 0 = any that is free.

    Without entering it, the same object reads what is in the file.
    """

    def __init__(self, path: str, port: int = 0) -> None:
        self.port = port
        self._shelf = MailShelf(path)
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
        number = await asyncio.to_thread(self._shelf.keep, content, ", ".join(envelope.rcpt_tos))
        return f"250 OK: kept as {number}"

    async def list(self, limit: int = MAX_LISTED) -> list[MailSummary]:
        """The newest mails first."""
        return await asyncio.to_thread(self._shelf.newest, min(limit, MAX_LISTED))

    async def get(self, id: int) -> Mail | None:
        """One mail, read from its source as it came."""
        return await asyncio.to_thread(self._shelf.get, id)
