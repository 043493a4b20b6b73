"""The cancel page: choose, see what comes of it, confirm. Only the last button acts, and only once."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from countermand.ask.preview import preview
from countermand.ask.submit import submit
from countermand.errors import Fault, InProgress, NothingToCancel, OrderChanged
from countermand.store.port import Idempotency
from countermand.web.customer.desk import AnyRequest, Desk, at_order, offers_of
from countermand.web.customer.present_result import AGAIN_SECONDS, Mark
from countermand.web.pages.choice import (
    Chosen,
    Offered,
    Summary,
    ask_of,
    kept_choice,
    nothing_chosen,
    read_choice,
    spelled,
    summary,
)
from countermand.web.pages.errors import CHECK_STATUS
from countermand.web.pages.forms import KEY_LIMIT, form_key, read_form
from countermand.web.pages.once import once
from countermand.web.pages.render import page, see_other
from countermand.web.pages.words import items, text

LOOKS = 12
"""How often the waiting page looks again before it says that nothing happened: 12 times 5 seconds."""
UNKNOWN_DIGEST = ""


@get("/orders/{number:str}/cancel", include_in_schema=False)
async def cancel_page(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    desk = await at_order(request, number)
    offers = await offers_of(desk)
    if not offers.lines:
        return see_other(f"{desk.base}/why")
    return form_answer(desk, offers, nothing_chosen(offers))


def form_answer(
    desk: Desk, offers: Offered, chosen: Chosen, *, faults: tuple[Fault, ...] = (), seen: Summary | None = None,
    notices: tuple[dict[str, Any], ...] = (), status: int = 200,
) -> Response[bytes]:
    return desk.stand.page(
        "customer/cancel.html", status=status, order=desk.order, base=desk.base, offers=offers, chosen=chosen,
        faults=faults, summary=seen, checked=spelled(chosen), notices=notices, key=desk.key(),
        waiting=text("Choose items to see what you get back."), alternatives=alternatives(desk),
    )


def alternatives(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """What the merchant offers in place of cancelling, by reason: its own text, and a link if it is a web address."""
    told: dict[str, tuple[str, str | None]] = {}
    for code, offer in desk.policies.current.offers.items():
        words = offer.text.get(desk.reader.language) or offer.text.get("en") or next(iter(offer.text.values()), "")
        url = offer.url if (offer.url or "").startswith(("https://", "http://")) else None
        if words:
            told[code] = (words, url)
    return told


async def summary_of(desk: Desk, chosen: Chosen) -> Summary | None:
    """What the choice would bring; None while nothing is chosen."""
    if not chosen.quantities:
        return None
    try:
        told = await preview(desk.ctx, desk.order.merchant, desk.order.number, ask_of(chosen, desk.asker))
    except NothingToCancel:
        return None
    return summary(desk.order, chosen, told, desk.reader)


@post("/orders/{number:str}/cancel/check", status_code=200, include_in_schema=False)
async def check_choice(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """What you get back. Changes nothing; a POST only because the comment does not belong in an address."""
    desk = await at_order(request, number)
    form = await read_form(request)
    offers = await offers_of(desk)
    chosen, faults = read_choice(form, offers, reason_needed=False)
    if request.headers.get("x-fragment") == "summary":
        seen = await summary_of(desk, chosen) if not faults else None
        waiting = faults[0].message if chosen.lines and faults else text("Choose items to see what you get back.")
        return page("customer/summary.html", summary=seen, checked=spelled(chosen), base=desk.base, waiting=waiting)
    if not offers.lines:
        return see_other(f"{desk.base}/why")
    if faults:
        return form_answer(desk, offers, chosen, faults=faults, status=422)
    return form_answer(desk, offers, chosen, seen=await summary_of(desk, chosen))


@post("/orders/{number:str}/cancel", status_code=303, include_in_schema=False)
async def cancel_send(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """The one step that acts. A second press, Back and a reload repeat the answer, never the effect."""
    desk = await at_order(request, number)
    form = await read_form(request)
    key = form_key(form)
    request.scope["state"][CHECK_STATUS] = status_path(desk, key)
    if (done := await answered_before(desk, key)) is not None:
        return see_other(f"{desk.base}/requests/{done}")
    offers = await offers_of(desk)
    chosen, faults = read_choice(form, offers)
    if chosen.version != desk.order.version:
        return await raced(desk, offers, chosen)
    if faults:
        seen = await summary_of(desk, chosen)
        return form_answer(desk, offers, chosen, faults=faults, seen=seen, status=422)
    if form.one("checked") != spelled(chosen):
        seen = await summary_of(desk, chosen)
        return form_answer(desk, offers, chosen, seen=seen, notices=(changed_choice(),))
    ask = ask_of(chosen, desk.asker)
    meaning = msgspec.json.encode([spelled(chosen), chosen.reason, chosen.comment])
    try:
        answer = await submit(
            desk.ctx, desk.order.merchant, number, ask, desk.actor, if_match=chosen.version,
            idempotency=once(scope(desk), key, meaning),
        )
    except (OrderChanged, NothingToCancel):
        fresh = await at_order(request, number)
        return await raced(fresh, await offers_of(fresh), chosen)
    except InProgress:
        return see_other(status_path(desk, key))
    return see_other(f"{desk.base}/requests/{msgspec.json.decode(answer.body)['id']}")


def scope(desk: Desk) -> str:
    return f"POST {desk.base}/cancel"


def status_path(desk: Desk, key: str) -> str:
    return f"{desk.base}/cancel/status/{key}"


async def answered_before(desk: Desk, key: str) -> str | None:
    """The id of the request that this form made already."""
    known = await desk.ctx.store.find_answer(desk.order.merchant, Idempotency(scope(desk), key, UNKNOWN_DIGEST))
    if known is None or not known.answer.body:
        return None
    told = msgspec.json.decode(known.answer.body)
    return str(told["id"]) if isinstance(told, dict) and "id" in told else None


async def raced(desk: Desk, offers: Offered, chosen: Chosen) -> Response[bytes]:
    """The order moved between looking and confirming: the page again, with the choice kept as far as it can be."""
    if not offers.lines:
        return see_other(f"{desk.base}/why")
    again = kept_choice(chosen, offers)
    notice = {
        "tone": "amber", "icon": "info", "role": "alert", "focus": True,
        "title": text("Your order changed while you were deciding"),
        "lines": (
            text("We have not cancelled anything yet."),
            text("You can still cancel {items}. Check your choice and confirm again.", items=items(offers.most)),
        ),
    }
    return form_answer(
        desk, offers, again, seen=await summary_of(desk, again), notices=(notice,), status=409
    )


def changed_choice() -> dict[str, Any]:
    return {
        "tone": "amber", "icon": "info", "role": "alert", "focus": True, "title": text("Check what you get back"),
        "lines": (text("You changed your choice after it was added up. Nothing is cancelled yet."),),
    }


@get("/orders/{number:str}/cancel/status/{key:str}", include_in_schema=False)
async def cancel_status(request: AnyRequest, number: FromPath[str], key: FromPath[str]) -> Response[bytes]:
    """Did it go through? Looks in the store, never guesses."""
    desk = await at_order(request, number)
    if len(key) <= KEY_LIMIT and (done := await answered_before(desk, key)) is not None:
        return see_other(f"{desk.base}/requests/{done}")
    looked = request.query_params.get("look", "1")
    count = int(looked) if looked.isascii() and looked.isdigit() and len(looked) < 4 else 1
    shown = desk.reader.clock(desk.reader.now).partition(" ")[0]
    return desk.stand.page(
        "customer/checking.html", base=desk.base, again=AGAIN_SECONDS if count < LOOKS else None,
        next=f"{status_path(desk, key)}?look={count + 1}",
        mark=Mark(f"ORDER {number[:10]} · ORDER {number[:10]} ·", shown, text("CHECKING"), "check"),
    )
