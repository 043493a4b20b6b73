"""Letters really leave over SMTP, to a real server in the test's process, and every way it can fail has its name."""

import asyncio
import email
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default as modern

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from countermand.plugins import testing
from countermand.plugins.protocols import Failure, Letter, PluginError
from countermand.plugins.smtp import SmtpNotification, SmtpServer, parse_smtp_url

LETTER = Letter(
    "ana@example.com", "Order 1042 cancelled: £24.00 refund on its way", "Hello Ana, £24.00.\n",
    "<p>Hello Ana, £24.00.</p>", "<abc@shop.example>", "en", "Larkfield", "help@shop.example",
)


class Post:
    """What the server does: keeps messages, answers RCPT and DATA as told."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK: queued as 17", hang: bool = False) -> None:
        self.rcpt, self.data, self.hang = rcpt, data, hang
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.hung = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope) -> str:
        message = email.message_from_bytes(envelope.content, policy=modern)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if self.hang:
            await self.hung.wait()
        return self.data


@asynccontextmanager
async def serving(post: Post, **options) -> AsyncIterator[int]:
    made: list[SMTP] = []

    def protocol() -> SMTP:
        made.append(SMTP(post, hostname="localhost", loop=asyncio.get_running_loop(), **options))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        post.hung.set()
        server.close()
        await server.wait_closed()
        for each in made:
            if each.transport is not None:
                each.transport.close()
        await asyncio.sleep(0)


@pytest.fixture
def plugin_for(time) -> Callable[[int], SmtpNotification]:
    def make(port: int) -> SmtpNotification:
        server = parse_smtp_url(f"smtp://127.0.0.1:{port}?starttls=no&timeout=2")
        return SmtpNotification(server, "Countermand <no-reply@shop.example>", time)

    return make


async def failure_of(plugin: SmtpNotification, letter: Letter = LETTER) -> Failure:
    with pytest.raises(PluginError) as raised:
        await plugin.send(letter, key="mail/1")
    return raised.value.failure


@pytest.mark.parametrize("check", testing.NOTIFICATION_CHECKS, ids=lambda check: check.__name__)
async def test_smtp_is_a_notification_plugin(check, plugin_for) -> None:
    post = Post()

    async def received() -> list[str]:
        return [str(message["Message-ID"]) for message in post.messages]

    async with serving(post) as port:
        await check(testing.NotificationBench(plugin_for(port), received))


async def test_a_letter_arrives_as_text_and_html_with_its_headers(plugin_for) -> None:
    post = Post()
    async with serving(post) as port:
        receipt = await plugin_for(port).send(LETTER, key="mail/1")
    assert "queued as 17" in receipt.reference
    [message] = post.messages
    assert message["Subject"] == LETTER.subject
    assert message["From"] == "Larkfield <no-reply@shop.example>"
    assert message["Reply-To"] == "help@shop.example"
    assert message["Message-ID"] == "<abc@shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["Date"].datetime.isoformat() == "2026-11-21T10:00:00+00:00"
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == LETTER.text
    assert message.get_body(("html",)).get_content().strip() == LETTER.html
    assert post.envelopes == [("no-reply@shop.example", ["ana@example.com"])]


@pytest.mark.parametrize("field", ["subject", "sender_name", "message_id", "language"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00"])
async def test_no_field_can_add_a_header(plugin_for, field: str, end: str) -> None:
    post = Post()
    async with serving(post) as port:
        await plugin_for(port).send(
            replace(LETTER, **{field: f"<x@shop.example>{end}Bcc: spy@example.com{end}{end}Body"}), key="mail/1"
        )
    [message] = post.messages
    assert message["Bcc"] is None
    assert post.envelopes[0][1] == ["ana@example.com"]
    assert message.get_body(("plain",)).get_content().strip() == LETTER.text.strip()


@pytest.mark.parametrize("field", ["to", "reply_to"])
@pytest.mark.parametrize(
    "address", ["ana@example.com\r\nBcc: spy@example.com", "ana@example.com, spy@example.com", "@example.com", "ana"]
)
async def test_an_address_that_is_not_exactly_one_is_refused(plugin_for, field: str, address: str) -> None:
    post = Post()
    async with serving(post) as port:
        assert await failure_of(plugin_for(port), replace(LETTER, **{field: address})) is Failure.PERMANENT
    assert post.messages == []


async def test_names_and_domains_beyond_ascii_are_encoded(plugin_for) -> None:
    post = Post()
    async with serving(post) as port:
        letter = replace(LETTER, to="jörg@example.com".replace("ö", "oe").replace("example", "bücher"))
        await plugin_for(port).send(replace(letter, sender_name="Käthe & Söhne, «Läden»"), key="mail/1")
    assert post.envelopes[0][1] == ["joerg@xn--bcher-kva.com"]
    assert post.messages[0]["From"].addresses[0].display_name == "Käthe & Söhne, «Läden»"


async def test_nobody_there_is_transient(plugin_for) -> None:
    async with serving(Post()) as port:
        pass
    assert await failure_of(plugin_for(port)) is Failure.TRANSIENT


@pytest.mark.parametrize(
    ("post", "failure"),
    [
        (lambda: Post(rcpt="550 no such user"), Failure.PERMANENT),
        (lambda: Post(rcpt="451 come back later"), Failure.TRANSIENT),
        (lambda: Post(data="554 we do not like it"), Failure.PERMANENT),
        (lambda: Post(data="452 disk is full"), Failure.TRANSIENT),
        (lambda: Post(hang=True), Failure.UNKNOWN),
    ],
)
async def test_the_servers_answer_says_how_it_failed(plugin_for, post, failure: Failure) -> None:
    async with serving(post()) as port:
        assert await failure_of(plugin_for(port)) is failure


async def test_a_server_that_never_greets_is_transient(plugin_for) -> None:
    held: list[asyncio.StreamWriter] = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    assert await failure_of(plugin_for(server.sockets[0].getsockname()[1])) is Failure.TRANSIENT
    server.close()
    for writer in held:
        writer.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_password_is_used_and_a_wrong_one_condemns_no_letter(time) -> None:
    post = Post()

    def check(server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"shop", b"p@ss"))

    async with serving(post, authenticator=check, auth_require_tls=False, auth_required=True) as port:
        for password, works in (("p%40ss", True), ("wrong", False)):
            server = parse_smtp_url(f"smtp://shop:{password}@127.0.0.1:{port}?starttls=no&timeout=2")
            plugin = SmtpNotification(server, "shop@shop.example", time)
            if works:
                await plugin.send(LETTER, key="mail/1")
            else:
                assert await failure_of(plugin) is Failure.TRANSIENT
    assert len(post.messages) == 1


async def test_insisting_on_tls_sends_nothing_in_the_clear(time) -> None:
    post = Post()
    async with serving(post) as port:
        server = parse_smtp_url(f"smtp://127.0.0.1:{port}?starttls=yes&timeout=2")
        assert await failure_of(SmtpNotification(server, "shop@shop.example", time)) is Failure.TRANSIENT
    assert post.messages == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25, None, None, False, None, 10.0)),
        ("smtps://a:b@mail.example", SmtpServer("mail.example", 465, "a", "b", True, False, 10.0)),
        ("smtp://mail.example:587?starttls=yes&timeout=5",
         SmtpServer("mail.example", 587, None, None, False, True, 5.0)),
    ],
)
def test_an_smtp_url_says_where_and_how(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://h?starttls=maybe", "smtp://h?tls=yes"])
def test_a_faulty_smtp_url_is_refused_with_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP URL|starttls"):
        parse_smtp_url(url)
