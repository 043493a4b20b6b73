"""What may I cancel? Per line and fulfilment order: now, with approval, not at all, and why."""

from countermand.ask.checks import with_velocity
from countermand.context import Context
from countermand.decide.candidates import Fate, candidates
from countermand.decide.conclude import tick
from countermand.decide.decision import Approve, AskApproval, Declined, PartDecision, decide
from countermand.errors import NotFound
from countermand.inform.views import Json
from countermand.model.order import Order
from countermand.model.policy import Policy, PolicyBook
from countermand.model.reasons import reason_label, reasons_for
from countermand.model.request import Ask, Asker, Kind, Wanted


async def cancellation_options(
    ctx: Context, merchant: str, number: str, asker: Asker, kind: Kind = Kind.CANCELLATION
) -> Json:
    """The options of one order for one asker; nothing is written.

    Errors: NotFound.
    """
    order = await ctx.store.load(merchant, number)
    if order is None:
        raise NotFound(f"There is no order {number}.")
    policies = await ctx.policies.book(ctx.store, order)
    now = ctx.host.now()
    order = tick(order, policies, now)
    ask = await with_velocity(ctx, order, _everything(order, asker, kind), policies.current, now)
    decisions = decide(order, ask, policies.current, now) if ask.lines else ()
    return options_view(order, decisions, policies, asker)


def _everything(order: Order, asker: Asker, kind: Kind) -> Ask:
    """Every unit that is not cancelled yet, line by line, so that held and despatched ones are explained as well."""
    wanted: dict[str, int] = {}
    for line in order.lines:
        one = Ask(asker, kind, (Wanted(line.id, line.quantity),))
        units = sum(each.quantity for each in candidates(order, one) if each.fate is not Fate.MISSING)
        if units:
            wanted[line.id] = units
    return Ask(asker, kind, tuple(Wanted(line, units) for line, units in wanted.items()))


def options_view(
    order: Order, decisions: tuple[PartDecision, ...], policies: PolicyBook, asker: Asker
) -> Json:
    """One row per line, fulfilment order and kind of answer."""
    return {
        "order": order.number,
        "version": order.version,
        "lines": [option_view(order, decision) for decision in decisions],
        "reasons": reason_choices(policies.current, asker, order.customer.locale),
    }


def reason_choices(policy: Policy, asker: Asker, locale: str) -> list[Json]:
    """The reasons this asker may choose from, with the labels of their language."""
    language = locale.partition("-")[0].partition("_")[0]
    return [
        {"code": reason.code, "label": reason_label(reason, language)}
        for reason in reasons_for(policy, asker.role, language)
    ]


def option_view(order: Order, decision: PartDecision) -> Json:
    candidate = decision.candidate
    holder = candidate.fulfilment_order
    view: Json = {
        "line": candidate.line.id, "title": candidate.line.title,
        "fulfilment_order": holder.id if holder else None, "stage": candidate.stage,
        "cancellable_now": 0, "with_approval": 0, "not_cancellable": 0, "outcome": "declined",
        "reason": None, "until": None, "next_step": None, "answer_by": None, "on_silence": None,
    }
    match decision:
        case Approve():
            return {**view, "cancellable_now": candidate.quantity, "outcome": "approved"}
        case AskApproval():
            return {
                **view, "with_approval": candidate.quantity, "outcome": "awaiting_approval",
                "answer_by": decision.answer_by, "on_silence": decision.on_silence,
            }
        case Declined():
            return {
                **view, "not_cancellable": candidate.quantity, "reason": decision.reason,
                "until": decision.until, "next_step": decision.next_step,
            }
