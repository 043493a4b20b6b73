"""Sending what waits to be told. At least once: after a crash a letter may leave twice, under one message id."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from countermand.context import Context
from countermand.inform.letters import ShopInfo, write_letter
from countermand.model.event import Message
from countermand.model.order import Order
from countermand.plugins.protocols import Failure, Letter, NotificationPlugin, PluginError
from countermand.store.directory_port import CustomerLink, Merchant, Outgoing

ATTEMPTS = 8
"""After so many a letter is dead: visible, and never tried again by itself."""

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
CLAIM_LASTS = timedelta(minutes=2)
AT_ONCE = 10
POLL_SECONDS = 1.0
LINK_LASTS = timedelta(days=90)
MAX_FAILURE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where a letter goes and which page its button opens; `to` None = the order's customer or the shop knows."""

    to: str | None
    link: str | None


class OutboxSender:
    """Sends the letters of all merchants. Any number of nodes may run one: each row is claimed by one."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. An error of the store is logged and tried again; it never ends the sender."""
        while not stop.is_set():
            try:
                busy = await self.run_once() > 0
            except Exception:
                log.exception("The outbox cannot be read; it is tried again.")
                busy = False
            if not busy:
                await self._pause(stop)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Until the next look, or until `stop` is set."""
        waits = [asyncio.ensure_future(self._ctx.host.sleep(POLL_SECONDS)), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def run_once(self) -> int:
        """Take what is due and send it, side by side; answers how many were taken. Without a mail server: none."""
        plugin = self._ctx.plugins.notification()
        if plugin is None:
            return 0
        now = self._ctx.host.now()
        queued = await self._ctx.store.claim_messages("mail", AT_ONCE, CLAIM_LASTS, now)
        await asyncio.gather(*(self._send(each, plugin) for each in queued))
        return len(queued)

    async def _send(self, queued: Outgoing, plugin: NotificationPlugin) -> None:
        """One letter, whatever becomes of it: nothing that goes wrong with it reaches the others."""
        store, host = self._ctx.store, self._ctx.host
        try:
            letter = await self._write(queued)
            if letter is None:
                await store.message_suppressed(queued, host.now())
                return
            await host.point("mail.before_send")
            await plugin.send(letter, key=f"{queued.merchant}/{queued.message.dedupe}")
            await host.point("mail.after_send")
            await store.message_sent(queued, host.now())
        except PluginError as error:
            await self._failed(queued, error.detail, for_good=error.failure is Failure.PERMANENT)
        except Exception as error:
            log.exception("The letter %s of %s cannot be written.", queued.message.dedupe, queued.merchant)
            await self._failed(queued, repr(error), for_good=False)

    async def _failed(self, queued: Outgoing, detail: str, *, for_good: bool) -> None:
        """Later again, or dead and visible. An unknown outcome is sent again: the message id tells a second copy."""
        retry_at = None
        if not for_good and queued.attempt < ATTEMPTS:
            retry_at = self._ctx.host.now() + backoff(queued.attempt, self._ctx.host.rng.random())
        await self._ctx.store.message_failed(queued, detail[:MAX_FAILURE], retry_at)

    async def _write(self, queued: Outgoing) -> Letter | None:
        """The letter from what is true now; None if it is true no more."""
        store = self._ctx.store
        order = await store.load(queued.merchant, queued.order)
        merchant = await store.find_merchant(queued.merchant)
        if order is None or merchant is None:
            return None
        policies = await self._ctx.policies.book(store, order)
        shop = self._shop(merchant)
        now = self._ctx.host.now()
        draft = write_letter(order, policies, queued.message, shop, None, now, to="draft@localhost.invalid")
        if draft is None:
            return None  # No link is made for a letter that does not leave.
        addressed = await self._address(order, queued.message, shop, now)
        return write_letter(order, policies, queued.message, shop, addressed.link, now, addressed.to)

    def _shop(self, merchant: Merchant) -> ShopInfo:
        return ShopInfo(
            merchant.shop_name or merchant.name, merchant.support_email,
            (merchant.base_url or self._ctx.config.base_url).rstrip("/"), merchant.default_locale,
        )

    async def _address(self, order: Order, message: Message, shop: ShopInfo, now: datetime) -> Addressed:
        if message.audience == "holder":
            case = next((each for each in order.cases if each.id == message.case), None)
            holders = await self._ctx.store.holders(order.merchant)
            holder = next((each for each in holders if case is not None and each.id == case.holder), None)
            return Addressed(holder.email if holder else None, f"{shop.base_url}/queue")
        if message.audience == "merchant":
            return Addressed(None, f"{shop.base_url}/console/orders/{quote(order.number, safe='')}")
        if order.customer.email is None:
            return Addressed(None, None)
        token = self._ctx.host.ids.secret()
        digest = sha256(token.encode("ascii")).hexdigest()
        await self._ctx.store.add_link(CustomerLink(order.merchant, order.number, digest, now + LINK_LASTS, now))
        return Addressed(None, f"{shop.base_url}/o/{order.merchant}.{token}")


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: doubling, bounded, spread by `chance` (0 to 1) over half of it."""
    longest = min(LONGEST_RETRY, FIRST_RETRY * (1 << attempts - 1))
    return longest * (0.5 + chance / 2)
