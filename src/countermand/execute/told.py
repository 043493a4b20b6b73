"""What providers tell us later, brought to the use cases: the end of what was pending, and what came back.

A plugin that can be asked for its events (`TellsEvents`) is asked in the background. Late, doubled or lost, an event
does no harm: its id counts once, and what it is about is looked up by the runner anyway.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from countermand.context import Context
from countermand.decide.payment_events import PaymentEvent, PaymentEventType
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import OrderBusy, Problem
from countermand.execute.goods import fulfilment_event
from countermand.execute.money import payment_event
from countermand.model.event import Actor
from countermand.model.order import Order
from countermand.model.payment import Payment
from countermand.model.plan import StepState
from countermand.plugins.load import FULFILMENT, PAYMENT, PluginRefused
from countermand.plugins.protocols import TellsEvents, Told

POLL = 1.0
"""Seconds between two rounds of asking."""

NOTICES = frozenset(each.value for each in PaymentEventType)

Deliver = Callable[[str, Told], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActKey:
    """A key that we gave to a plugin, read back: `{merchant}/{request}/{step}/{subject}/{generation}`."""

    merchant: str
    request: str
    kind: str
    subject: str
    generation: int


def read_key(key: str) -> ActKey | None:
    """None = not a key of ours."""
    merchant, _, rest = key.partition("/")
    request, _, rest = rest.partition("/")
    kind, _, rest = rest.partition("/")
    subject, _, generation = rest.rpartition("/")  # a payment's id may have a slash in it
    if not (merchant and request and kind and subject and generation.isdecimal()):
        return None
    return ActKey(merchant, request, kind, subject, int(generation))


class EventPost:
    """Brings the events of all plugins. Any number of nodes may run one."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._refused: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. What goes wrong is logged, and tried again where that can help."""
        while not stop.is_set():
            if not await self.run_once():
                await self._ctx.host.sleep(POLL)

    async def run_once(self) -> int:
        """Ask every plugin once; answers how many events came. One plugin's trouble does not stop the others."""
        told = 0
        for name, plugin, deliver in self._tellers():
            async def send(event: Told, name: str = name, deliver: Deliver = deliver) -> None:
                await self._bring(name, event, deliver)

            try:
                told += await plugin.deliver_events(send)
            except Exception:
                log.exception("the events of %s cannot be brought; they are asked for again", name)
        return told

    def _tellers(self) -> Iterator[tuple[str, TellsEvents, Deliver]]:
        plugins = self._ctx.plugins
        for group, opened, deliver in (
            (PAYMENT, plugins.payment, self._money), (FULFILMENT, plugins.fulfilment, self._goods)
        ):
            for name in plugins.names(group):
                if f"{group}:{name}" in self._refused:
                    continue
                try:
                    plugin: object = opened(name)
                except PluginRefused as refused:
                    log.warning("%s", refused)
                    self._refused.add(f"{group}:{name}")
                    continue
                if isinstance(plugin, TellsEvents):
                    yield name, plugin, deliver

    async def _bring(self, provider: str, event: Told, deliver: Deliver) -> None:
        """One event. What can never be applied is logged and over; a busy order is tried again in the next round."""
        try:
            await deliver(provider, event)
        except OrderBusy:
            raise
        except Problem as problem:
            log.warning("event %s of %s changes nothing: %s", event.event_id, provider, problem.detail)

    async def _money(self, provider: str, event: Told) -> None:
        if event.type not in NOTICES:
            return  # such as a void that failed: the runner's own look finds that nothing was done
        found = await self._place(event)
        payment = _payment(*found, provider, event) if found is not None else None
        if found is None or payment is None:
            log.warning("event %s of %s is about no payment that is known here", event.event_id, provider)
            return
        key, order = found
        notice = PaymentEvent(
            event.event_id, payment.id, PaymentEventType(event.type), event.amount.minor if event.amount else 0,
            event.reference, event.occurred_at,
        )
        await payment_event(self._ctx, key.merchant, order.number, notice, Actor("system", provider))

    async def _goods(self, provider: str, event: Told) -> None:
        if event.type != Happening.STOPPED.value:
            return  # the runner's own look finds that nothing was stopped
        found = await self._place(event)
        if found is None:
            log.warning("event %s of %s is about no order that is known here", event.event_id, provider)
            return
        key, order = found
        step = next(
            (step for step in order.steps if (step.request, step.kind.value, step.subject, step.generation)
             == (key.request, key.kind, key.subject, key.generation)), None,
        )
        if step is None or step.state is StepState.DONE:
            return  # its receipt was proof enough
        notice = GoodsEvent(
            event.event_id, key.subject, Happening.STOPPED, "report", event.occurred_at,
            {each.line: each.quantity for each in step.lines}, request=key.request,
        )
        await fulfilment_event(self._ctx, key.merchant, order.number, notice, Actor("system", provider))

    async def _place(self, event: Told) -> tuple[ActKey, Order] | None:
        """Whose act this is about. None = the key is not ours, or not of this database."""
        key = read_key(event.key)
        if key is None:
            return None
        number = await self._ctx.store.order_of_request(key.merchant, key.request)
        order = await self._ctx.store.load(key.merchant, number) if number is not None else None
        return (key, order) if order is not None else None


def _payment(key: ActKey, order: Order, provider: str, event: Told) -> Payment | None:
    """The payment that the provider calls so; of two with one reference, the one that the key names."""
    named = [each for each in order.payments if (each.provider, each.reference) == (provider, event.subject)]
    return next((each for each in named if each.id == key.subject), named[0] if named else None)
