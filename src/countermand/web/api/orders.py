"""Orders: taking them in, replacing, finding and showing them, their audit, and links for their customers."""

import json
from typing import Any, cast

from countermand.ask.intake import replace_order, take_order
from countermand.errors import OrderBusy, OrderChanged, OrderExists, UnitsCommitted
from countermand.inform.views import order_view
from countermand.model.fulfilment import Stage
from countermand.model.order import Order, counts
from countermand.model.request import Asker, Kind, RequestState, Role
from countermand.store.directory_port import AuditRow, OrderFilter, OrderSummary
from countermand.web.api.bodies import NOTHING
from countermand.web.api.call import MERCHANT_OR_SELLER, Call, Incoming, Reply, json_reply, reply_of
from countermand.web.api.links import post_customer_link
from countermand.web.api.order_body import ORDER_BODY
from countermand.web.api.paging import SEARCH, Parameter, cut, page, paged, wanted_page
from countermand.web.api.requests import with_options
from countermand.web.api.schemas import AUDIT, LINK, NO_CONTENT, ORDER, ORDER_ROW, listed
from countermand.web.api.shape import Choice, Instant, Text
from countermand.web.api.visible import for_seller, order_of, own_lines
from countermand.web.auth import Scope, Side

FILTERS = (
    Parameter("stage", Choice(tuple(Stage)), "Orders whose least advanced goods are at this stage."),
    Parameter("request_state", Choice(tuple(RequestState)), "Orders whose newest request is in this state."),
    Parameter("q", SEARCH, "Words of the number, the customer, the goods."),
    Parameter("email", Text(320), "Orders of this customer."),
    Parameter("sku", Text(200), "Orders with this article."),
    Parameter("placed_from", Instant(), "Placed at or after."),
    Parameter("placed_to", Instant(), "Placed before."),
)


async def post_order(call: Incoming) -> Reply:
    """Take an order in."""
    return reply_of(await take_order(call.ctx, call.merchant, call.raw, idempotency=call.idempotency))


async def put_order(call: Incoming) -> Reply:
    """Let the shop change its order."""
    number = call.path["number"]
    try:
        answer = await replace_order(
            call.ctx, call.merchant, number, call.raw, idempotency=call.idempotency, if_match=call.if_match
        )
    except OrderChanged as changed:
        raise await with_options(call, changed, number, Asker(Role.CUSTOMER), Kind.CANCELLATION) from None
    return reply_of(answer)


async def get_order(call: Incoming) -> Reply:
    """One order with everything that is known of it; its version is the ETag."""
    order = await order_of(call, call.path["number"])
    tag = {"ETag": f'"{order.version}"'}
    if seen_before(call.if_none_match, tag["ETag"]):
        return Reply(304, b"", tag)
    return json_reply(200, await shown_order(call, order), tag)


async def shown_order(call: Incoming, order: Order) -> dict[str, Any]:
    """An order as this caller may see it."""
    view = order_view(order, await call.ctx.policies.book(call.ctx.store, order))
    return for_seller(view, own_lines(order, call.caller)) if call.caller.side is Side.SELLER else view


def seen_before(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has this version already; the comparison is weak (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    told = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in told or tag in told


async def list_orders(call: Incoming) -> Reply:
    """Orders, newest first."""
    limit, after = wanted_page(call.query)
    filters = {name: value for name, value in call.query.items() if name in FILTER_NAMES}
    sellers = frozenset({call.caller.seller or ""}) if call.caller.side is Side.SELLER else None
    chosen = OrderFilter(**cast(dict[str, Any], filters), sellers=sellers)
    found = await call.ctx.store.list_orders(call.merchant, chosen, limit, after)
    if sellers is not None:
        shown = [await seller_row(call, each) for each in found.items]
        return json_reply(200, page(shown, found.after))
    return json_reply(200, page(map(order_row, found.items), found.after))


def order_row(row: OrderSummary) -> dict[str, Any]:
    """One row of the list."""
    return {
        "number": row.number, "version": row.version, "placed_at": row.placed_at, "currency": row.currency,
        "customer": {"name": row.customer_name, "email": row.customer_email}, "stage": row.stage,
        "request_state": row.request_state, "quarantined": row.quarantined, "first_title": row.first_title,
        "lines": row.lines, "units": row.units, "open": row.open, "held": row.held, "cancelled": row.cancelled,
        "despatched": row.despatched,
    }


async def seller_row(call: Incoming, row: OrderSummary) -> dict[str, Any]:
    """The same, counted over a seller's own lines only."""
    order = await order_of(call, row.number)
    mine = own_lines(order, call.caller)
    tallies = [counts(order, line) for line in mine]
    own = {
        "first_title": next(line.title for line in order.lines if line.id in mine), "lines": len(mine),
        "units": sum(each.quantity for each in tallies),
        "open": sum(each.open for each in tallies), "held": sum(each.held for each in tallies),
        "cancelled": sum(each.cancelled for each in tallies), "despatched": sum(each.despatched for each in tallies),
    }
    return {**order_row(row), **own}


async def get_audit(call: Incoming) -> Reply:
    """The order's chain, oldest first, with the personal texts that were not erased."""
    number = call.path["number"]
    await order_of(call, number)
    rows, after = cut(await call.ctx.store.audit(call.merchant, number), call.query)
    return json_reply(200, page(map(audit_row, rows), after))


def audit_row(row: AuditRow) -> dict[str, Any]:
    """One link of the chain. `texts` = null where a text was erased; its digest stays in `events`."""
    return {
        "sequence": row.sequence, "at": row.at,
        "actor": {"role": row.actor.role, "id": row.actor.id, "channel": row.actor.channel},
        "events": json.loads(row.sealed),
        "texts": [
            {"event": index, "field": field, "text": text} for (index, field), text in sorted(row.texts.items())
        ],
        "previous": row.previous, "digest": row.digest,
    }


CALLS = (
    Call(
        "POST", "/orders", "Take an order in", Scope.ORDERS_WRITE, post_order, {201: ORDER, 200: ORDER},
        body=ORDER_BODY, checked_later=True, changing=True, refusals=(OrderBusy, OrderExists),
    ),
    Call(
        "GET", "/orders", "Find orders, newest first", Scope.ORDERS_READ, list_orders, {200: listed(ORDER_ROW)},
        sides=MERCHANT_OR_SELLER, query=FILTERS + paged(int, str),
    ),
    Call(
        "PUT", "/orders/{number}", "Let the shop change its order", Scope.ORDERS_WRITE, put_order,
        {200: ORDER, 201: ORDER},
        body=ORDER_BODY, checked_later=True, changing=True, conditional=True,
        refusals=(OrderBusy, UnitsCommitted),
    ),
    Call(
        "GET", "/orders/{number}", "One order with everything that is known of it", Scope.ORDERS_READ, get_order,
        {200: ORDER, 304: NO_CONTENT}, sides=MERCHANT_OR_SELLER, tagged=True,
    ),
    Call(
        "GET", "/orders/{number}/audit", "Who did what to the order, hash-chained", Scope.ORDERS_READ, get_audit,
        {200: listed(AUDIT)}, query=paged(int),
    ),
    Call(
        "POST", "/orders/{number}/customer-links", "A fresh link for the customer; the earlier one stops working",
        Scope.ORDERS_WRITE, post_customer_link, {201: LINK}, body=NOTHING, body_optional=True, changing=True,
    ),
)
FILTER_NAMES = frozenset(each.name for each in FILTERS)
