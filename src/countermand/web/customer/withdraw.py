"""The right to withdraw from the contract: a statement and its confirmation (Directive 2011/83/EU, Art. 11a)."""

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from countermand.ask.submit import submit
from countermand.errors import Fault, NothingToCancel, OrderChanged
from countermand.model.request import Kind
from countermand.web.customer.desk import AnyRequest, Desk, at_order, offers_of
from countermand.web.pages.choice import Chosen, Offered, ask_of, nothing_chosen, read_choice
from countermand.web.pages.forms import form_key, read_form
from countermand.web.pages.once import once
from countermand.web.pages.render import see_other
from countermand.web.pages.words import masked


@get("/orders/{number:str}/withdraw", include_in_schema=False)
async def withdraw_page(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    desk = await at_order(request, number)
    offers = await offers_of(desk, Kind.WITHDRAWAL)
    if not offers.lines:
        return see_other(f"{desk.base}/why")
    return statement(desk, offers, nothing_chosen(offers))


def statement(
    desk: Desk, offers: Offered, chosen: Chosen, faults: tuple[Fault, ...] = (), status: int = 200
) -> Response[bytes]:
    return desk.stand.page(
        "customer/withdraw.html", status=status, order=desk.order, base=desk.base, offers=offers, chosen=chosen,
        faults=faults, key=desk.key(), placed=desk.reader.day(desk.order.placed_at),
        written_to=masked(desk.order.customer.email),
    )


@post("/orders/{number:str}/withdraw", status_code=303, include_in_schema=False)
async def withdraw_send(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """Confirm the withdrawal. It needs no version: whatever moved meanwhile, the right stays."""
    desk = await at_order(request, number)
    form = await read_form(request)
    key = form_key(form)
    offers = await offers_of(desk, Kind.WITHDRAWAL)
    chosen, faults = read_choice(form, offers, reason_needed=False)
    idempotency = once(f"POST {desk.base}/withdraw", key, msgspec.json.encode(sorted(chosen.quantities.items())))
    if (known := await desk.ctx.store.find_answer(desk.order.merchant, idempotency)) is not None:
        return see_other(f"{desk.base}/requests/{msgspec.json.decode(known.answer.body)['id']}")
    if faults:
        return statement(desk, offers, chosen, faults, status=422)
    try:
        answer = await submit(
            desk.ctx, desk.order.merchant, number, ask_of(chosen, desk.asker, Kind.WITHDRAWAL), desk.actor,
            idempotency=idempotency,
        )
    except (NothingToCancel, OrderChanged):
        return see_other(f"{desk.base}/why")
    return see_other(f"{desk.base}/requests/{msgspec.json.decode(answer.body)['id']}")
