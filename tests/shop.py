"""A whole shop for the shell's tests: a real store, the real sandbox, and a clock that only moves when told to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from countermand.ask.intake import take_order
from countermand.ask.retract import retract
from countermand.ask.submit import submit
from countermand.cli.runtime import Settings, opened
from countermand.cli.tenancy import new_merchant
from countermand.context import Context
from countermand.decide.approval import CaseAnswer
from countermand.decide.payment_events import PaymentEvent, PaymentEventType
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.escalate.answer import answer_case
from countermand.execute.goods import fulfilment_event
from countermand.execute.money import payment_event
from countermand.execute.runner import Runner
from countermand.host import Host, PointHook, SystemIds, no_point
from countermand.model.event import Actor
from countermand.model.fulfilment import Control, Holder
from countermand.model.order import Order
from countermand.model.policy_document import default_policy, policy_document
from countermand.model.request import Ask, Asker, Kind, Role, Wanted
from countermand.plugins.sandbox.behaviour import Behaviour
from countermand.plugins.sandbox.fulfilment import SandboxFulfilment
from countermand.plugins.sandbox.payment import SandboxPayment
from countermand.plugins.sandbox.platform import SandboxPlatform
from countermand.store.port import Answer, Idempotency
from tests.decide.scene import sample

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUSTOMER, STAFF, HOLDER = Actor("customer"), Actor("merchant", "k1"), Actor("holder", "main", "Sam")


class HandClock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()


class Shop:
    """Merchant `acme` with holder `main`; the verbs of the way, each through its real use case."""

    def __init__(self, ctx: Context, clock: HandClock) -> None:
        self.ctx, self.clock = ctx, clock
        self.runner = Runner(ctx, "n1")
        self._events = 0

    async def policy(self, **changes: Any) -> None:
        """Put a new version of the policy."""
        version, _ = await self.ctx.store.current_policy("acme")
        document = {**policy_document(default_policy()), **changes}
        document.pop("version", None)
        await self.ctx.store.put_policy("acme", version, document, "test", self.clock.now())
        self.ctx.policies.forget("acme")

    async def order(self, number: str = "1042", **changes: Any) -> Answer:
        body = sample(number=number, platform="sandbox", **changes)
        for payment in body.get("payments") or ():
            payment["reference"] = f"{payment['reference']}_{number}"
        return await take_order(self.ctx, "acme", json.dumps(body).encode())

    async def at_stage(self, stage: str, number: str = "1042", **changes: Any) -> Answer:
        body = sample(**changes)
        return await self.order(
            number, **{**changes, "fulfilment_orders": [{**body["fulfilment_orders"][0], "stage": stage}]}
        )

    async def load(self, number: str = "1042") -> Order:
        order = await self.ctx.store.load("acme", number)
        assert order is not None
        return order

    async def cancel(
        self, lines: Mapping[str, int] | None = None, *, number: str = "1042", key: str | None = None,
        role: Role = Role.CUSTOMER, kind: Kind = Kind.CANCELLATION, comment: str | None = None,
        reason: str | None = None, if_match: int | None = None,
    ) -> dict[str, Any]:
        wanted = None if lines is None else tuple(Wanted(line, units) for line, units in lines.items())
        ask = Ask(Asker(role), kind, wanted, reason, comment)
        once = Idempotency(f"POST /{number}", key, json.dumps([lines, comment])) if key else None
        answer = await submit(self.ctx, "acme", number, ask, CUSTOMER, idempotency=once, if_match=if_match)
        return body_of(answer)

    async def retract(self, request: str) -> dict[str, Any]:
        return body_of(await retract(self.ctx, "acme", request, CUSTOMER))

    async def answer(
        self, approve: bool, reason: str | None = None, number: str = "1042", case: int = 1
    ) -> dict[str, Any]:
        found = (await self.load(number)).cases[case - 1]
        return body_of(await answer_case(self.ctx, "acme", found.id, CaseAnswer(approve, reason), HOLDER))

    async def goods(
        self, event: str, mode: str = "report", lines: Mapping[str, int] | None = None, *, number: str = "1042",
        event_id: str | None = None,
    ) -> dict[str, Any]:
        self._events += 1
        told = GoodsEvent(
            event_id or f"g{self._events}", "F1", Happening(event), "claim" if mode == "claim" else "report",
            self.clock.now(), lines,
        )
        return body_of(await fulfilment_event(self.ctx, "acme", number, told, HOLDER))

    async def money(
        self, kind: str, amount: int, *, payment: str = "p1", number: str = "1042", reference: str | None = None,
        event_id: str | None = None,
    ) -> dict[str, Any]:
        self._events += 1
        event = PaymentEvent(
            event_id or f"m{self._events}", payment, PaymentEventType(kind), amount, reference, self.clock.now()
        )
        return body_of(await payment_event(self.ctx, "acme", number, event, STAFF))

    async def work(self) -> int:
        """Let the runner do what is due now; how many sagas it walked."""
        walked = 0
        for _ in range(20):
            once = await self.runner.run_once()
            walked += once
            if not once:
                return walked
        raise AssertionError("the runner never comes to rest")

    async def wait(self, **length: float) -> None:
        self.clock.instant += timedelta(**length)
        await self.work()

    @property
    def payments(self) -> SandboxPayment:
        plugin = self.ctx.plugins.payment("sandbox")
        assert isinstance(plugin, SandboxPayment)
        return plugin

    @property
    def warehouse(self) -> SandboxFulfilment:
        plugin = self.ctx.plugins.fulfilment("sandbox")
        assert isinstance(plugin, SandboxFulfilment)
        return plugin

    @property
    def platform(self) -> SandboxPlatform:
        plugin = self.ctx.plugins.platform("sandbox")
        assert isinstance(plugin, SandboxPlatform)
        return plugin

    async def behave(self, call: str, behaviour: Behaviour) -> None:
        """Tell the sandbox how to misbehave at this kind of call."""
        await self.payments.sandbox.behave(call, behaviour)

    async def refunded(self, number: str = "1042", payment: str = "pi_123") -> int:
        """What the provider itself has given back, in minor units."""
        books = await self.payments.books(f"{payment}_{number}", "EUR")
        return books.refunded if books else 0


def body_of(answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.body)
    return body


@asynccontextmanager
async def open_shop(
    url: str, folder: Path, *, control: Control = Control.CONFIRM, plugin: str | None = None,
    point: PointHook = no_point,
) -> AsyncIterator[Shop]:
    """A shop on a migrated database."""
    clock = HandClock()

    async def sleep(seconds: float) -> None:
        clock.instant += timedelta(seconds=seconds)

    host = Host(clock, SystemIds(), Random(7), sleep, point)
    async with opened(Settings(database=url, sandbox=str(folder / "sandbox.sqlite")), host) as ctx:
        await new_merchant(ctx, "acme")
        await ctx.store.create_holder(Holder("acme", "main", "Main", control=control, plugin=plugin), NOON)
        yield Shop(ctx, clock)
