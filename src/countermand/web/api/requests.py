"""Cancellation requests: what may be asked, what it would bring, asking, looking, taking it back."""

from typing import cast

from countermand.ask.options import cancellation_options
from countermand.ask.preview import preview
from countermand.ask.retract import retract
from countermand.ask.submit import submit
from countermand.errors import NotFound, NothingToCancel, OrderBusy, OrderChanged, TooLateToRetract
from countermand.inform.views import request_view
from countermand.model.request import Ask, Asker, Kind, RequestState, Role
from countermand.web.api.bodies import ASK, NOTHING, NUMBER, ask_of
from countermand.web.api.call import MERCHANT_OR_SELLER, Call, Incoming, Reply, json_reply, reply_of
from countermand.web.api.paging import Parameter, page, paged, wanted_page
from countermand.web.api.schemas import OPTIONS, PREVIEW, REQUEST, listed
from countermand.web.api.shape import Choice
from countermand.web.api.visible import (
    order_of,
    own_lines,
    request_for_seller,
    seller_asker,
    seller_lines,
)
from countermand.web.auth import Scope, Side


async def options(call: Incoming) -> Reply:
    """Per line and fulfilment order: what may be cancelled, and why not."""
    number = call.path["number"]
    asker = Asker(Role(str(call.query.get("asker", Role.CUSTOMER))))
    kind = Kind(str(call.query.get("kind", Kind.CANCELLATION)))
    if call.caller.side is not Side.SELLER:
        return json_reply(200, await cancellation_options(call.ctx, call.merchant, number, asker, kind))
    mine = own_lines(await order_of(call, number), call.caller)
    view = await cancellation_options(call.ctx, call.merchant, number, seller_asker(call.caller), kind)
    return json_reply(200, {**view, "lines": [line for line in view["lines"] if line["line"] in mine]})


async def show_preview(call: Incoming) -> Reply:
    """Decision and settlement as a request would get them; nothing is written."""
    ask = await _ask(call)
    view = await preview(call.ctx, call.merchant, call.path["number"], ask)
    if call.caller.side is Side.SELLER:
        view.pop("money", None)
    return json_reply(200, view)


async def post_request(call: Incoming) -> Reply:
    """Take a request, once."""
    ask = await _ask(call)
    number = call.path["number"]
    try:
        answer = await submit(
            call.ctx, call.merchant, number, ask, call.caller.actor, if_match=call.if_match,
            idempotency=call.idempotency,
        )
    except OrderChanged as changed:
        raise await with_options(call, changed, number, ask.asker, ask.kind) from None
    return reply_of(answer)


async def post_retraction(call: Incoming) -> Reply:
    """Take back every part that still can be."""
    request = call.path["id"]
    number = await _number_of(call, request)
    try:
        answer = await retract(
            call.ctx, call.merchant, request, call.caller.actor, if_match=call.if_match,
            idempotency=call.idempotency,
        )
    except OrderChanged as changed:
        raise await with_options(call, changed, number, Asker(Role.CUSTOMER), Kind.CANCELLATION) from None
    return reply_of(answer)


async def get_request(call: Incoming) -> Reply:
    """One request, as it is now."""
    request = call.path["id"]
    order = await order_of(call, await _number_of(call, request))
    policies = await call.ctx.policies.book(call.ctx.store, order)
    view = request_view(order, order.request(request), policies)
    if call.caller.side is Side.SELLER:
        view = request_for_seller(view, own_lines(order, call.caller))
    return json_reply(200, view, {"ETag": f'"{order.version}"'})


async def list_requests(call: Incoming) -> Reply:
    """Requests, newest first, each as it is now."""
    limit, after = wanted_page(call.query)
    sellers = frozenset({call.caller.seller or ""}) if call.caller.side is Side.SELLER else None
    found = await call.ctx.store.list_requests(
        call.merchant, limit, after, state=cast(RequestState | None, call.query.get("state")),
        order=cast(str | None, call.query.get("order")), sellers=sellers,
    )
    orders = {number: await order_of(call, number) for number in dict.fromkeys(each.order for each in found.items)}
    books = {number: await call.ctx.policies.book(call.ctx.store, order) for number, order in orders.items()}
    shown = []
    for each in found.items:
        order = orders[each.order]
        view = request_view(order, order.request(each.id), books[each.order])
        shown.append(request_for_seller(view, own_lines(order, call.caller)) if sellers else view)
    return json_reply(200, page(shown, found.after))


async def with_options(
    call: Incoming, changed: OrderChanged, number: str, asker: Asker, kind: Kind
) -> OrderChanged:
    """The conflict with what may be cancelled now, so that whoever asks can choose again."""
    if call.caller.side is Side.SELLER:
        return changed
    fresh = await cancellation_options(call.ctx, call.merchant, number, asker, kind)
    return OrderChanged(changed.detail, **{**changed.extra, "version": fresh["version"], "options": fresh})


async def _ask(call: Incoming) -> Ask:
    """What is asked for. A seller speaks for itself and only of its own lines."""
    if call.caller.side is not Side.SELLER:
        return ask_of(call.body)
    asked = ask_of(call.body, seller_asker(call.caller))
    order = await order_of(call, call.path["number"])
    lines = seller_lines(order, call.caller, asked.lines)
    if not lines:
        raise NothingToCancel("None of your units is open, held or despatched.")
    return Ask(asked.asker, asked.kind, lines, asked.reason, asked.comment, asked.all_or_nothing)


async def _number_of(call: Incoming, request: str) -> str:
    """The order of a request that the caller may change: a seller only one that is about nothing but its lines.

    Errors: NotFound.
    """
    number = await call.ctx.store.order_of_request(call.merchant, request)
    if number is None:
        raise NotFound(f"There is no request {request}.")
    if call.caller.side is Side.SELLER:
        order = await order_of(call, number)
        if not {part.line for part in order.request(request).parts} <= own_lines(order, call.caller):
            raise NotFound(f"There is no request {request}.")
    return number


FILTERS = (
    Parameter("state", Choice(tuple(RequestState)), "Requests in this state."),
    Parameter("order", NUMBER, "Requests of this order."),
)
ASKING = (
    Parameter("asker", Choice(tuple(Role)), "For whom; the customer if it is left out."),
    Parameter("kind", Choice(tuple(Kind)), "A cancellation if it is left out."),
)
CALLS = (
    Call(
        "GET", "/orders/{number}/cancellation-options", "What may be cancelled now, with approval, or not, and why",
        Scope.REQUESTS_READ, options, {200: OPTIONS}, sides=MERCHANT_OR_SELLER, query=ASKING, tag="requests",
    ),
    Call(
        "POST", "/orders/{number}/cancellation-previews", "Decide and settle as a request would; nothing is written",
        Scope.REQUESTS_READ, show_preview, {200: PREVIEW},
        sides=MERCHANT_OR_SELLER, body=ASK, refusals=(NothingToCancel,), tag="requests",
    ),
    Call(
        "POST", "/orders/{number}/cancellation-requests", "Ask to cancel lines, or the whole order",
        Scope.REQUESTS_WRITE, post_request, {201: REQUEST},
        sides=MERCHANT_OR_SELLER, body=ASK, changing=True, conditional=True,
        refusals=(NothingToCancel, OrderBusy), tag="requests",
    ),
    Call(
        "GET", "/cancellation-requests", "Find requests, newest first",
        Scope.REQUESTS_READ, list_requests, {200: listed(REQUEST)},
        sides=MERCHANT_OR_SELLER, query=FILTERS + paged(int, str), tag="requests",
    ),
    Call(
        "GET", "/cancellation-requests/{id}", "One request, as it is now",
        Scope.REQUESTS_READ, get_request, {200: REQUEST}, sides=MERCHANT_OR_SELLER, tag="requests",
    ),
    Call(
        "POST", "/cancellation-requests/{id}/retraction", "Take back every part that still can be",
        Scope.REQUESTS_WRITE, post_retraction, {200: REQUEST},
        sides=MERCHANT_OR_SELLER, body=NOTHING, body_optional=True, changing=True, conditional=True,
        refusals=(OrderBusy, TooLateToRetract), tag="requests",
    ),
)
