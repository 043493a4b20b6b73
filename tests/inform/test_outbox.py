"""What waits to be told leaves over real SMTP: once if all goes well, later if not, never if it is true no more."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from countermand.context import Config, Context
from countermand.decide.transitions import transitions
from countermand.host import Host, SystemClock, SystemIds
from countermand.inform.mailbox import Mailbox
from countermand.inform.messages import messages_for, order_link
from countermand.inform.outbox import ATTEMPTS, LONGEST_RETRY, OutboxSender, backoff
from countermand.model.event import Message
from countermand.model.fulfilment import Holder
from countermand.model.order import Order
from countermand.plugins.config import PluginConfig
from countermand.plugins.load import load_plugins
from countermand.policies import PolicyShelf
from countermand.store.directory_port import Merchant
from countermand.store.port import Change, Committed
from tests.decide.scene import Scene, at_stage, sample


class Clock(SystemClock):
    """The system's clock, put forward by a test."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class Office:
    """A store with one merchant and one holder, a mailbox, and the sender between them."""

    def __init__(self, store: Any, mailbox: Mailbox, tmp_path: Path) -> None:
        self.store, self.mailbox, self.clock = store, mailbox, Clock()
        self.points: list[str] = []
        self.sent = asyncio.Event()
        self.asked_so_far = 0
        self.host = Host(self.clock, SystemIds(), Random(1), asyncio.sleep, self.point)
        self.paths = tmp_path

    def sender(self, smtp_url: str | None = "mailbox") -> OutboxSender:
        url = self.mailbox.url if smtp_url == "mailbox" else smtp_url
        config = PluginConfig(
            str(self.paths / "sandbox.sqlite"), url, "Countermand <no-reply@shop.example>", self.clock, asyncio.sleep
        )
        self.ctx = Context(
            self.host, self.store, load_plugins(config), Config("https://shop.example"), PolicyShelf(self.clock)
        )
        return OutboxSender(self.ctx)

    async def point(self, name: str) -> None:
        self.points.append(name)
        if name == "mail.after_send":
            self.sent.set()

    async def open(self) -> None:
        now = self.clock.now()
        await self.store.create_merchant(
            Merchant("acme", "Acme", "00" * 32, now, shop_name="Larkfield", support_email="help@larkfield.example")
        )
        await self.store.create_holder(Holder("acme", "main", "Main", email="hall@warehouse.example"), now)

    async def put(self, order: Order, before: Order | None = None, messages: tuple[Message, ...] = ()) -> Order:
        """Store an order, with the letters that the way from `before` causes."""
        due = self.clock.now() - timedelta(seconds=1)
        made = messages_for(before, order, transitions(before, order), due) + messages
        version = before.version + 1 if before is not None else 1
        order = replace(order, version=version)
        [result] = await self.store.commit([Change(before, order, messages=made)])
        assert isinstance(result, Committed), result
        return order

    async def asked(self, body: dict[str, Any], **ask: Any) -> Scene:
        """An order in the store, for which a cancellation was asked."""
        scene = Scene(body)
        self.asked_so_far += 1
        scene._count = 100 * self.asked_so_far  # request ids are unique in a merchant
        scene.order = before = await self.put(scene.order)
        scene.ask(**ask)
        scene.order = await self.put(scene.order, before)
        return scene

    async def subjects(self) -> list[str]:
        return sorted(mail.subject for mail in await self.mailbox.list())


@pytest.fixture
async def office(store: Any, tmp_path: Path) -> AsyncIterator[Office]:
    async with Mailbox(str(tmp_path / "mailbox.sqlite")) as mailbox:
        office = Office(store, mailbox, tmp_path)
        await office.open()
        yield office


ENGLISH = {"name": "Ana Silva", "email": "ana@example.com", "locale": "en-GB"}


async def test_a_letter_leaves_once(office: Office) -> None:
    await office.asked(sample(customer=ENGLISH))
    sender = office.sender()
    assert await sender.run_once() == 1
    assert await sender.run_once() == 0
    assert await office.subjects() == ["Larkfield: order 1042 is cancelled, €44.65 refund on its way"]
    assert office.points == ["mail.before_send", "mail.after_send"]


async def test_two_senders_send_each_letter_once(office: Office) -> None:
    for number in range(10):
        await office.asked(sample(number=f"A{number}", customer=ENGLISH))
    senders = [office.sender(), office.sender()]
    await asyncio.gather(*(sender.run_once() for sender in senders))
    assert len(await office.subjects()) == len(set(await office.subjects())) == 10


async def test_the_holder_is_asked_at_their_own_address(office: Office) -> None:
    await office.asked(at_stage("picking", customer=ENGLISH))
    await office.sender().run_once()
    assert sorted(mail.to for mail in await office.mailbox.list()) == ["ana@example.com", "hall@warehouse.example"]


async def test_a_link_in_a_letter_opens_the_order_and_ends_no_other_link(office: Office) -> None:
    now = office.clock.now() - timedelta(seconds=1)
    order = Scene(sample(customer=ENGLISH)).order
    await office.put(order, messages=(order_link(order, now), order_link(order, now - timedelta(minutes=1))))
    assert await office.sender().run_once() == 2
    tokens = []
    for summary in await office.mailbox.list():
        mail = await office.mailbox.get(summary.id)
        assert mail is not None
        tokens += re.findall(r"https://shop\.example/o/acme\.(\S+)", mail.text)
    assert len(set(tokens)) == 2
    for token in tokens:
        found = await office.store.find_link("acme", sha256(token.encode()).hexdigest(), office.clock.now())
        assert found is not None
        assert found.order == "1042"


async def test_what_is_true_no_more_never_leaves(office: Office) -> None:
    scene = await office.asked(at_stage("picking", customer=ENGLISH))
    before = scene.order
    scene.retract()
    await office.put(scene.order, before)
    await office.sender().run_once()
    assert await office.subjects() == ["Larkfield: order 1042 goes on"]


async def test_a_letter_waits_for_a_mail_server_to_be_configured(office: Office) -> None:
    await office.asked(sample(customer=ENGLISH))
    assert await office.sender(smtp_url=None).run_once() == 0
    assert await office.sender().run_once() == 1


async def test_a_letter_that_could_not_leave_is_sent_later(office: Office) -> None:
    await office.asked(sample(customer=ENGLISH))
    nobody = office.sender("smtp://127.0.0.1:9?starttls=no&timeout=1")
    assert await nobody.run_once() == 1
    assert await office.sender().run_once() == 0
    office.clock.ahead = timedelta(minutes=1)
    assert await office.sender().run_once() == 1
    assert len(await office.subjects()) == 1


async def test_after_the_last_attempt_it_is_dead_and_tried_no_more(office: Office) -> None:
    await office.asked(sample(customer=ENGLISH))
    nobody = office.sender("smtp://127.0.0.1:9?starttls=no&timeout=1")
    tried = 0
    for _ in range(ATTEMPTS + 2):
        tried += await nobody.run_once()
        office.clock.ahead += LONGEST_RETRY
    assert tried == ATTEMPTS


async def test_one_bad_letter_holds_up_no_other(office: Office) -> None:
    await office.asked(sample(number="A1", customer={**ENGLISH, "email": "jörg@example.com"}))
    await office.asked(sample(number="A2", customer=ENGLISH))
    order = Scene(sample(number="A3", customer=ENGLISH)).order
    odd = Message("mail", "no_such_letter", "no_such_letter:1", office.clock.now() - timedelta(seconds=1))
    await office.put(order, messages=(odd,))
    assert await office.sender().run_once() == 3
    assert await office.subjects() == ["Larkfield: order A2 is cancelled, €44.65 refund on its way"]
    office.clock.ahead = LONGEST_RETRY
    assert await office.sender().run_once() == 0


async def test_the_sender_runs_until_it_is_stopped(office: Office) -> None:
    await office.asked(sample(customer=ENGLISH))
    stop = asyncio.Event()
    running = asyncio.create_task(office.sender().run(stop))
    async with asyncio.timeout(10):
        await office.sent.wait()
    stop.set()
    await running
    assert len(await office.subjects()) == 1


def test_waiting_doubles_up_to_a_bound_and_is_spread() -> None:
    assert backoff(1, 1.0) == timedelta(seconds=30)
    assert backoff(2, 1.0) == timedelta(seconds=60)
    assert backoff(2, 0.0) == timedelta(seconds=30)
    assert backoff(30, 1.0) == LONGEST_RETRY
