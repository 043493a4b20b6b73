"""How a state looks: each tag says its state by the word, the icon, the border and the tone (never by colour alone).

Solid = settled, dashed (`wait`) = someone has still to act, outline (`open`) = cancelled, filled (`act`) = act now.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from countermand.decide.shown import LOOKS, Shown, line_key, order_key, request_key
from countermand.model.fulfilment import Stage
from countermand.model.order import Order, counts
from countermand.model.request import LIVE, Decline, GoodsState, NextStep, Request, Silence
from countermand.web.pages.words import text

STOPPED = frozenset({GoodsState.STOPPED, GoodsState.NOT_NEEDED})


@dataclass(frozen=True, slots=True)
class Tag:
    words: str
    tone: str = "grey"
    icon: str = "dot"


def tag(shown: Shown, *, staff: bool = False) -> Tag:
    """The tag of what is shown, in the customer's words or in the merchant's."""
    look = LOOKS[shown]
    return Tag(look.merchant if staff else look.customer, f"{look.tone} {look.mark}".strip(), look.icon)


def request_tag(order: Order, request: Request, *, staff: bool = False) -> Tag:
    """A request's tag. Once its goods are stopped it says "Cancelled", also while its refund is still planned."""
    shown = request_key(order, request)
    living = [part for part in request.parts if part.state in LIVE]
    if shown is Shown.HELD and living and all(part.goods in STOPPED for part in living):
        shown = Shown.CANCELLED if len(living) == len(request.parts) else Shown.PART
    return tag(shown, staff=staff)


def order_tag(order: Order, *, staff: bool = False) -> Tag:
    """An order's tag. Where no unit is on hold, nothing is "requested": it is cancelled, wholly or in part."""
    shown = order_key(order)
    rows = [row for each in order.fulfilment_orders for row in each.lines]
    if shown is Shown.HELD and not any(row.held for row in rows) and any(row.cancelled for row in rows):
        shown = Shown.CANCELLED if all(row.cancelled == row.quantity for row in rows) else Shown.PART
    return tag(shown, staff=staff)


def line_tag(order: Order, lines: Iterable[str], *, staff: bool = False) -> Tag:
    """The most urgent tag of some lines, by the same rule."""
    ranked = list(Shown)
    return tag(min((_line_shown(order, line) for line in lines), key=ranked.index), staff=staff)


def _line_shown(order: Order, line: str) -> Shown:
    shown, now = line_key(order, line), counts(order, line)
    if shown is Shown.HELD and not now.held and now.cancelled:
        return Shown.CANCELLED if now.cancelled == now.quantity else Shown.PART
    return shown


STAGE_WORDS: dict[Stage, str] = {
    Stage.UNRELEASED: text("not yet at the warehouse"),
    Stage.RELEASED: text("at the warehouse"),
    Stage.PICKING: text("being picked"),
    Stage.PACKED: text("packed"),
    Stage.DESPATCHED: text("shipped"),
    Stage.DELIVERED: text("delivered"),
}

SILENCE_WORDS: dict[Silence, str] = {
    Silence.APPROVE: text("we cancel it for you"),
    Silence.DECLINE: text("it cannot be cancelled and it ships as planned"),
    Silence.ESCALATE: text("the shop decides"),
}
"""What it means when nobody answers in time; the end of the sentence "If nobody answers by then, …"."""

SILENCE_STAFF: dict[Silence, str] = {
    Silence.APPROVE: text("it is approved"), Silence.DECLINE: text("it is declined"),
    Silence.ESCALATE: text("the merchant is asked"),
}

DECLINE_WORDS: dict[Decline, str] = {
    Decline.WINDOW_CLOSED: text("The time for cancelling has passed."),
    Decline.TOO_LATE: text("The goods are already too far on their way out of the warehouse."),
    Decline.ALREADY_DESPATCHED: text("The goods have already shipped."),
    Decline.ALREADY_REQUESTED: text("You have already asked to cancel this."),
    Decline.NOT_ENOUGH_LEFT: text("There were not that many left to cancel."),
    Decline.PARTIAL_NOT_ALLOWED: text("This order can only be cancelled as a whole."),
    Decline.ASKER_NOT_ALLOWED: text("The shop does not let you cancel this by yourself."),
    Decline.NOT_CANCELLABLE: text("These goods cannot be cancelled."),
    Decline.BUNDLE_INDIVISIBLE: text("These goods belong to a set that can only be cancelled as a whole."),
    Decline.ALL_OR_NOTHING: text("Not everything could be cancelled, and you asked for all or nothing."),
    Decline.DECLINED_BY_HOLDER: text("Whoever holds the goods could not stop them."),
    Decline.ANSWER_OVERDUE: text("Nobody could confirm in time that the goods were stopped."),
    Decline.ALREADY_PACKED: text("The goods were already packed."),
    Decline.LOADED: text("The goods were already loaded."),
    Decline.HANDED_TO_CARRIER: text("The goods were already with the courier."),
    Decline.CANNOT_REACH: text("Nobody at the warehouse could be reached in time."),
    Decline.OTHER: text("The warehouse could not stop the goods."),
    Decline.EXEMPT_PERSONALISED: text("Goods made for you personally cannot be sent back."),
    Decline.EXEMPT_PERISHABLE: text("Goods that spoil quickly cannot be sent back."),
    Decline.EXEMPT_SEALED_HYGIENE: text("Sealed goods that were opened cannot be sent back for reasons of hygiene."),
    Decline.EXEMPT_SEALED_MEDIA: text("Sealed recordings and software that were opened cannot be sent back."),
    Decline.EXEMPT_DIGITAL_STARTED: text("You agreed that the download could start at once."),
    Decline.EXEMPT_DATED_SERVICE: text("A booking for a certain date cannot be withdrawn from."),
    Decline.EXEMPT_PRICE_FLUCTUATES: text("The price follows a market, so this cannot be sent back."),
    Decline.SELF_SERVICE_OFF: text("The shop has to look at this order first."),
}

NEXT_STEP_WORDS: dict[NextStep, tuple[str, str]] = {
    NextStep.REFUSE_ON_DELIVERY: (
        text("Refuse it at the door."),
        text("Tell the driver that you do not want it. It goes back and costs you nothing. "
             "You get your money when the goods are back."),
    ),
    NextStep.RETURN_ON_ARRIVAL: (
        text("Return it when it has arrived."),
        text("You get your money when the goods are back."),
    ),
    NextStep.CONTACT_SHOP: (text("Ask the shop."), text("Give them the order number above.")),
    NextStep.CONTACT_SELLER: (text("Ask the seller."), text("Give them the order number above.")),
    NextStep.CANCEL_WHOLE_ORDER: (text("Cancel the whole order."), text("That is still possible.")),
    NextStep.CANCEL_WHOLE_SET: (text("Cancel the whole set."), text("That is still possible.")),
    NextStep.WAIT_FOR_ANSWER: (
        text("Wait for the answer."), text("We write to you as soon as your first request is decided."),
    ),
}
"""The next best thing: what to do in bold, and what comes of it."""

ANSWER_WORDS: dict[Decline, str] = {
    Decline.ALREADY_PACKED: text("Packed"),
    Decline.LOADED: text("Loaded"),
    Decline.HANDED_TO_CARRIER: text("Handed to the courier"),
    Decline.CANNOT_REACH: text("Nobody can reach it"),
    Decline.OTHER: text("Other"),
}
