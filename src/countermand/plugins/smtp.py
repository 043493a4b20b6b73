"""Letters over SMTP: one connection a letter, built by the standard library, so that no header can be smuggled in.

Source: RFC 5321 (sessions and replies), RFC 5322 (messages), RFC 3834 (Auto-Submitted).
"""

import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from countermand.plugins.config import Clock, PluginConfig
from countermand.plugins.protocols import Failure, Letter, PluginError, Receipt

TIMEOUT_SECONDS = 10.0
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
ABOUT_US = (
    aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectResponseError, aiosmtplib.SMTPHeloError,
)
"""Refusals that say something about our own set-up, which somebody can put right, and nothing about this letter."""

STARTTLS = {"yes": True, "no": False, "auto": None}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`starttls`: True = insist, False = never, None = when the server offers it. `timeout` in seconds."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool | None
    timeout: float


def parse_smtp_url(url: str) -> SmtpServer:
    """`smtp://user:password@host:port?starttls=yes|no|auto&timeout=10` or `smtps://…`.

    Errors: ValueError, saying which part is wrong.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("an SMTP URL begins with smtp:// or smtps:// and names a host")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = set(options) - {"starttls", "timeout"}
    if unknown:
        raise ValueError(f"an SMTP URL has no option {', '.join(sorted(unknown))}: it takes starttls and timeout")
    starttls = options.get("starttls", "auto")
    if starttls not in STARTTLS:
        raise ValueError("starttls is yes, no or auto")
    tls = parts.scheme == "smtps"
    return SmtpServer(
        parts.hostname, parts.port or (465 if tls else 25),
        unquote(parts.username) if parts.username else None, unquote(parts.password) if parts.password else None,
        tls, False if tls else STARTTLS[starttls], float(options.get("timeout", TIMEOUT_SECONDS)),
    )


class SmtpNotification:
    """Fits `NotificationPlugin`."""

    def __init__(self, server: SmtpServer, mail_from: str, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust; None = the machine's certificates."""
        self._server = server
        self._from_name, self._from_address = parseaddr(mail_from)
        if "@" not in self._from_address:
            raise ValueError(f"{mail_from!r} is not an address that mail can come from")
        self._clock = clock
        self._tls = tls

    async def send(self, letter: Letter, *, key: str) -> Receipt:
        """Hand the letter over.

        Errors: PluginError TRANSIENT before the server was asked to take the text or when it says 4xx, PERMANENT when
        it says 5xx or the letter has no usable address, UNKNOWN when it fell silent while it was taking the text.
        """
        message = self._message(letter)
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, timeout=server.timeout, use_tls=server.tls, start_tls=False,
            tls_context=self._tls, local_hostname=self._from_address.rpartition("@")[2],
        )
        try:
            await self._open(client, str(message["To"].addresses[0].addr_spec))
        except aiosmtplib.SMTPException as error:
            client.close()
            raise refused_or(Failure.TRANSIENT, error) from error
        except OSError as error:
            client.close()
            raise PluginError(Failure.TRANSIENT, f"The mail server cannot be reached: {error}") from error
        try:
            _, answer = await client.data(message.as_bytes())
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise refused_or(Failure.UNKNOWN, error) from error
        try:
            await client.quit()
        except (aiosmtplib.SMTPException, OSError):
            client.close()  # The letter is taken; how the server says goodbye changes nothing.
        return Receipt(CONTROL.sub(" ", answer)[:200] or key)

    async def _open(self, client: aiosmtplib.SMTP, to: str) -> None:
        """Everything before the text: connect, TLS, sign in, sender, recipient."""
        server = self._server
        await client.connect()
        await client.ehlo()
        if server.starttls or (server.starttls is None and client.supports_extension("starttls")):
            await client.starttls(tls_context=self._tls)
            await client.ehlo()
        if server.user is not None:
            await client.login(server.user, server.password or "")
        await client.mail(self._from_address)
        await client.rcpt(to)

    def _message(self, letter: Letter) -> EmailMessage:
        """The letter as a message: text first, HTML as the alternative.

        Errors: PluginError PERMANENT if an address is none.
        """
        message = EmailMessage(policy=SMTP_POLICY)
        try:
            message["From"] = Address(one_line(letter.sender_name or self._from_name), addr_spec=self._from_address)
            message["To"] = Address(addr_spec=ascii_address(letter.to))
            if letter.reply_to:
                message["Reply-To"] = Address(addr_spec=ascii_address(letter.reply_to))
            message["Message-ID"] = one_line(letter.message_id)
        except (ValueError, IndexError, MessageError) as error:
            raise PluginError(Failure.PERMANENT, f"This letter has no usable address: {error}", "address") from error
        message["Subject"] = one_line(letter.subject)
        message["Date"] = format_datetime(self._now())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, subtype="plain", charset="utf-8", cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
        message["Content-Language"] = one_line(letter.language)  # last: what comes before moves into the text part
        return message

    def _now(self) -> datetime:
        return self._clock.now()


def one_line(text: str) -> str:
    """Text for a header: whatever could end the line becomes a space."""
    return CONTROL.sub(" ", text).strip()


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII (RFC 5891).

    Errors: ValueError if it is no single address, or its local part needs SMTPUTF8.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or CONTROL.search(address) or not local.isascii():
        raise ValueError("it is not one mail address in ASCII")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def refused_or(otherwise: Failure, error: Exception) -> PluginError:
    """A server's own no, by its code: 5xx is definite, 4xx may pass. Anything else is `otherwise`."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        definite = 500 <= error.code < 600 and not isinstance(error, ABOUT_US)
        failure = Failure.PERMANENT if definite else Failure.TRANSIENT
        return PluginError(failure, one_line(error.message), str(error.code))
    return PluginError(otherwise, f"The mail server did not answer: {one_line(str(error))}")


def load(config: PluginConfig) -> SmtpNotification:
    """The entry point `smtp` of countermand.notification.

    Errors: ValueError if the URL or the sender's address is wrong.
    """
    if config.smtp_url is None:
        raise ValueError("no SMTP server is configured")
    return SmtpNotification(parse_smtp_url(config.smtp_url), config.mail_from, config.clock)
