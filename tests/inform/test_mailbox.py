"""The demo's mailbox takes mail over SMTP, keeps it, and shows it as it came."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from countermand.inform.mailbox import Mailbox
from countermand.plugins.protocols import Letter
from countermand.plugins.smtp import SmtpNotification, parse_smtp_url

LETTER = Letter("ana@example.com", "Bestellung 1042 storniert", "Grüße\n", "<p>Grüße</p>", "<a@shop.example>", "de")


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 10, tzinfo=UTC)


def plugin_to(mailbox: Mailbox) -> SmtpNotification:
    return SmtpNotification(parse_smtp_url(mailbox.url), "Larkfield <shop@shop.example>", Clock())


async def test_a_mail_that_was_sent_can_be_read(tmp_path: Path) -> None:
    async with Mailbox(str(tmp_path / "mailbox.sqlite")) as mailbox:
        await plugin_to(mailbox).send(LETTER, key="mail/1")
        [summary] = await mailbox.list()
        mail = await mailbox.get(summary.id)
    assert (summary.to, summary.subject, summary.message_id) == (LETTER.to, LETTER.subject, LETTER.message_id)
    assert summary.sent_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert mail is not None
    assert mail.text.replace("\r\n", "\n") == LETTER.text
    assert mail.html.strip() == LETTER.html
    assert ("Auto-Submitted", "auto-generated") in mail.headers


async def test_mails_are_still_there_after_a_new_start_newest_first(tmp_path: Path) -> None:
    path = str(tmp_path / "mailbox.sqlite")
    for number in range(2):
        async with Mailbox(path) as mailbox:
            await plugin_to(mailbox).send(LETTER, key=f"mail/{number}")
    assert [summary.id for summary in await Mailbox(path).list()] == [2, 1]


async def test_a_mail_that_nobody_sent_is_none(tmp_path: Path) -> None:
    assert await Mailbox(str(tmp_path / "mailbox.sqlite")).get(7) is None


async def test_a_taken_port_is_an_error_that_says_so(tmp_path: Path) -> None:
    async with Mailbox(str(tmp_path / "one.sqlite")) as mailbox:
        with pytest.raises(OSError, match="in use"):
            await Mailbox(str(tmp_path / "two.sqlite"), mailbox.port).__aenter__()
