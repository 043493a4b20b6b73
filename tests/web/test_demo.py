"""The demo's start page, its doors and its mailbox."""

from pathlib import Path

import aiosmtplib
import httpx
import pytest

from countermand.context import Context
from countermand.inform.mailbox import Mailbox
from countermand.web.app import create_app
from countermand.web.demo.entrance import Demo, Example, console_door, queue_door
from tests.web.conftest import PLACE
from tests.web.world import Browser, furnish

MAIL = (
    "From: shop@example.com\r\nTo: ana@example.com\r\nSubject: Order <1042>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p><script>alert(1)</script>\r\n"
)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    request.node.user_properties.append(("runs_on", "sqlite"))
    return "sqlite"


async def test_the_demo_leads_everywhere_and_shows_its_mails_safely(context: Context, tmp_path: Path) -> None:
    await furnish(context, None)
    async with Mailbox(str(tmp_path / "mails.sqlite")) as mailbox:
        doors = (console_door("t1", "acme"), queue_door("t2", "acme", "main", "Warehouse North"))
        demo = Demo(mailbox, "acme", doors, (Example("/o/acme.x", "Order 1042", "not yet packed"),))
        transport = httpx.ASGITransport(create_app(context, demo=demo))
        async with httpx.AsyncClient(transport=transport, base_url=PLACE) as client:
            browser = Browser(client)
            page = await browser.get("/")
            assert page.links["Order 1042"] == "/o/acme.x"
            await browser.click("Merchant console")
            assert browser.path == "/console/orders"
            await browser.get("/queue/enter/t2")
            assert browser.page.h1 == "Nothing to answer"
            for wrong in ("/queue/enter/t1", "/console/enter/none"):
                await browser.get(wrong)
                assert browser.status == 404
            page = await browser.get("/demo/mailbox")
            assert "No mail yet." in page.words
            await aiosmtplib.send(
                MAIL.encode(), sender="shop@example.com", recipients=["ana@example.com"], hostname="127.0.0.1",
                port=mailbox.port, start_tls=False,
            )
            await browser.get("/demo/mailbox")
            page = await browser.click("Order <1042>")
            assert page.h1 == "Order <1042>"
            assert "<script>alert" not in page.html
            await browser.get(f"{browser.path}/html")
            policy = browser.answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy
            assert "allow-scripts" not in policy
