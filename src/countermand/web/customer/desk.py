"""One visit of a customer to one order: who may see it, the order, its policy, and what surrounds the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request

from countermand.ask.options import cancellation_options
from countermand.context import Context
from countermand.decide.conclude import tick
from countermand.errors import NotFound
from countermand.inform.views import request_view
from countermand.model.event import Actor
from countermand.model.ids import ORDER_NUMBER
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.model.request import Asker, Kind, Role
from countermand.web.pages.choice import Offered, offered
from countermand.web.pages.frame import Stand, stand
from countermand.web.pages.render import path
from countermand.web.pages.requests import ReasonLabel, labels
from countermand.web.pages.session import CUSTOMER, NoVisit, find_visit
from countermand.web.pages.words import Reader

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """`shop`: the merchant's name, as people know it. `base`: the path of this order's pages."""

    ctx: Context
    request: AnyRequest
    order: Order
    policies: PolicyBook
    shop: str
    stand: Stand

    @property
    def base(self) -> str:
        return path("orders", self.order.number)

    @property
    def reader(self) -> Reader:
        return self.stand.reader

    @property
    def asker(self) -> Asker:
        return Asker(Role.CUSTOMER, self.order.customer.name)

    @property
    def actor(self) -> Actor:
        """Who the audit names."""
        return Actor(role=Role.CUSTOMER.value, name=self.order.customer.name)

    def views(self) -> dict[str, Mapping[str, Any]]:
        """Each request as the API answers it."""
        return {each.id: request_view(self.order, each, self.policies)
                for each in self.order.requests}

    def label(self) -> ReasonLabel:
        return labels(self.policies.current, self.reader.language)

    def key(self) -> str:
        """A fresh key for one form: whatever is sent twice with it happens once."""
        return self.ctx.host.ids.new("form")


async def at_order(request: AnyRequest, number: str) -> Desk:
    """The order that this browser's link opened. Errors: NoVisit if none did; NotFound if the order is gone."""
    ctx: Context = request.app.state.ctx
    if not ORDER_NUMBER.fullmatch(number):
        raise NoVisit
    visit = await find_visit(request, ctx, CUSTOMER, number)
    order = await ctx.store.load(visit.merchant, number)
    if order is None:
        raise NotFound("The order is gone.")
    policies = await ctx.policies.book(ctx.store, order)
    order = tick(order, policies, ctx.host.now())
    shop = await shop_name(ctx, visit.merchant)
    around = stand(request, ctx.host, shop, locale=order.customer.locale, order=number)
    return Desk(ctx, request, order, policies, shop, around)


async def shop_name(ctx: Context, merchant: str) -> str:
    known = await ctx.store.find_merchant(merchant)
    return (known.shop_name or known.name) if known is not None else merchant


async def offers_of(desk: Desk, kind: Kind = Kind.CANCELLATION) -> Offered:
    """What may be chosen from now, by this customer."""
    options = await cancellation_options(desk.ctx, desk.order.merchant, desk.order.number, desk.asker, kind)
    return offered(desk.order, options, desk.reader)
