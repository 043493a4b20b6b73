"""Rows to dataclasses: the other way of rows.py, from the JSON arrays that one statement gives for a whole order."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from countermand.model.fulfilment import (
    Control,
    FulfilmentLine,
    FulfilmentOrder,
    Parcel,
    ParcelLine,
    ParcelState,
    Stage,
)
from countermand.model.order import (
    Bundle,
    Charge,
    ChargeKind,
    ChargeRule,
    Customer,
    Line,
    LineKind,
    Order,
    ShipTo,
    WorkItem,
)
from countermand.model.payment import Duty, DutyKind, DutyState, Payment, PaymentState
from countermand.model.plan import Step, StepKind, StepLine, StepState
from countermand.model.request import (
    Answerer,
    Asker,
    Case,
    CaseState,
    Decline,
    GoodsState,
    Kind,
    NextStep,
    Outcome,
    Part,
    PartState,
    Request,
    Role,
    Silence,
)
from countermand.store.rows import EPOCH
from countermand.store.tables import AGGREGATE, ORDER_WIDE, Table

Cells = list[Any]
Owner = TypeVar("Owner")
Owned = TypeVar("Owned")
DECODE = msgspec.json.Decoder(list[list[Any]]).decode
DECODE_LIST = msgspec.json.Decoder(list[Any]).decode


def instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def maybe_instant(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def words(text: str) -> tuple[str, ...]:
    """A JSON list of strings; nearly all are empty."""
    return () if text == "[]" else tuple(DECODE_LIST(text))


def order_columns() -> tuple[str, ...]:
    """Columns of the one row that `order_of` reads: the order's own, then one JSON list for each table."""
    return tuple(column.name for column in ORDER_WIDE) + tuple(each.name for each in AGGREGATE)


OWN = len(ORDER_WIDE)


def order_of(merchant: str, number: str, row: Cells) -> Order:
    """The whole aggregate from one row."""
    (
        version, audit_sequence, audit_head, _, _, name, email, locale, _, _, city, postcode, country, currency,
        placed_at, coupons, prices_include_tax, accepted_excess, platform, source_updated_at, intake_digest,
        quarantined,
    ) = row[:OWN]
    lists = [sorted_cells(table, text) for table, text in zip(AGGREGATE, row[OWN:], strict=True)]
    lines, charges, payments, orders, order_lines, parcels, requests, parts, cases, duties, steps, work = lists
    return Order(
        merchant, number, version, Customer(name, email, locale), ShipTo(city, postcode, country), currency,
        instant(placed_at),
        tuple([line_of(cells) for cells in lines]),
        tuple([charge_of(cells) for cells in charges]),
        tuple([payment_of(cells) for cells in payments]),
        grouped(orders, order_lines, fulfilment_line_of, fulfilment_order_of),
        tuple([parcel_of(cells) for cells in parcels]),
        grouped(requests, parts, part_of, request_of),
        tuple([case_of(cells) for cells in cases]),
        tuple([duty_of(cells) for cells in duties]),
        tuple([step_of(cells) for cells in steps]),
        tuple([work_of(cells) for cells in work]),
        words(coupons), bool(prices_include_tax), accepted_excess, platform, maybe_instant(source_updated_at),
        intake_digest, quarantined, audit_sequence, audit_head,
    )


def sorted_cells(table: Table, text: str | None) -> list[Cells]:
    """The rows of one table in the order in which the aggregate had them."""
    if not text or text == "[]":
        return []
    cells = DECODE(text)
    if len(cells) > 1:
        index = POSITION[table.name]
        cells.sort(key=lambda row: row[index])
    return cells


POSITION: Mapping[str, int] = {table.name: table.sort_index for table in AGGREGATE}


def grouped(
    owners: list[Cells],
    owned: list[Cells],
    owned_of: Callable[[Cells], Owned],
    owner_of: Callable[[Cells, tuple[Owned, ...]], Owner],
) -> tuple[Owner, ...]:
    """Owners with what they own; a row's first cell names its owner."""
    by_owner: dict[str, list[Owned]] = {}
    for cells in owned:
        by_owner.setdefault(cells[0], []).append(owned_of(cells))
    return tuple([owner_of(cells, tuple(by_owner.get(cells[0], ()))) for cells in owners])


def line_of(cells: Cells) -> Line:
    (
        id_, _, sku, title, quantity, price, discount, tax, seller, kind, tags, bundle, divisible, expected, removed,
    ) = cells
    return Line(
        id_, sku, title, quantity, price, discount, tax, seller, LineKind(kind), words(tags),
        None if bundle is None else Bundle(bundle, bool(divisible)), maybe_instant(expected), removed,
    )


def charge_of(cells: Cells) -> Charge:
    id_, _, kind, amount, tax, refund, seller, fulfilment_order, lines, surcharge = cells
    return Charge(
        id_, ChargeKind(kind), amount, tax, ChargeRule(refund), seller, fulfilment_order, words(lines),
        bool(surcharge),
    )


def payment_of(cells: Cells) -> Payment:
    (
        id_, _, provider, reference, state, authorised, captured, refunded, charged_back, released, apart, disputed,
        captured_at, method, counted,
    ) = cells
    return Payment(
        id_, provider, reference, PaymentState(state), authorised, captured, refunded, charged_back, released, apart,
        bool(disputed), maybe_instant(captured_at), method, words(counted),
    )


def fulfilment_order_of(cells: Cells, lines: tuple[FulfilmentLine, ...]) -> FulfilmentOrder:
    id_, _, holder, stage, control, plugin = cells
    return FulfilmentOrder(id_, holder, Stage(stage), Control(control), lines, plugin)


def fulfilment_line_of(cells: Cells) -> FulfilmentLine:
    return FulfilmentLine(cells[1], *cells[3:])


def parcel_of(cells: Cells) -> Parcel:
    id_, _, fulfilment_order, stray, state, lines, despatched_at, event_id, carrier, number, url = cells
    return Parcel(
        id_, fulfilment_order, bool(stray), ParcelState(state),
        tuple([ParcelLine(*line) for line in DECODE(lines)]), instant(despatched_at), event_id, carrier, number, url,
    )


def request_of(cells: Cells, parts: tuple[Part, ...]) -> Request:
    (
        id_, _, kind, role, name, asker, channel, reason, comment, policy_version, created_at, all_or_nothing, due_at,
        _,
    ) = cells
    return Request(
        id_, Kind(kind), Asker(Role(role), name, asker, channel), reason, comment, policy_version,
        instant(created_at), parts, bool(all_or_nothing), maybe_instant(due_at),
    )


def part_of(cells: Cells) -> Part:
    (
        _, number, _, line, fulfilment_order, quantity, outcome, state, goods, stage, reason, until, next_step,
        answer_by, on_silence, case, group, restock, fee_fixed, fee_percent, pivot_at, cleared, returned,
    ) = cells
    return Part(
        number, line, fulfilment_order, quantity, Outcome(outcome), PartState(state), GoodsState(goods), Stage(stage),
        None if reason is None else Decline(reason), maybe_instant(until),
        None if next_step is None else NextStep(next_step), maybe_instant(answer_by),
        None if on_silence is None else Silence(on_silence), case, group, bool(restock), fee_fixed, fee_percent,
        maybe_instant(pivot_at), bool(cleared), returned,
    )


def case_of(cells: Cells) -> Case:
    (
        id_, _, request, fulfilment_order, holder, answerer, state, opened_at, answer_by, on_silence, final_default,
        escalated, extended, answer, reason, answered_by, answered_at,
    ) = cells
    return Case(
        id_, request, fulfilment_order, holder, Answerer(answerer), CaseState(state), instant(opened_at),
        instant(answer_by), Silence(on_silence), Silence(final_default), bool(escalated), bool(extended), answer,
        reason, answered_by, maybe_instant(answered_at),
    )


def duty_of(cells: Cells) -> Duty:
    (
        id_, _, request, kind, amount, state, generation, created_at, payment, due_at, due_by, reference, failure,
        failures,
    ) = cells
    return Duty(
        id_, request, DutyKind(kind), amount, DutyState(state), generation, instant(created_at), payment,
        maybe_instant(due_at), maybe_instant(due_by), reference, failure, failures,
    )


def step_of(cells: Cells) -> Step:
    request, number, _, kind, subject, state, generation, attempt, due_at, lines, receipt, failure = cells
    return Step(
        request, number, StepKind(kind), subject, StepState(state), generation, attempt, maybe_instant(due_at),
        () if lines == "[]" else tuple([StepLine(*line) for line in DECODE(lines)]), receipt, failure,
    )


def work_of(cells: Cells) -> WorkItem:
    _, kind, subject, opened_at, request, closed_at, note = cells
    return WorkItem(kind, subject, instant(opened_at), request, maybe_instant(closed_at), note)
