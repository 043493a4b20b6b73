"""The console's cancel page: the same choice as the customer's, with restock, and by the merchant."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from countermand.ask.options import cancellation_options
from countermand.ask.preview import preview
from countermand.ask.submit import submit
from countermand.errors import Fault, NothingToCancel, OrderChanged
from countermand.store.port import Idempotency
from countermand.web.merchant.desk import AnyRequest, OrderDesk, at_order
from countermand.web.pages.choice import (
    Chosen,
    Offered,
    Summary,
    ask_of,
    kept_choice,
    nothing_chosen,
    offered,
    read_choice,
    spelled,
    summary,
)
from countermand.web.pages.forms import form_key, read_form
from countermand.web.pages.once import once
from countermand.web.pages.render import page, see_other
from countermand.web.pages.words import items, text

WAITING = text("Choose items to see what happens.")


async def offers_of(desk: OrderDesk) -> Offered:
    console = desk.console
    options = await cancellation_options(console.ctx, console.merchant, desk.order.number, console.asker)
    return offered(desk.order, options, console.stand.reader)


async def summary_of(desk: OrderDesk, chosen: Chosen) -> Summary | None:
    if not chosen.quantities:
        return None
    console = desk.console
    try:
        told = await preview(console.ctx, console.merchant, desk.order.number, ask_of(chosen, console.asker))
    except NothingToCancel:
        return None
    return summary(desk.order, chosen, told, console.stand.reader, staff=True)


def form_answer(
    desk: OrderDesk, offers: Offered, chosen: Chosen, *, faults: tuple[Fault, ...] = (), seen: Summary | None = None,
    notices: tuple[dict[str, Any], ...] = (), status: int = 200,
) -> Response[bytes]:
    return desk.console.stand.page(
        "merchant/cancel.html", status=status, order=desk.order, base=desk.base, offers=offers, chosen=chosen,
        faults=faults, summary=seen, checked=spelled(chosen), notices=notices, waiting=WAITING,
        key=desk.console.ctx.host.ids.new("form"),
    )


@get("/orders/{number:str}/cancel", include_in_schema=False)
async def console_cancel_page(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    desk = await at_order(request, number)
    offers = await offers_of(desk)
    return form_answer(desk, offers, nothing_chosen(offers))


@post("/orders/{number:str}/cancel/check", status_code=200, include_in_schema=False)
async def console_check(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """What would happen. Changes nothing."""
    desk = await at_order(request, number)
    form = await read_form(request)
    offers = await offers_of(desk)
    chosen, faults = read_choice(form, offers, reason_needed=False)
    if request.headers.get("x-fragment") == "summary":
        seen = await summary_of(desk, chosen) if not faults else None
        waiting = faults[0].message if chosen.lines and faults else WAITING
        return page("merchant/summary.html", summary=seen, checked=spelled(chosen), base=desk.base, waiting=waiting)
    if faults:
        return form_answer(desk, offers, chosen, faults=faults, status=422)
    return form_answer(desk, offers, chosen, seen=await summary_of(desk, chosen))


@post("/orders/{number:str}/cancel", status_code=303, include_in_schema=False)
async def console_cancel_send(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """Cancel for good, once, under the version that was looked at."""
    desk = await at_order(request, number)
    console = desk.console
    form = await read_form(request)
    key = form_key(form)
    scope = f"POST {desk.base}/cancel"
    if await console.ctx.store.find_answer(console.merchant, Idempotency(scope, key, "")) is not None:
        return see_other(desk.base)
    offers = await offers_of(desk)
    chosen, faults = read_choice(form, offers)
    if chosen.version != desk.order.version:
        return await raced(desk, offers, chosen)
    if faults:
        return form_answer(desk, offers, chosen, faults=faults, seen=await summary_of(desk, chosen), status=422)
    if form.one("checked") != spelled(chosen):
        return form_answer(desk, offers, chosen, seen=await summary_of(desk, chosen), notices=(unchecked(),))
    meaning = msgspec.json.encode([spelled(chosen), sorted(chosen.keep_stock), chosen.reason, chosen.comment])
    try:
        await submit(
            console.ctx, console.merchant, number, ask_of(chosen, console.asker), console.actor,
            if_match=chosen.version, idempotency=once(scope, key, meaning),
        )
    except (OrderChanged, NothingToCancel):
        fresh = await at_order(request, number)
        return await raced(fresh, await offers_of(fresh), chosen)
    return see_other(desk.base)


async def raced(desk: OrderDesk, offers: Offered, chosen: Chosen) -> Response[bytes]:
    again = kept_choice(chosen, offers)
    notice = {
        "tone": "amber", "icon": "info", "role": "alert", "focus": True,
        "title": text("The order changed while you were deciding"),
        "lines": (text("We have not cancelled anything yet. {items} can still be cancelled.",
                       items=items(offers.most)),),
    }
    return form_answer(desk, offers, again, seen=await summary_of(desk, again), notices=(notice,), status=409)


def unchecked() -> dict[str, Any]:
    return {"tone": "amber", "icon": "info", "role": "alert", "focus": True, "title": text("Check what happens"),
            "lines": (text("You changed the choice after it was added up. Nothing is cancelled yet."),)}
