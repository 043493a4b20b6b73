"""Money that is owed or was given back, and what needs a human."""

from typing import cast

from countermand.inform.views import refund_view, work_view
from countermand.model.payment import DutyState
from countermand.web.api.bodies import NUMBER
from countermand.web.api.call import Call, Incoming, Reply, json_reply
from countermand.web.api.paging import Parameter, page, paged, wanted_page
from countermand.web.api.schemas import REFUND, WORK, listed
from countermand.web.api.shape import Choice
from countermand.web.api.visible import order_of
from countermand.web.auth import Scope


async def list_refunds(call: Incoming) -> Reply:
    """Duties to give money back, newest first."""
    limit, after = wanted_page(call.query)
    found = await call.ctx.store.list_refunds(
        call.merchant, limit, after, state=cast(DutyState | None, call.query.get("state")),
        order=cast(str | None, call.query.get("order")),
    )
    orders = {number: await order_of(call, number) for number in dict.fromkeys(each.order for each in found.items)}
    return json_reply(200, page((refund_view(orders[each.order], each.duty) for each in found.items), found.after))


async def worklist(call: Incoming) -> Reply:
    """What needs a human, oldest first."""
    limit, after = wanted_page(call.query)
    found = await call.ctx.store.worklist(call.merchant, limit, after)
    return json_reply(200, page(({"order": each.order, **work_view(each.item)} for each in found.items), found.after))


FILTERS = (
    Parameter("state", Choice(tuple(DutyState)), "Refunds in this state."),
    Parameter("order", NUMBER, "Refunds of this order."),
)
CALLS = (
    Call(
        "GET", "/refunds", "Money to give back, newest first", Scope.MONEY_READ, list_refunds,
        {200: listed(REFUND)}, query=FILTERS + paged(int, str), tag="money",
    ),
    Call(
        "GET", "/worklist", "What needs a human, oldest first", Scope.MONEY_READ, worklist,
        {200: listed(WORK)}, query=paged(int, str, int), tag="money",
    ),
)
