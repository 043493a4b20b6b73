"""The console: orders, one order, answering a case, recording an event, and the narrow lists."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from countermand.decide.approval import CaseAnswer
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import NotFound, Problem
from countermand.escalate.answer import answer_case
from countermand.execute.goods import fulfilment_event
from countermand.inform.views import request_view
from countermand.model.fulfilment import STAGES, Stage
from countermand.model.ids import ITEM_ID
from countermand.model.policy_document import policy_document
from countermand.model.request import ANSWER_REASONS, RequestState
from countermand.store.directory_port import OrderFilter
from countermand.web.customer.present import ledger
from countermand.web.merchant import present
from countermand.web.merchant.cancel import console_cancel_page, console_cancel_send, console_check
from countermand.web.merchant.desk import AnyRequest, OrderDesk, at_console, at_order
from countermand.web.pages.errors import HANDLERS
from countermand.web.pages.forms import BODY_LIMIT, form_key, read_form
from countermand.web.pages.goods import tally
from countermand.web.pages.look import ANSWER_WORDS, SILENCE_STAFF, STAGE_WORDS, order_tag, request_tag
from countermand.web.pages.once import once
from countermand.web.pages.reads import PER_PAGE, Cursor, orders_page, requests_page
from countermand.web.pages.render import see_other
from countermand.web.pages.requests import labels
from countermand.web.pages.session import MERCHANT, NoVisit, close_visit
from countermand.web.pages.sign_in import CONSOLE, door_page, sign_in
from countermand.web.pages.words import capital, items, masked, text

STATE_WORDS = {
    RequestState.AWAITING_APPROVAL: text("Waiting for an answer"), RequestState.EXECUTING: text("In progress"),
    RequestState.NEEDS_ATTENTION: text("Needs attention"), RequestState.COMPLETED: text("Completed"),
    RequestState.DECLINED: text("Declined"), RequestState.RETRACTED: text("Taken back"),
}
EVENTS = {
    Happening.RELEASED: text("Released to the warehouse"), Happening.PICKING: text("Picking began"),
    Happening.PACKED: text("Packed"), Happening.DESPATCHED: text("Despatched"),
    Happening.DELIVERED: text("Delivered"),
    Happening.REFUSED: text("Refused at the door"), Happening.RETURNING: text("On its way back"),
    Happening.RETURNED: text("Back at the warehouse"), Happening.LOST: text("Lost"),
    Happening.STOPPED: text("Stopped, will not ship"),
}


@get("/", include_in_schema=False)
async def console_home(request: AnyRequest) -> Response[bytes]:
    await at_console(request, "orders")
    return see_other("/console/orders")


@get("/orders", include_in_schema=False)
async def list_orders(request: AnyRequest) -> Response[bytes]:
    """Search, two filters, keyset pages."""
    console = await at_console(request, "orders")
    asked = request.query_params
    q, stage, state = asked.get("q", "").strip()[:100], asked.get("stage", ""), asked.get("state", "")
    orders, older = await orders_page(
        console.ctx, console.merchant,
        OrderFilter(
            stage=Stage(stage) if stage in set(Stage) else None,
            request_state=RequestState(state) if state in set(RequestState) else None, q=q or None,
        ),
        Cursor(asked.get("cursor")),
    )
    waiting = RequestState.AWAITING_APPROVAL.value
    return console.stand.page(
        "merchant/orders.html", heading=text("Orders"), q=q, stage=stage, state=state,
        rows=tuple(present.order_row(each, console.stand.reader) for each in orders),
        stages=tuple((each.value, capital(STAGE_WORDS[each])) for each in STAGES),
        states=tuple((each.value, words) for each, words in STATE_WORDS.items()),
        views=(
            ("/console/orders", text("All"), not (q or stage or state)),
            (f"/console/orders?state={waiting}", text("Waiting for an answer"), state == waiting),
            ("/console/orders?state=needs_attention", text("Needs attention"), state == "needs_attention"),
            ("/console/orders?state=executing", text("In progress"), state == "executing"),
        ),
        older=older.link("/console/orders", q=q, stage=stage, state=state) if older else None,
    )


@get("/orders/{number:str}", include_in_schema=False)
async def show_order(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    return await order_answer(await at_order(request, number))


async def order_answer(
    desk: OrderDesk, notices: tuple[Mapping[str, Any], ...] = (), status: int = 200
) -> Response[bytes]:
    console, order = desk.console, desk.order
    reader, holders = console.stand.reader, await console.holder_names()
    label = labels(desk.policies.current, reader.language)
    rows = tuple(
        present.request_row(order, each, request_view(order, each, desk.policies), label, reader)
        for each in sorted(order.requests, key=lambda each: each.created_at, reverse=True)
    )
    entries = await console.ctx.store.audit(console.merchant, order.number)
    return console.stand.page(
        "merchant/order.html", status=status, order=order, base=desk.base, notices=notices,
        placed=reader.moment(order.placed_at), units=items(tally(order).quantity), requests=rows,
        cases=present.case_rows(order, holders, reader), goods=present.goods_rows(order, holders, reader),
        ledger=ledger(order, reader, staff=True), email=masked(order.customer.email),
        allocation=tuple((row.id, *share) for row in rows for share in row.allocation),
        parcels=tuple(present.parcel_words(order, each, reader) for each in order.parcels),
        work=tuple(present.work_words(each, reader) for each in order.work if each.closed_at is None),
        history=present.history(entries, reader), key=console.ctx.host.ids.new("form"),
        answer_reasons=tuple((each.value, words) for each, words in ANSWER_WORDS.items()),
        events=tuple((each.value, words) for each, words in EVENTS.items()),
        shown=order_tag(order, staff=True),
    )


def told(problem: Problem) -> dict[str, Any]:
    return {"tone": "amber", "icon": "info", "role": "alert", "focus": True, "title": problem.title,
            "lines": (problem.detail, text("We have not changed anything."))}


@post("/cases/{case_id:str}/answer", status_code=303, include_in_schema=False)
async def console_answer(request: AnyRequest, case_id: FromPath[str]) -> Response[bytes]:
    """The merchant answers a case: its own, or a holder's who does not."""
    console = await at_console(request, "orders")
    form = await read_form(request)
    number = await console.ctx.store.order_of_case(console.merchant, case_id) if ITEM_ID.fullmatch(case_id) else None
    if number is None:
        raise NotFound("There is no such case.")
    reason = form.one("reason")
    approve = form.one("answer") == "approve"
    if not approve and reason not in {each.value for each in ANSWER_REASONS}:
        missing = {"tone": "red", "icon": "tri", "role": "alert", "focus": True,
                   "title": text("Select why it cannot be stopped"), "lines": (text("Nothing was answered yet."),)}
        return await order_answer(await at_order(request, number), (missing,), 422)
    given = CaseAnswer(approve, None if approve else reason)
    key = once(f"POST /console/cases/{case_id}/answer", form_key(form), repr(given).encode())
    try:
        await answer_case(console.ctx, console.merchant, case_id, given, console.actor, idempotency=key)
    except Problem as problem:
        return await order_answer(await at_order(request, number), (told(problem),), int(problem.status))
    return see_other((await at_order(request, number)).base)


@post("/orders/{number:str}/events", status_code=303, include_in_schema=False)
async def record_event(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """A report of what really happened to the goods; a report is never refused for their state."""
    desk = await at_order(request, number)
    form = await read_form(request)
    what = form.one("event")
    if what not in {each.value for each in EVENTS}:
        raise NotFound("There is no such event.")
    event = GoodsEvent(
        f"console:{form_key(form)}", form.one("fulfilment_order"), Happening(what), "report",
        desk.console.ctx.host.now(),
    )
    try:
        await fulfilment_event(desk.console.ctx, desk.console.merchant, number, event, desk.console.actor)
    except Problem as problem:
        return await order_answer(await at_order(request, number), (told(problem),), int(problem.status))
    return see_other(desk.base)


@get("/cancellations", include_in_schema=False)
async def list_requests(request: AnyRequest) -> Response[bytes]:
    console = await at_console(request, "cancellations")
    reader = console.stand.reader
    found, older = await requests_page(console.ctx, console.merchant, Cursor(request.query_params.get("cursor")))
    policy = await console.ctx.policies.current(console.ctx.store, console.merchant)
    label = labels(policy, reader.language)
    rows = tuple(
        (order.number, reader.moment(each.created_at), request_tag(order, each, staff=True),
         label(each.reason) if each.reason else "", each.comment or "")
        for order, each in found
    )
    return console.stand.page(
        "merchant/list.html", heading=text("Cancellations"), rows=rows, caption=text("Newest first. Times are UTC."),
        columns=("Order", "Asked", "Status", "Reason", "Comments"), nothing=text("Nobody has asked to cancel yet."),
        older=older.link("/console/cancellations") if older else None,
    )


@get("/refunds", include_in_schema=False)
async def list_refunds(request: AnyRequest) -> Response[bytes]:
    console = await at_console(request, "refunds")
    reader = console.stand.reader
    page = await console.ctx.store.list_refunds(
        console.merchant, PER_PAGE, Cursor(request.query_params.get("cursor")).after
    )
    rows = tuple(present.refund_row(each.order, each.currency, each.duty, reader) for each in page.items)
    older = Cursor(after=page.after) if page.after else None
    return console.stand.page(
        "merchant/list.html", heading=text("Refunds"), rows=rows, caption=text("Newest first. Times are UTC."),
        columns=("Order", "Amount", "State", "Due by"), nothing=text("No money has to go back."),
        older=older.link("/console/refunds") if older else None,
    )


@get("/work", include_in_schema=False)
async def list_work(request: AnyRequest) -> Response[bytes]:
    console = await at_console(request, "work")
    page = await console.ctx.store.worklist(
        console.merchant, PER_PAGE, Cursor(request.query_params.get("cursor")).after
    )
    rows = tuple((each.order, *present.work_words(each.item, console.stand.reader)) for each in page.items)
    older = Cursor(after=page.after) if page.after else None
    return console.stand.page(
        "merchant/list.html", heading=text("Worklist"), rows=rows, caption=text("What needs a person, oldest first."),
        columns=("Order", "What", "About", "Since"), nothing=text("Nothing needs you."),
        older=older.link("/console/work") if older else None,
    )


@get("/policy", include_in_schema=False)
async def show_policy(request: AnyRequest) -> Response[bytes]:
    console = await at_console(request, "policy")
    policy = await console.ctx.policies.current(console.ctx.store, console.merchant)
    document = msgspec.json.format(msgspec.json.encode(policy_document(policy)), indent=2).decode()
    rail = tuple((capital(STAGE_WORDS[each]), *_rail(each, policy.terms.automatic_until, policy.terms.ask_until))
                 for each in STAGES)
    terms, reader = policy.terms, console.stand.reader
    rules = (
        (text("Window"), reader.length(terms.window) if terms.window else text("none")),
        (text("Answer within"), reader.length(terms.answer_within)),
        (text("Silence"), capital(SILENCE_STAFF[terms.on_silence])),
        (text("Time to change one's mind"), reader.length(terms.grace) if terms.grace else text("none")),
        (text("Parts of an order"), text("can be cancelled") if terms.partial_allowed else text("only the whole")),
    )
    return console.stand.page(
        "merchant/policy.html", version=policy.version, document=document, rail=rail, rules=rules
    )


def _rail(stage: Stage, automatic: Stage | None, ask: Stage | None) -> tuple[str, str, str]:
    if automatic is not None and stage.rank <= automatic.rank:
        return text("at once"), "green", ""
    if ask is not None and stage.rank <= ask.rank and stage.rank < Stage.DESPATCHED.rank:
        return text("asks the holder"), "amber", "ask"
    return text("too late"), "grey", "no"


@get("/sign-in", include_in_schema=False)
async def console_door(request: AnyRequest) -> Response[bytes]:
    return door_page(request, CONSOLE)


@post("/sign-in", status_code=303, include_in_schema=False)
async def console_enter(request: AnyRequest) -> Response[bytes]:
    return await sign_in(request, CONSOLE)


@post("/sign-out", status_code=303, include_in_schema=False)
async def console_leave(request: AnyRequest) -> Response[bytes]:
    await read_form(request)
    return see_other("/console/sign-in", [await close_visit(request, request.app.state.ctx, MERCHANT)])


def to_door(request: AnyRequest, _: Exception) -> Response[bytes]:
    return see_other("/console/sign-in")


merchant_router = Router(
    "/console",
    route_handlers=[
        console_home, list_orders, show_order, console_answer, record_event, list_requests, list_refunds, list_work,
        show_policy, console_door, console_enter, console_leave, console_cancel_page, console_cancel_send,
        console_check,
    ],
    exception_handlers={**HANDLERS, NoVisit: to_door}, request_max_body_size=BODY_LIMIT,
)
