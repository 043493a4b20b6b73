"""What a seller's key sees of an order: its own lines, and nothing of the others' or of the payments."""

from typing import Any

from countermand.errors import BadFields, Fault, NotFound
from countermand.model.order import Order, counts
from countermand.model.request import Asker, Role, Wanted
from countermand.web.api.call import Incoming
from countermand.web.auth import Caller, Side

WHOLE_ORDER = frozenset({"payments", "charges", "accepted_excess", "refunds", "coupons", "work", "cases"})
"""Members of an order's view that speak of more than one seller's goods."""


def own_lines(order: Order, caller: Caller) -> frozenset[str]:
    """The ids of the lines that the caller may see."""
    if caller.side is not Side.SELLER:
        return frozenset(line.id for line in order.lines)
    return frozenset(line.id for line in order.lines if line.seller == caller.seller)


def must_see(order: Order | None, caller: Caller, number: str) -> Order:
    """The order, if it is there and the caller may see any of it. Errors: NotFound."""
    if order is None or (caller.side is Side.SELLER and not own_lines(order, caller)):
        raise NotFound(f"There is no order {number}.")
    if caller.side is Side.HOLDER and not any(each.holder == caller.holder for each in order.fulfilment_orders):
        raise NotFound(f"There is no order {number}.")
    return order


async def order_of(call: Incoming, number: str) -> Order:
    """The order that a call is about. Errors: NotFound."""
    return must_see(await call.ctx.store.load(call.merchant, number), call.caller, number)


def seller_asker(caller: Caller) -> Asker:
    """Whoever a seller's key speaks for: the seller."""
    return Asker(Role.SELLER, id=caller.seller)


def seller_lines(order: Order, caller: Caller, wanted: tuple[Wanted, ...] | None) -> tuple[Wanted, ...]:
    """The lines of a seller's request: all that is left of its own if it names none. Errors: BadFields."""
    mine = own_lines(order, caller)
    if wanted is None:
        left = {line: counts(order, line) for line in sorted(mine)}
        return tuple(
            Wanted(line, each.quantity - each.cancelled)
            for line, each in left.items()
            if each.quantity > each.cancelled
        )
    faults = [
        Fault(f"lines[{index}].line", "is not a line of this order")
        for index, each in enumerate(wanted)
        if each.line not in mine
    ]
    if faults:
        raise BadFields(faults)
    return wanted


def for_seller(view: dict[str, Any], mine: frozenset[str]) -> dict[str, Any]:
    """An order's view with only a seller's own lines; no payments, no charges, no totals of the whole order."""
    seen = {key: value for key, value in view.items() if key not in WHOLE_ORDER}
    seen["lines"] = [line for line in view["lines"] if line["id"] in mine]
    for key in ("fulfilment_orders", "parcels"):
        if key in view:
            seen[key] = [
                {**each, "lines": lines}
                for each in view[key]
                if (lines := [line for line in each["lines"] if line["line"] in mine])
            ]
    seen["requests"] = [
        request for each in view.get("requests", []) if (request := request_for_seller(each, mine))["lines"]
    ]
    return seen


def request_for_seller(view: dict[str, Any], mine: frozenset[str]) -> dict[str, Any]:
    """A request's view with only a seller's own lines; the money is the whole order's, so it is left out."""
    seen = {key: value for key, value in view.items() if key != "money"}
    return {**seen, "lines": [line for line in view["lines"] if line["line"] in mine]}


