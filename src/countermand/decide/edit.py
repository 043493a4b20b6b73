"""The shop changed its order (PUT /orders): merge what it says into what has happened here, and undo none of it.

The shop is the source of truth for what was sold and what it costs; we are for what is cancelled, held or on its way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from countermand.decide.edit_goods import Placed, place_units
from countermand.decide.edit_money import merged_payments
from countermand.decide.goods_events import apply_goods_event
from countermand.decide.ship_gate import GoodsEvent, Happening, Passed
from countermand.model.fulfilment import FulfilmentOrder, Stage
from countermand.model.order import Line, Order, counts
from countermand.model.policy import PolicyBook
from countermand.model.request import Asker, GoodsState, Kind, Outcome, Part, PartState, Request, Role


@dataclass(frozen=True, slots=True)
class Committed:
    """A line of which the shop wants fewer units than are already cancelled, held or despatched."""

    line: str
    wanted: int
    cancelled: int
    held: int
    despatched: int

    @property
    def committed(self) -> int:
        return self.cancelled + self.held + self.despatched


class UnitsBelowCommitted(Exception):
    """The shop cannot take out units that are already spoken for; `lines` has the numbers, by line."""

    def __init__(self, lines: tuple[Committed, ...]) -> None:
        super().__init__("; ".join(
            f"line {each.line}: {each.wanted} wanted, but {each.cancelled} are cancelled, {each.held} held and "
            f"{each.despatched} despatched" for each in lines
        ))
        self.lines = lines


class CurrencyChanged(Exception):
    """Amounts in another currency cannot be merged with what was already paid and refunded."""


def is_newer(order: Order, incoming: Order) -> bool:
    """Does the shop speak of a later state than the one we know? Equal or older is ignored by the caller."""
    if order.source_updated_at is None:
        return True
    return incoming.source_updated_at is not None and incoming.source_updated_at > order.source_updated_at


def edit_order(
    order: Order,
    incoming: Order,
    *,
    request_id: str,
    policies: PolicyBook,
    now: datetime,
    fulfilment_stated: bool,
) -> Order:
    """The order as the shop has it now, with all that happened here kept. `conclude` must follow.

    `incoming`: freshly read from the body. `request_id`: for the one completed request, by the platform, that holds
    the units which the shop took out; unused if there are none. `fulfilment_stated`: the body itself says who sends
    what (`states_fulfilment`); else the units stay where they are.
    Errors: UnitsBelowCommitted, CurrencyChanged.
    """
    if incoming.currency != order.currency:
        raise CurrencyChanged(f"the order is in {order.currency} and cannot change to {incoming.currency}")
    _refuse_below_committed(order, incoming)
    placed = place_units(order, incoming, fulfilment_stated)
    edited = replace(
        order,
        customer=incoming.customer, ship_to=incoming.ship_to, placed_at=incoming.placed_at,
        lines=_merged_lines(order, incoming, placed), charges=incoming.charges, coupons=incoming.coupons,
        fulfilment_orders=placed.fulfilment_orders, prices_include_tax=incoming.prices_include_tax,
        accepted_excess=incoming.accepted_excess, platform=incoming.platform or order.platform,
        source_updated_at=incoming.source_updated_at, intake_digest=incoming.intake_digest, quarantined=None,
    )
    if placed.removed:
        request = _removal(edited, placed, request_id, policies, now)
        edited = replace(edited, requests=(*edited.requests, request))
    edited = replace(edited, payments=merged_payments(edited, incoming.payments, now))
    return _raise_stages(edited, incoming.fulfilment_orders, policies, now) if fulfilment_stated else edited


def _refuse_below_committed(order: Order, incoming: Order) -> None:
    wanted = {line.id: line.quantity for line in incoming.lines}
    short = []
    for line in order.lines:
        units = counts(order, line.id)
        spoken_for = Committed(
            line.id, wanted.get(line.id, 0), units.cancelled - line.removed, units.held, units.despatched
        )
        if spoken_for.wanted < spoken_for.committed:
            short.append(spoken_for)
    if short:
        raise UnitsBelowCommitted(tuple(short))


def _merged_lines(order: Order, incoming: Order, placed: Placed) -> tuple[Line, ...]:
    """Known lines in their order, then new ones. `quantity` keeps counting what the shop took out."""
    told = {line.id: line for line in incoming.lines}
    lines = []
    for line in order.lines:
        removed = line.removed + placed.removed_of(line.id)
        new = told.pop(line.id, None)
        if new is not None:
            lines.append(replace(new, quantity=new.quantity + removed, removed=removed))
        else:
            # Nothing of it is sold any more, so its amounts speak of no unit.
            lines.append(replace(line, quantity=removed, removed=removed, discount=0, tax=0))
    return (*lines, *told.values())


def _removal(order: Order, placed: Placed, request_id: str, policies: PolicyBook, now: datetime) -> Request:
    """What the shop took out, as a request that is over: it decided, it stopped the goods and it restocks them."""
    parts = tuple(
        Part(
            number, line, fulfilment_order, units, Outcome.APPROVED, PartState.COMPLETED, GoodsState.STOPPED,
            placed.stage_of(fulfilment_order), restock=False,
        )
        for number, ((line, fulfilment_order), units) in enumerate(placed.removed.items(), 1)
    )
    return Request(
        request_id, Kind.CANCELLATION, Asker(Role.PLATFORM), None, None, policies.current.version, now, parts
    )


def _raise_stages(order: Order, told: Iterable[FulfilmentOrder], policies: PolicyBook, now: datetime) -> Order:
    """A higher stage in the body is a report like any other: held or cancelled units that left are found out."""
    known = {each.id: each for each in order.fulfilment_orders}
    for each in told:
        home = known.get(each.id)
        if home is None:
            continue
        more_left = each.stage.rank >= Stage.DESPATCHED.rank and any(row.open for row in home.lines)
        if each.stage.rank > home.stage.rank or more_left:
            event = GoodsEvent(f"edit-{order.version}-{each.id}", each.id, Happening(each.stage.value), "report", now)
            passed = apply_goods_event(order, event, policies, now)
            assert isinstance(passed, Passed), "a report of a known fulfilment order is never refused"
            order = passed.order
    return order
