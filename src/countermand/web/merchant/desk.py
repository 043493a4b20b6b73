"""Who is at the console, and one order as the console sees it."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from countermand.context import Context
from countermand.decide.conclude import tick
from countermand.errors import NotFound
from countermand.model.event import Actor
from countermand.model.ids import ORDER_NUMBER
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.model.request import Asker, Role
from countermand.web.pages.frame import Stand, stand
from countermand.web.pages.render import path
from countermand.web.pages.session import MERCHANT, Visit, find_visit

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Console:
    ctx: Context
    visit: Visit
    stand: Stand

    @property
    def merchant(self) -> str:
        return self.visit.merchant

    @property
    def actor(self) -> Actor:
        return Actor(role=Role.MERCHANT.value, id=self.visit.subject)

    @property
    def asker(self) -> Asker:
        return Asker(Role.MERCHANT, id=self.visit.subject)

    async def holder_names(self) -> dict[str, str]:
        return {each.id: each.name for each in await self.ctx.store.holders(self.merchant)}


@dataclass(frozen=True, slots=True)
class OrderDesk:
    console: Console
    order: Order
    policies: PolicyBook

    @property
    def base(self) -> str:
        return path("console", "orders", self.order.number)


async def at_console(request: AnyRequest, section: str) -> Console:
    """Errors: NoVisit."""
    ctx: Context = request.app.state.ctx
    visit = await find_visit(request, ctx, MERCHANT)
    known = await ctx.store.find_merchant(visit.merchant)
    name = (known.shop_name or known.name) if known is not None else visit.merchant
    return Console(ctx, visit, stand(request, ctx.host, name, section=section))


async def at_order(request: AnyRequest, number: str) -> OrderDesk:
    """Errors: NoVisit, NotFound."""
    console = await at_console(request, "orders")
    order = await console.ctx.store.load(console.merchant, number) if ORDER_NUMBER.fullmatch(number) else None
    if order is None:
        raise NotFound(f"There is no order {number[:64]}.")
    policies = await console.ctx.policies.book(console.ctx.store, order)
    return OrderDesk(console, tick(order, policies, console.ctx.host.now()), policies)
