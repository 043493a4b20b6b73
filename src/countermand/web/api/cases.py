"""Cases: the questions put to whoever holds the goods, and their answers."""

from typing import cast

from countermand.decide.approval import CaseAnswer
from countermand.errors import CaseAlreadyAnswered, CaseClosed, NoMoreTime, NotFound, OrderBusy
from countermand.escalate.answer import MayAnswer, answer_case, more_time
from countermand.inform.views import case_view
from countermand.model.request import Answerer, Case, CaseState
from countermand.web.api.bodies import ANSWER, NOTHING, NUMBER, SLUG_TEXT
from countermand.web.api.call import EVERYBODY, Call, Incoming, Reply, json_reply, reply_of
from countermand.web.api.paging import Parameter, page, paged, wanted_page
from countermand.web.api.schemas import CASE, listed
from countermand.web.api.shape import Choice
from countermand.web.api.visible import order_of
from countermand.web.auth import Scope, Side


async def post_answer(call: Incoming) -> Reply:
    """Approve or decline; with `lines`, approve those and decline the rest. One answer wins."""
    lines = call.body.get("lines")
    given = CaseAnswer(
        call.body["answer"] == "approve",
        call.body.get("reason"),
        None if lines is None else {each["line"]: each["quantity"] for each in lines},
    )
    answer = await answer_case(
        call.ctx, call.merchant, call.path["id"], given, call.caller.actor, idempotency=call.idempotency,
        may=await may_answer(call),
    )
    return reply_of(answer)


async def post_more_time(call: Incoming) -> Reply:
    """Ask for more time, once."""
    answer = await more_time(
        call.ctx, call.merchant, call.path["id"], call.caller.actor, idempotency=call.idempotency,
        may=await may_answer(call),
    )
    return reply_of(answer)


async def list_cases(call: Incoming) -> Reply:
    """Cases, most urgent first; a holder sees its own."""
    limit, after = wanted_page(call.query)
    mine = await own_holders(call)
    named = cast(str | None, call.query.get("holder"))
    chosen = mine if named is None else frozenset({named}) if mine is None else mine & {named}
    found = await call.ctx.store.list_cases(
        call.merchant, limit, after, holders=chosen, state=cast(CaseState | None, call.query.get("state")),
        order=cast(str | None, call.query.get("order")),
    )
    orders = {number: await order_of(call, number) for number in dict.fromkeys(each.order for each in found.items)}
    return json_reply(200, page((case_view(orders[each.order], each.case) for each in found.items), found.after))


async def own_holders(call: Incoming) -> frozenset[str] | None:
    """The holders whose cases the caller may see; None = all of the merchant's."""
    match call.caller.side:
        case Side.MERCHANT:
            return None
        case Side.HOLDER:
            return frozenset({call.caller.holder or ""})
        case Side.SELLER:
            holders = await call.ctx.store.holders(call.merchant)
            return frozenset(each.id for each in holders if each.seller == call.caller.seller)


async def may_answer(call: Incoming) -> MayAnswer:
    """Whoever holds the goods answers; the merchant answers any case. Others' cases are not there for the caller."""
    mine = await own_holders(call)

    def may(case: Case) -> bool:
        if mine is None:
            return True
        if case.holder not in mine:
            raise NotFound(f"There is no case {case.id}.")
        return case.answerer is Answerer.HOLDER

    return may


FILTERS = (
    Parameter("holder", SLUG_TEXT, "Cases that this holder is to answer."),
    Parameter("state", Choice(tuple(CaseState)), "Cases in this state."),
    Parameter("order", NUMBER, "Cases of this order."),
)
REFUSALS = (CaseAlreadyAnswered, CaseClosed, OrderBusy)
CALLS = (
    Call(
        "GET", "/cases", "Find cases, most urgent first", Scope.CASES_READ, list_cases, {200: listed(CASE)},
        sides=EVERYBODY, query=FILTERS + paged(int, str), tag="cases",
    ),
    Call(
        "POST", "/cases/{id}/answer", "Approve or decline, wholly or in part", Scope.CASES_WRITE, post_answer,
        {200: CASE}, sides=EVERYBODY, body=ANSWER, changing=True, refusals=REFUSALS, tag="cases",
    ),
    Call(
        "POST", "/cases/{id}/more-time", "Ask for more time, once", Scope.CASES_WRITE, post_more_time,
        {200: CASE}, sides=EVERYBODY, body=NOTHING, body_optional=True, changing=True,
        refusals=(*REFUSALS, NoMoreTime), tag="cases",
    ),
)
