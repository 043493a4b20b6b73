"""The queue: answer, ask for time, confirm a stop, scan before packing. One screen, large targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from countermand.context import Context
from countermand.decide.approval import CaseAnswer
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import CaseAlreadyAnswered, NotFound, Problem
from countermand.escalate.answer import answer_case, more_time
from countermand.execute.goods import fulfilment_event
from countermand.model.event import Actor
from countermand.model.ids import ITEM_ID, ORDER_NUMBER
from countermand.model.order import Order
from countermand.model.request import ANSWER_REASONS, Answerer, Case, CaseState
from countermand.store.directory_port import OrderFilter
from countermand.web.pages.errors import HANDLERS
from countermand.web.pages.forms import BODY_LIMIT, Form, form_key, read_form
from countermand.web.pages.frame import Stand, stand
from countermand.web.pages.once import once
from countermand.web.pages.reads import Cursor, open_cases, orders_page, orders_to_stop
from countermand.web.pages.render import see_other
from countermand.web.pages.requests import labels
from countermand.web.pages.session import HOLDER, SELLER, NoVisit, Visit, close_visit, find_visit
from countermand.web.pages.sign_in import QUEUE, door_page, sign_in
from countermand.web.pages.words import plural, text
from countermand.web.partner.present import Card, answer_reasons, card, scan, stop_cards
from countermand.web.partner.present_orders import order_rows

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose queue it is: the holders that the session may speak for, and the seller whose lines it sees."""

    ctx: Context
    visit: Visit
    name: str
    holders: frozenset[str]
    stand: Stand

    @property
    def actor(self) -> Actor:
        return Actor(role=self.visit.kind, id=self.visit.subject, name=self.name)

    @property
    def seller(self) -> str | None:
        return self.visit.subject if self.visit.kind == SELLER else None

    def may(self, case: Case) -> bool:
        """Whoever holds the goods answers; others' cases are not there."""
        return case.holder in self.holders and case.answerer is Answerer.HOLDER


async def at_place(request: AnyRequest, section: str = "queue") -> Place:
    """Errors: NoVisit."""
    ctx: Context = request.app.state.ctx
    visit = await find_visit(request, ctx, HOLDER)
    holders = await ctx.store.holders(visit.merchant)
    if visit.kind == SELLER:
        mine = frozenset(each.id for each in holders if each.seller == visit.subject)
        sellers = {each.id: each.name for each in await ctx.store.sellers(visit.merchant)}
        name = sellers.get(visit.subject, visit.subject)
    else:
        mine = frozenset({visit.subject})
        name = next((each.name for each in holders if each.id == visit.subject), visit.subject)
    return Place(ctx, visit, name, mine, stand(request, ctx.host, name, section=section))


@get("/", include_in_schema=False)
async def show_queue(request: AnyRequest) -> Response[bytes]:
    return await queue_answer(request, await at_place(request))


async def queue_answer(
    request: AnyRequest, place: Place, notices: tuple[Mapping[str, Any], ...] = (), status: int = 200
) -> Response[bytes]:
    """Everything that waits, by due time; and what the scan field was given, said loudly."""
    ctx, reader = place.ctx, place.stand.reader
    policy = await ctx.policies.current(ctx.store, place.visit.merchant)
    label = labels(policy, reader.language)
    cards: list[Card] = []
    for order in await open_cases(ctx, place.visit.merchant, place.holders):
        cards.extend(card(order, case, label, reader) for case in order.cases
                     if case.state is CaseState.OPEN and place.may(case))
    cards.sort(key=lambda each: each.due_at)
    stops = [each for order in await orders_to_stop(ctx, place.visit.merchant, place.holders)
             for each in stop_cards(order, place.holders, reader)]
    typed = request.query_params.get("scan", "").strip()[:80]
    found = await scanned(place, typed)
    keys = {each.case: ctx.host.ids.new("form") for each in cards}
    keys |= {f"{each.order}/{each.fulfilment_order}": ctx.host.ids.new("form") for each in stops}
    says = text("Nothing to answer")
    if cards:
        says = plural(len(cards), "{n} request to answer", "{n} requests to answer")
    return place.stand.page(
        "partner/queue.html", status=status, says=says, notices=notices, keys=keys, stops=stops,
        reasons=answer_reasons(), soon=[each for each in cards if each.soon],
        later=[each for each in cards if not each.soon],
        scanned=scan(found, place.holders, open_ones(found)) if found else None, scanned_text=typed, live=not typed,
    )


def open_ones(order: Order) -> tuple[Case, ...]:
    return tuple(case for case in order.cases if case.state is CaseState.OPEN)


async def scanned(place: Place, typed: str) -> Order | None:
    """The order behind a scan, if this place sends any of it."""
    number = typed.removeprefix("#")
    for each in dict.fromkeys((typed, number)):
        if ORDER_NUMBER.fullmatch(each):
            order = await place.ctx.store.load(place.visit.merchant, each)
            if order is not None and any(where.holder in place.holders for where in order.fulfilment_orders):
                return order
    return None


def answer_in(form: Form) -> CaseAnswer | None:
    """What the form says; None if a decline comes without its reason."""
    reason = form.one("reason")
    known = reason in {each.value for each in ANSWER_REASONS}
    match form.one("answer"):
        case "approve":
            return CaseAnswer(True)
        case "some":
            stopped = {name[2:]: form.number(name) or 0 for name, _ in form.pairs if name.startswith("q-")}
            return CaseAnswer(True, reason if known else None, stopped)
        case _:
            return CaseAnswer(False, reason) if known else None


@post("/cases/{case_id:str}/answer", status_code=303, include_in_schema=False)
async def answer(request: AnyRequest, case_id: FromPath[str]) -> Response[bytes]:
    """Approve, approve some, or decline. One answer wins; the other hears who was first."""
    place = await at_place(request)
    form = await read_form(request)
    if not ITEM_ID.fullmatch(case_id):
        raise NotFound("There is no such case.")
    given = answer_in(form)
    if given is None:
        return await queue_answer(request, place, (reason_missing(),), status=422)
    key = once(f"POST /queue/cases/{case_id}/answer", form_key(form), repr(given).encode())
    try:
        await answer_case(
            place.ctx, place.visit.merchant, case_id, given, place.actor, idempotency=key, may=place.may
        )
    except CaseAlreadyAnswered as first:
        return await queue_answer(request, place, (answered_first(first, place),), status=409)
    except Problem as problem:
        return await queue_answer(request, place, (refused(problem),), status=int(problem.status))
    return see_other("/queue")


def answered_first(problem: CaseAlreadyAnswered, place: Place) -> dict[str, Any]:
    """`Already decided by Sam at 14:02: approved.`"""
    return {
        "tone": "blue", "icon": "info", "role": "alert", "focus": True, "title": text("Somebody answered first"),
        "lines": (problem.detail, text("You do not need to do anything.")),
    }


def reason_missing() -> dict[str, Any]:
    return {
        "tone": "red", "icon": "tri", "role": "alert", "focus": True,
        "title": text("Select why it cannot be stopped"), "lines": (text("Nothing was answered yet."),),
    }


def refused(problem: Problem) -> dict[str, Any]:
    return {
        "tone": "amber", "icon": "info", "role": "alert", "focus": True, "title": problem.title,
        "lines": (problem.detail,),
    }


@post("/cases/{case_id:str}/more-time", status_code=303, include_in_schema=False)
async def ask_time(request: AnyRequest, case_id: FromPath[str]) -> Response[bytes]:
    place = await at_place(request)
    form = await read_form(request)
    if not ITEM_ID.fullmatch(case_id):
        raise NotFound("There is no such case.")
    key = once(f"POST /queue/cases/{case_id}/more-time", form_key(form), b"more")
    try:
        await more_time(place.ctx, place.visit.merchant, case_id, place.actor, idempotency=key, may=place.may)
    except Problem as problem:
        return await queue_answer(request, place, (refused(problem),), status=int(problem.status))
    return see_other("/queue")


@post("/stopped", status_code=303, include_in_schema=False)
async def stopped(request: AnyRequest) -> Response[bytes]:
    """A person says that the goods are stopped: what was approved is cancelled now."""
    place = await at_place(request)
    form = await read_form(request)
    number, where = form.one("order"), form.one("fulfilment_order")
    order = await place.ctx.store.load(place.visit.merchant, number) if ORDER_NUMBER.fullmatch(number) else None
    mine = [each for each in order.fulfilment_orders if each.holder in place.holders] if order else []
    if not any(each.id == where for each in mine):
        raise NotFound("There is no such order here.")
    lines = {name[2:]: units for name, _ in form.pairs if name.startswith("q-") and (units := form.number(name))}
    event = GoodsEvent(
        f"queue:{form_key(form)}", where, Happening.STOPPED, "report", place.ctx.host.now(), lines=lines or None
    )
    await fulfilment_event(place.ctx, place.visit.merchant, number, event, place.actor)
    return see_other("/queue")


@get("/orders", include_in_schema=False)
async def show_orders(request: AnyRequest) -> Response[bytes]:
    """What this holder or seller sends: its own lines, never the others'."""
    place = await at_place(request, "orders")
    query = request.query_params.get("q", "").strip()[:100]
    cursor = Cursor(request.query_params.get("cursor"))
    orders, older = await orders_page(
        place.ctx, place.visit.merchant,
        OrderFilter(
            q=query or None, sellers=frozenset({place.seller}) if place.seller else None,
            holders=None if place.seller else place.holders,
        ),
        cursor,
    )
    return place.stand.page(
        "partner/orders.html", rows=order_rows(orders, place.holders, place.seller, place.stand.reader), q=query,
        older=older.link("/queue/orders", q=query) if older else None,
    )


@get("/sign-in", include_in_schema=False)
async def queue_door(request: AnyRequest) -> Response[bytes]:
    return door_page(request, QUEUE)


@post("/sign-in", status_code=303, include_in_schema=False)
async def queue_enter(request: AnyRequest) -> Response[bytes]:
    return await sign_in(request, QUEUE)


@post("/sign-out", status_code=303, include_in_schema=False)
async def queue_leave(request: AnyRequest) -> Response[bytes]:
    await read_form(request)
    return see_other("/queue/sign-in", [await close_visit(request, request.app.state.ctx, HOLDER)])


def to_door(request: AnyRequest, _: Exception) -> Response[bytes]:
    return see_other("/queue/sign-in")


partner_router = Router(
    "/queue",
    route_handlers=[
        show_queue, answer, ask_time, stopped, show_orders, queue_door, queue_enter, queue_leave,
    ],
    exception_handlers={**HANDLERS, NoVisit: to_door}, request_max_body_size=BODY_LIMIT,
)
