"""The order page, why it cannot be cancelled, keeping the order, the outcome; and all customer routes."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from countermand.ask.retract import retract
from countermand.errors import NotFound, Problem, TooLateToRetract
from countermand.model.request import Kind, Request
from countermand.web.customer.cancel import cancel_page, cancel_send, cancel_status, check_choice
from countermand.web.customer.desk import AnyRequest, Desk, at_order, offers_of
from countermand.web.customer.link import enter_by_link, find_form, find_send, no_visit
from countermand.web.customer.present import order_page
from countermand.web.customer.present_result import result_page
from countermand.web.customer.withdraw import withdraw_page, withdraw_send
from countermand.web.pages.choice import alike
from countermand.web.pages.errors import HANDLERS
from countermand.web.pages.forms import BODY_LIMIT, form_key, read_form
from countermand.web.pages.frame import appearance
from countermand.web.pages.once import once
from countermand.web.pages.render import see_other
from countermand.web.pages.session import NoVisit
from countermand.web.pages.words import text


@get("/orders/{number:str}", include_in_schema=False)
async def show_order(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    return await order_answer(await at_order(request, number))


async def order_answer(desk: Desk, notices: tuple[dict[str, Any], ...] = (), status: int = 200) -> Response[bytes]:
    """The order page; `notices` are about what was just tried."""
    offers = await offers_of(desk)
    shown = order_page(desk.order, desk.views(), desk.label(), desk.reader, cancellable=bool(offers.lines))
    keys = {each.id: desk.key() for each in shown.boxes if each.retract}
    return desk.stand.page(
        "customer/order.html", status=status, it=shown, base=desk.base, keys=keys, notices=notices,
        why=bool(offers.blocked), withdraw=bool((await offers_of(desk, Kind.WITHDRAWAL)).lines),
    )


@get("/orders/{number:str}/why", include_in_schema=False)
async def show_why(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """Why not, until when it was possible, and what to do instead (B4)."""
    desk = await at_order(request, number)
    return await why_answer(desk)


async def why_answer(desk: Desk) -> Response[bytes]:
    offers = await offers_of(desk)
    if not offers.blocked:
        says, lede = text("You can cancel this order"), text("Nothing stands in the way.")
        if not offers.lines:
            says, lede = text("There is nothing left to cancel"), text("Every item is cancelled already.")
    elif offers.lines:
        says, lede = text("You can cancel a part of this order"), text("Here is why the rest cannot be cancelled.")
    else:
        says, lede = text("You cannot cancel this order any more"), offers.blocked[0].why
    texts = desk.policies.current.return_instructions
    return desk.stand.page(
        "customer/why.html", order=desk.order, base=desk.base, offers=offers, says=says, lede=lede,
        groups=alike(offers.blocked),
        policy_version=desk.policies.current.version, instructions=texts.get(desk.reader.language) or texts.get("en"),
    )


@get("/orders/{number:str}/requests/{request_id:str}", include_in_schema=False)
async def show_result(request: AnyRequest, number: FromPath[str], request_id: FromPath[str]) -> Response[bytes]:
    desk = await at_order(request, number)
    return result_answer(desk, request_of(desk, request_id))


def request_of(desk: Desk, request_id: str) -> Request:
    """The request, only if it belongs to the order that was opened."""
    found = next((each for each in desk.order.requests if each.id == request_id), None)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def result_answer(
    desk: Desk, request: Request, notices: tuple[dict[str, Any], ...] = (), status: int = 200
) -> Response[bytes]:
    policy = desk.policies.version(request.policy_version)
    shown = result_page(
        desk.order, request, desk.views()[request.id], desk.label(), policy, desk.reader, desk.shop
    )
    return desk.stand.page(
        "customer/result.html", status=status, it=shown, base=desk.base, key=desk.key(), notices=notices
    )


@post("/orders/{number:str}/requests/{request_id:str}/keep", status_code=303, include_in_schema=False)
async def keep_order(request: AnyRequest, number: FromPath[str], request_id: FromPath[str]) -> Response[bytes]:
    """Take the request back while that is possible."""
    desk = await at_order(request, number)
    form = await read_form(request)
    asked = request_of(desk, request_id)
    key = once(f"POST {desk.base}/requests/{asked.id}/keep", form_key(form), b"keep")
    try:
        await retract(desk.ctx, desk.order.merchant, asked.id, desk.actor, idempotency=key)
    except TooLateToRetract as too_late:
        fresh = await at_order(request, number)
        return result_answer(fresh, request_of(fresh, request_id), (too_late_notice(too_late),), status=409)
    return see_other(f"{desk.base}/requests/{asked.id}")


def too_late_notice(problem: Problem) -> dict[str, Any]:
    return {
        "tone": "amber", "icon": "tri", "role": "alert", "focus": True, "title": text("It is too late to keep it"),
        "lines": (text("The goods were stopped before your answer arrived. We have not changed anything."),),
    }


customer_router = Router(
    "/",
    route_handlers=[
        show_order, show_why, show_result, keep_order, cancel_page, cancel_send, cancel_status, check_choice,
        withdraw_page, withdraw_send, enter_by_link, find_form, find_send, appearance,
    ],
    exception_handlers={**HANDLERS, NoVisit: no_visit}, request_max_body_size=BODY_LIMIT,
)
"""Everything under `/o/` and `/orders/`, the way back to a lost order, and the appearance switch of all pages."""
