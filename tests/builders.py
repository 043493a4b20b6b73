"""Orders for tests of the shell: one plain order, one with everything on it, and any order at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from countermand.model.event import Actor, AuditEntry, Event
from countermand.model.fulfilment import (
    Control,
    FulfilmentLine,
    FulfilmentOrder,
    Holder,
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
from countermand.store.directory_port import Merchant, Seller, Store

NOW = datetime(2026, 11, 21, 10, 0, 0, 123456, UTC)
MERCHANT = "acme"


async def a_tenancy(store: Store, merchant: str = MERCHANT) -> None:
    """A merchant with the holder `main` and the seller `lamps`, as orders of this module want them."""
    assert await store.create_merchant(Merchant(merchant, merchant.title(), "00" * 32, NOW))
    assert await store.create_seller(Seller(merchant, "lamps", "Lamps & Co"), NOW)
    assert await store.create_holder(Holder(merchant, "main", "Warehouse"), NOW)


def an_order(number: str = "1042", merchant: str = MERCHANT, **more: Any) -> Order:
    """The order of the API's example: three mugs and their shipping, captured, nothing sent, version 1."""
    order = Order(
        merchant, number, 1, Customer("Ana Silva", "Ana@example.com", "de-DE"), ShipTo("Bonn", "53111", "DE"), "EUR",
        NOW, lines=(Line("1", "MUG", "Mug", 3, 1200, 300, 570),),
        charges=(Charge("shipping", ChargeKind.SHIPPING, 500, 95),),
        payments=(Payment("p1", "sandbox", "pi_123", PaymentState.CAPTURED, 4465, 4465, captured_at=NOW),),
        fulfilment_orders=(
            FulfilmentOrder("F1", "main", Stage.UNRELEASED, Control.CONFIRM, (FulfilmentLine("1", 3, 3),)),
        ),
    )
    return replace(order, **more)


def request_id(order: Order, number: int = 1) -> str:
    """Unique in the merchant for each order."""
    return f"cr_{order.number}-{number}"


def with_cancellation(order: Order) -> Order:
    """The next version, with one unit of the first line cancelled and its money and steps planned."""
    id_ = request_id(order, len(order.requests) + 1)
    home = order.fulfilment_orders[0]
    row = home.lines[0]
    cancelled = replace(row, open=row.open - 1, cancelled=row.cancelled + 1)
    part = Part(1, row.line, home.id, 1, Outcome.APPROVED, PartState.EXECUTING, GoodsState.STOPPED, Stage.UNRELEASED)
    request = Request(
        id_, Kind.CANCELLATION, Asker(Role.CUSTOMER, "Ana Silva"), "ordered_by_mistake", "two clicks", 1, NOW,
        (part,), due_at=NOW,
    )
    duty = Duty(f"rf_{id_}-1", id_, DutyKind.REFUND, 1290, DutyState.PLANNED, 1, NOW, due_by=NOW + timedelta(days=14))
    return replace(
        order, version=order.version + 1,
        fulfilment_orders=(replace(home, lines=(cancelled, *home.lines[1:])), *order.fulfilment_orders[1:]),
        requests=(*order.requests, request), duties=(*order.duties, duty),
        steps=(*order.steps, Step(id_, 1, StepKind.REFUND, duty.id), Step(id_, 2, StepKind.CLOSE_LINES, "order")),
    )


def with_question(order: Order) -> Order:
    """The next version, with one unit of the first line held and its holder asked."""
    id_ = request_id(order, len(order.requests) + 1)
    home = order.fulfilment_orders[0]
    row = home.lines[0]
    held = replace(row, open=row.open - 1, held=row.held + 1)
    case = Case(
        f"ca_{id_}-1", id_, home.id, home.holder, Answerer.HOLDER, CaseState.OPEN, NOW, NOW + timedelta(hours=4),
        Silence.DECLINE,
    )
    part = Part(
        1, row.line, home.id, 1, Outcome.AWAITING_APPROVAL, PartState.AWAITING_APPROVAL, GoodsState.HOLD_REQUESTED,
        Stage.PICKING, answer_by=case.answer_by, on_silence=Silence.DECLINE, case=case.id,
    )
    asker = Asker(Role.CUSTOMER)
    request = Request(id_, Kind.CANCELLATION, asker, None, None, 1, NOW, (part,), due_at=case.answer_by)
    return replace(
        order, version=order.version + 1, requests=(*order.requests, request), cases=(*order.cases, case),
        fulfilment_orders=(replace(home, lines=(held, *home.lines[1:])), *order.fulfilment_orders[1:]),
    )


def an_entry(sequence: int = 1, previous: str = "", digest: str = "d1") -> AuditEntry:
    """A link with one personal text beside it; its digest is made up."""
    event = Event("order.imported", "order", (("version", sequence),), personal=(("comment", "two clicks"),))
    sealed = '[{"data":{"version":1},"personal":{"comment":"k"},"subject":"order","type":"order.imported"}]'
    return AuditEntry(sequence, NOW, Actor("customer", "ck_1"), (event,), previous, digest, sealed)


# Any order at all that the constraints allow.

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
optional_texts = st.none() | texts
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
optional_instants = st.none() | instants
amounts = st.integers(0, 2**53)
small = st.integers(0, 9)


@st.composite
def any_fulfilment_line(draw: st.DrawFn, line: str) -> FulfilmentLine:
    open_, held, cancelled, despatched = (draw(small) for _ in range(4))
    return FulfilmentLine(
        line, open_ + held + cancelled + despatched, open_, held, cancelled, despatched,
        returned=draw(st.integers(0, despatched)), claimed=draw(st.integers(0, despatched)),
        removed=draw(st.integers(0, cancelled)),
    )


def any_line(id_: str) -> st.SearchStrategy[Line]:
    return st.builds(
        Line, st.just(id_), texts, texts, st.integers(5, 99), amounts, amounts, amounts, st.none() | st.just("lamps"),
        st.sampled_from(LineKind), st.lists(texts, max_size=2).map(tuple),
        st.none() | st.builds(Bundle, texts, st.booleans()), optional_instants, st.integers(0, 5),
    )


@st.composite
def any_payment(draw: st.DrawFn, id_: str) -> Payment:
    captured = draw(amounts)
    refunded = draw(st.integers(0, captured))
    return Payment(
        id_, draw(texts), draw(optional_texts), draw(st.sampled_from(PaymentState)), draw(amounts), captured,
        refunded,
        draw(amounts), draw(amounts), draw(st.integers(0, refunded)), draw(st.booleans()), draw(optional_instants),
        draw(optional_texts), tuple(draw(st.lists(texts, max_size=2))),
    )


@st.composite
def any_part(draw: st.DrawFn, number: int, lines: list[str], homes: list[str]) -> Part:
    quantity = draw(st.integers(1, 9))
    return Part(
        number, draw(st.sampled_from(lines)), draw(st.none() | st.sampled_from(homes)), quantity,
        draw(st.sampled_from(Outcome)), draw(st.sampled_from(PartState)), draw(st.sampled_from(GoodsState)),
        draw(st.sampled_from(Stage)), draw(st.none() | st.sampled_from(Decline)), draw(optional_instants),
        draw(st.none() | st.sampled_from(NextStep)), draw(optional_instants),
        draw(st.none() | st.sampled_from(Silence)),
        draw(optional_texts), draw(optional_texts), draw(st.booleans()), draw(small), draw(small),
        draw(optional_instants), draw(st.booleans()), draw(st.integers(0, quantity)),
    )


@st.composite
def any_request(draw: st.DrawFn, id_: str, lines: list[str], homes: list[str]) -> Request:
    parts = tuple(draw(any_part(index, lines, homes)) for index in range(1, draw(st.integers(1, 3)) + 1))
    asker = draw(st.builds(Asker, st.sampled_from(Role), optional_texts, optional_texts, optional_texts))
    return Request(
        id_, draw(st.sampled_from(Kind)), asker, draw(optional_texts), draw(optional_texts), draw(small),
        draw(instants), parts, draw(st.booleans()), draw(optional_instants),
    )


def any_parcel(id_: str, homes: list[str], lines: list[str]) -> st.SearchStrategy[Parcel]:
    line = st.builds(ParcelLine, st.sampled_from(lines), small, small)
    return st.builds(
        Parcel, st.just(id_), st.sampled_from(homes), st.booleans(), st.sampled_from(ParcelState),
        st.lists(line, max_size=2).map(tuple), instants, texts, optional_texts, optional_texts, optional_texts,
    )


def any_charge(id_: str) -> st.SearchStrategy[Charge]:
    return st.builds(
        Charge, st.just(id_), st.sampled_from(ChargeKind), amounts, amounts, st.sampled_from(ChargeRule),
        optional_texts, optional_texts, st.lists(texts, max_size=2).map(tuple), st.booleans(),
    )


def any_case(id_: str, request: str, home: str) -> st.SearchStrategy[Case]:
    return st.builds(
        Case, st.just(id_), st.just(request), st.just(home), st.just("main"), st.sampled_from(Answerer),
        st.sampled_from(CaseState), instants, instants, st.sampled_from(Silence), st.sampled_from(Silence),
        st.booleans(), st.booleans(), optional_texts, optional_texts, optional_texts, optional_instants,
    )


def any_duty(id_: str, request: str, generation: int, payments: list[str]) -> st.SearchStrategy[Duty]:
    payment = st.none() | st.sampled_from(payments) if payments else st.none()
    return st.builds(
        Duty, st.just(id_), st.just(request), st.sampled_from(DutyKind), amounts, st.sampled_from(DutyState),
        st.just(generation), instants, payment, optional_instants, optional_instants, optional_texts, optional_texts,
        small,
    )


def any_step(request: str, number: int) -> st.SearchStrategy[Step]:
    line = st.builds(StepLine, texts, texts, small)
    return st.builds(
        Step, st.just(request), st.just(number), st.sampled_from(StepKind), texts, st.sampled_from(StepState),
        st.integers(1, 9), small, optional_instants, st.lists(line, max_size=2).map(tuple), optional_texts,
        optional_texts,
    )


any_work = st.builds(WorkItem, texts, texts, instants, optional_texts, optional_instants, optional_texts)


@st.composite
def any_order(draw: st.DrawFn, number: str = "1042", version: int = 1) -> Order:
    """Any aggregate that the constraints allow; most of them mean nothing."""
    lines = [str(index) for index in range(1, draw(st.integers(1, 3)) + 1)]
    homes = [f"F{index}" for index in range(1, draw(st.integers(1, 2)) + 1)]
    payments = [f"p{index}" for index in range(draw(st.integers(0, 2)))]
    requests = [f"cr_{number}-{index}" for index in range(draw(st.integers(0, 2)))]
    return Order(
        MERCHANT, number, version, draw(st.builds(Customer, optional_texts, optional_texts, texts)),
        draw(st.builds(ShipTo, optional_texts, optional_texts, optional_texts)), "EUR", draw(instants),
        tuple(draw(any_line(each)) for each in lines),
        tuple(draw(any_charge(f"c{index}")) for index in range(draw(st.integers(0, 2)))),
        tuple(draw(any_payment(each)) for each in payments),
        tuple(
            FulfilmentOrder(
                each, "main", draw(st.sampled_from(Stage)), draw(st.sampled_from(Control)),
                tuple(draw(any_fulfilment_line(line)) for line in lines), draw(optional_texts),
            )
            for each in homes
        ),
        tuple(draw(any_parcel(f"P{index}", homes, lines)) for index in range(draw(st.integers(0, 2)))),
        tuple(draw(any_request(each, lines, homes)) for each in requests),
        tuple(draw(any_case(f"ca_{each}", each, homes[0])) for each in requests if draw(st.booleans())),
        tuple(draw(any_duty(f"rf_{each}", each, 1, payments)) for each in requests if draw(st.booleans())),
        tuple(draw(any_step(each, index)) for each in requests for index in range(1, draw(st.integers(1, 3)))),
        tuple(draw(st.lists(any_work, max_size=2))), tuple(draw(st.lists(texts, max_size=2))), draw(st.booleans()),
        draw(amounts), draw(optional_texts), draw(optional_instants), draw(optional_texts), draw(optional_texts),
        draw(small), draw(texts),
    )
