"""The ship gate: an integration claims a despatch (asks first) or reports it (it happened). One of the two wins.

A claim can be refused; a report never is. Judged in the order of DESIGN section 3, "Ship gate".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from countermand.decide.refusal import No, Refusal
from countermand.decide.units import each_part, held_by, holds_units, with_fulfilment_order
from countermand.model.fulfilment import FulfilmentLine, FulfilmentOrder, Stage
from countermand.model.order import Order
from countermand.model.request import CaseState, PartState

AWAITING = frozenset({PartState.AWAITING_APPROVAL})
DECIDED = frozenset({PartState.APPROVED, PartState.EXECUTING, PartState.NEEDS_ATTENTION})


class Happening(StrEnum):
    """What a fulfilment event says: a stage, or something that is not a stage."""

    UNRELEASED = "unreleased"
    RELEASED = "released"
    PICKING = "picking"
    PACKED = "packed"
    DESPATCHED = "despatched"
    DELIVERED = "delivered"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    STOPPED = "stopped"
    CLAIM_WITHDRAWN = "claim_withdrawn"

    @property
    def stage(self) -> Stage | None:
        return Stage(self.value) if self.value in set(Stage) else None


@dataclass(frozen=True, slots=True)
class GoodsEvent:
    """One fulfilment event. `lines`: units per line; None = by the rules of the gate. `of`: an earlier event's id.

    `request`: `stopped` is about the goods of this request alone, because it answers its own stop.
    """

    event_id: str
    fulfilment_order: str
    event: Happening
    mode: Literal["claim", "report"]
    occurred_at: datetime
    lines: Mapping[str, int] | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    of: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """What may leave, and what must stay: units per line."""

    order: Order
    ship: Mapping[str, int]
    do_not_ship: Mapping[str, int]


def claim(order: Order, event: GoodsEvent) -> Passed | Refusal:
    """May these units go on? A granted despatch claim makes them despatched at once."""
    holder = order.fulfilment_order(event.fulfilment_order)
    rows = {row.line: row for row in holder.lines}
    named = event.lines
    asked = dict(named) if named is not None else {line: row.quantity - row.despatched for line, row in rows.items()}
    waiting = {line: held_by(order, holder.id, line, AWAITING) for line in rows}
    if all(rows[line].open + waiting[line] == 0 for line in asked):
        gone = all(units <= (rows[line].despatched if named else 0) for line, units in asked.items())
        no, words = (No.ALREADY_DESPATCHED, "have left already") if gone else (No.ORDER_CANCELLED, "are cancelled")
        return Refusal(no, f"These units {words}.", gate_facts(order, holder))
    decided = any(row.cancelled or held_by(order, holder.id, row.line, DECIDED) for row in holder.lines)
    if named is None and decided:
        return Refusal(
            No.LINES_CHANGED, "Some units are cancelled. Claim again with the lines that are open.",
            gate_facts(order, holder),
        )
    for line, units in asked.items():
        if units > rows[line].open:
            return _short(order, holder, line, waiting[line])
    ship = {line: units for line, units in asked.items() if units}
    if event.event.stage is Stage.DESPATCHED:
        return Passed(_despatch_claimed(order, holder, ship, event), ship, stay(order, holder))
    return Passed(raise_stage(order, holder.id, event), ship, stay(order, holder))


def _short(order: Order, holder: FulfilmentOrder, line: str, waiting: int) -> Refusal:
    """More was asked than is open: on hold if a case is deciding about it, cancelled otherwise."""
    facts = gate_facts(order, holder)
    if not waiting:
        return Refusal(No.ORDER_CANCELLED, f"Line {line} has fewer open units than that.", facts)
    case = next(
        case
        for case in order.cases
        if case.fulfilment_order == holder.id and case.state is CaseState.OPEN
        and any(part.case == case.id and part.line == line and holds_units(part) for _, part in each_part(order))
    )
    return Refusal(
        No.ORDER_ON_HOLD, f"Line {line} waits for an answer.", {**facts, "case": case.id, "answer_by": case.answer_by}
    )


def gate_facts(order: Order, holder: FulfilmentOrder) -> Mapping[str, object]:
    """Open, held and cancelled units per line, for every refused claim."""
    lines = [
        {"line": row.line, "open": row.open, "held": row.held, "cancelled": row.cancelled} for row in holder.lines
    ]
    return {"fulfilment_order": holder.id, "lines": lines, "version": order.version}


def stay(order: Order, holder: FulfilmentOrder) -> Mapping[str, int]:
    """Units that must not leave: held or cancelled."""
    rows = order.fulfilment_order(holder.id).lines
    return {row.line: row.held + row.cancelled for row in rows if row.held + row.cancelled}


def _despatch_claimed(order: Order, holder: FulfilmentOrder, ship: Mapping[str, int], event: GoodsEvent) -> Order:
    rows = tuple(_claimed(row, ship.get(row.line, 0)) for row in holder.lines)
    order = with_fulfilment_order(order, replace(holder, lines=rows))
    if any(row.open + row.held for row in rows):
        return raise_stage(order, holder.id, replace(event, event=Happening.PACKED))
    return raise_stage(order, holder.id, event)


def _claimed(row: FulfilmentLine, units: int) -> FulfilmentLine:
    return replace(row, open=row.open - units, despatched=row.despatched + units, claimed=row.claimed + units)


def raise_stage(order: Order, fulfilment_order: str, event: GoodsEvent) -> Order:
    """Stages may be skipped, never lowered: an older or lower one is recorded and changes nothing."""
    holder = order.fulfilment_order(fulfilment_order)
    stage = event.event.stage
    if stage is None or stage.rank <= holder.stage.rank:
        return order
    return with_fulfilment_order(order, replace(holder, stage=stage, stage_since=event.occurred_at))


def withdraw_claim(order: Order, event: GoodsEvent) -> Passed | Refusal:
    """A granted claim that did not ship: its units are open again, until a carrier scan confirmed them."""
    holder = order.fulfilment_order(event.fulfilment_order)
    wanted = {row.line: row.claimed for row in holder.lines} if event.lines is None else dict(event.lines)
    back = {line: units for line, units in wanted.items() if units}
    short = any(units > row.claimed for row in holder.lines for units in (back.get(row.line, 0),))
    if not back or short:
        return Refusal(No.CLAIM_CONFIRMED, "No unconfirmed claim has these units.", gate_facts(order, holder))
    rows = tuple(_unclaimed(row, back.get(row.line, 0)) for row in holder.lines)
    # The despatch never happened, so this is not an older stage coming late.
    stage = Stage.PACKED if holder.stage is Stage.DESPATCHED else holder.stage
    changed = replace(holder, lines=rows, stage=stage, stage_since=event.occurred_at)
    order = with_fulfilment_order(order, changed)
    return Passed(order, {}, stay(order, holder))


def _unclaimed(row: FulfilmentLine, units: int) -> FulfilmentLine:
    return replace(row, open=row.open + units, despatched=row.despatched - units, claimed=row.claimed - units)
