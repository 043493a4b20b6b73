"""Any order, whatever happens to it, ends with captured − refunded = worth and nothing capturable above."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from countermand.decide.duties import (
    begin_refund,
    mark_refunded,
    refund_bounced,
    refund_landed,
    refund_refused,
    void_found_captured,
)
from countermand.decide.gone import sending_suffices
from countermand.decide.payment_events import PaymentEventType
from countermand.decide.settlement import settle
from countermand.decide.standing import capturable, expected
from countermand.decide.units import move, with_row
from countermand.model.order import Order, with_request
from countermand.model.payment import ADJUSTABLE, IN_FLIGHT, SETTLED, Duty, DutyKind, DutyState, Payment
from countermand.model.request import (
    Asker,
    GoodsState,
    Kind,
    Outcome,
    Part,
    PartState,
    Request,
    Role,
)
from tests.decide.money_orders import some_orders
from tests.decide.money_world import (
    NOW,
    POLICY,
    READY,
    ask,
    come_back,
    land_all,
    land_one,
    pivot,
    retract,
    stands,
    told,
    too_late,
)

PICK = st.integers(0, 10**6)
FEES = st.one_of(st.just((0, 0)), st.tuples(st.integers(0, 300), st.integers(0, 50)))
Choice = TypeVar("Choice")


class MoneyOfAnOrder(RuleBasedStateMachine):
    """`shortened`: something outside our refunds made the order worth more than what is left of the money."""

    @initialize(order=some_orders())
    def begin(self, order: Order) -> None:
        self.order, self.count, self.shortened = settle(order, POLICY, NOW), 0, False

    def name(self, prefix: str = "cr_") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def now_is(self, order: Order) -> None:
        self.order = settle(order, POLICY, NOW)

    def rows(self, counter: str) -> list[tuple[str, str, int]]:
        return [
            (home.id, row.line, getattr(row, counter))
            for home in self.order.fulfilment_orders
            for row in home.lines
            if getattr(row, counter) > 0
        ]

    def held(self) -> list[str]:
        return [each.id for each in self.order.requests if each.parts[0].state is PartState.APPROVED]

    def away(self) -> list[str]:
        far = GoodsState.REFUSE_ON_DELIVERY_ADVISED
        return [each.id for each in self.order.requests if each.parts[0].goods is far]

    def ready(self) -> list[Duty]:
        return [duty for duty in self.order.duties if duty.state in READY]

    def sent(self) -> list[Duty]:
        return [duty for duty in self.order.duties if duty.state is DutyState.SUBMITTED]

    def paid(self) -> list[Payment]:
        return [each for each in self.order.payments if each.captured > each.refunded]

    def uncaptured(self) -> list[Payment]:
        return [each for each in self.order.payments if each.authorised > each.captured]

    @precondition(lambda self: self.rows("open"))
    @rule(which=PICK, units=PICK, fee=FEES, law=st.booleans(), stopped=st.booleans())
    def somebody_asks(self, which: int, units: int, fee: tuple[int, int], law: bool, stopped: bool) -> None:
        home, line, free = pick(self.rows("open"), which)
        kind, name = Kind.WITHDRAWAL if law else Kind.CANCELLATION, self.name()
        order = ask(self.order, name, {line: 1 + units % free}, at=home, kind=kind, fee=(0, 0) if law else fee)
        self.now_is(pivot(order, name) if stopped else order)

    @precondition(lambda self: self.held())
    @rule(which=PICK)
    def goods_are_stopped(self, which: int) -> None:
        self.now_is(pivot(self.order, pick(self.held(), which)))

    @precondition(lambda self: self.held())
    @rule(which=PICK)
    def somebody_thinks_again(self, which: int) -> None:
        self.now_is(retract(self.order, pick(self.held(), which)))

    @precondition(lambda self: self.rows("open"))
    @rule(which=PICK, units=PICK, law=st.booleans())
    def goods_leave_and_are_asked_for(self, which: int, units: int, law: bool) -> None:
        home, line, free = pick(self.rows("open"), which)
        count = 1 + units % free
        order = move(self.order, home, line, count, "open", "despatched")
        kind = Kind.WITHDRAWAL if law else Kind.CANCELLATION
        self.now_is(too_late(order, self.name(), line, count, kind=kind, at=home))

    @precondition(lambda self: self.away())
    @rule(which=PICK, lost=st.booleans())
    def goods_come_back(self, which: int, lost: bool) -> None:
        goods = GoodsState.LOST if lost else GoodsState.RETURNED
        self.now_is(come_back(self.order, pick(self.away(), which), goods))

    @precondition(lambda self: self.uncaptured())
    @rule(which=PICK, part=st.booleans(), amount=PICK)
    def money_is_captured(self, which: int, part: bool, amount: int) -> None:
        payment = pick(self.uncaptured(), which)
        left = payment.authorised - payment.captured
        took = 1 + amount % left if part else left
        self.order = told(self.order, PaymentEventType.CAPTURED, took, payment=payment.id)

    @precondition(lambda self: self.uncaptured())
    @rule(which=PICK)
    def an_authorisation_ends(self, which: int) -> None:
        payment = pick(self.uncaptured(), which)
        self.order = told(self.order, PaymentEventType.EXPIRED, 0, payment=payment.id)

    @precondition(lambda self: self.ready())
    @rule(which=PICK)
    def the_bank_does_one_thing(self, which: int) -> None:
        self.order = land_one(self.order, pick(self.ready(), which))

    @precondition(lambda self: any(is_refund(each) for each in self.ready()))
    @rule(which=PICK)
    def a_refund_is_sent(self, which: int) -> None:
        duty = pick([each for each in self.ready() if is_refund(each)], which)
        order, sent = begin_refund(self.order, duty.id, NOW)
        if sent.state is DutyState.SUBMITTED:
            assert sent.amount <= stands(self.order).refund_due + stands(self.order).totals.in_flight
        self.now_is(order)

    @precondition(lambda self: self.sent())
    @rule(which=PICK)
    def a_refund_lands(self, which: int) -> None:
        duty = pick(self.sent(), which)
        self.now_is(refund_landed(self.order, duty.id, self.name("re_"), duty.amount, NOW))

    @precondition(lambda self: self.sent())
    @rule(which=PICK, again=st.booleans())
    def the_bank_refuses(self, which: int, again: bool) -> None:
        self.now_is(refund_refused(self.order, pick(self.sent(), which).id, "no such card", again))

    @precondition(lambda self: any(each.kind is DutyKind.VOID for each in self.ready()))
    @rule(which=PICK)
    def a_void_finds_it_captured(self, which: int) -> None:
        duty = pick([each for each in self.ready() if each.kind is DutyKind.VOID], which)
        assert duty.payment is not None
        took = self.order.payment(duty.payment).authorised
        self.now_is(void_found_captured(self.order, duty.id, took, NOW))

    @precondition(lambda self: any(each.state is DutyState.REFUNDED for each in self.order.duties))
    @rule(which=PICK, again=st.booleans())
    def a_refund_bounces(self, which: int, again: bool) -> None:
        done = [each for each in self.order.duties if each.state is DutyState.REFUNDED]
        self.now_is(refund_bounced(self.order, pick(done, which).id, "account closed", again))

    @precondition(lambda self: self.paid() and self.order.requests)
    @rule(which=PICK, amount=PICK, rarely=st.integers(0, 9))
    def the_shop_refunds_by_itself(self, which: int, amount: int, rarely: int) -> None:
        if rarely == 7:
            payment = pick(self.paid(), which)
            back = 1 + amount % (payment.captured - payment.refunded)
            self.shortened = True
            name = self.name("re_")
            self.order = told(self.order, PaymentEventType.REFUNDED, back, payment=payment.id, reference=name)

    @rule(which=PICK, price=st.integers(0, 3000), rarely=st.integers(0, 9))
    def the_shop_changes_a_price(self, which: int, price: int, rarely: int) -> None:
        line = pick(self.order.lines, which)
        if rarely == 7 and line.quantity > line.removed:
            least = -(-line.discount // (line.quantity - line.removed))
            self.shortened = True
            changed = replace(line, unit_price=max(price, least))
            lines = tuple(changed if each is line else each for each in self.order.lines)
            self.now_is(replace(self.order, lines=lines))

    @precondition(lambda self: self.rows("open"))
    @rule(which=PICK, rarely=st.integers(0, 9))
    def the_shop_takes_a_unit_out(self, which: int, rarely: int) -> None:
        if rarely == 7:
            home_id, line_id, _ = pick(self.rows("open"), which)
            self.shortened = True
            self.now_is(taken_out(self.order, home_id, line_id, self.name()))

    @precondition(lambda self: self.paid() and self.order.requests)
    @rule(which=PICK, known=st.booleans())
    def a_payment_is_disputed_and_won(self, which: int, known: bool) -> None:
        payment, name = pick(self.paid(), which), self.name("du_")
        amount = payment.captured - payment.refunded if known else 0
        order = told(self.order, PaymentEventType.DISPUTE_OPENED, amount, payment=payment.id, reference=name)
        assert settle(order, POLICY, NOW) == order
        self.order = told(order, PaymentEventType.DISPUTE_CLOSED, amount, payment=payment.id, reference=name)

    @invariant()
    def settling_again_changes_nothing(self) -> None:
        assert settle(self.order, POLICY, NOW) == self.order

    @invariant()
    def planned_refunds_are_what_is_due(self) -> None:
        planned = [each for each in self.order.duties if each.state in ADJUSTABLE and is_refund(each)]
        assert sum(each.amount for each in planned) == stands(self.order).refund_due
        assert all(each.amount > 0 and each.due_by is not None for each in planned)

    @invariant()
    def no_payment_gives_back_more_than_it_took(self) -> None:
        for payment in self.order.payments:
            assert 0 <= payment.refunded <= payment.captured <= payment.authorised
            flying = [each for each in self.order.duties if each.state in IN_FLIGHT and each.payment == payment.id]
            if not self.shortened:
                assert payment.refunded + sum(each.amount for each in flying if is_refund(each)) <= payment.captured
            assert payment.refunded_apart <= payment.refunded and payment.charged_back >= 0

    @invariant()
    def no_providers_key_is_used_twice(self) -> None:
        live = [each for each in self.order.duties if each.state is not DutyState.SUPERSEDED]
        assert all(count == 1 for count in Counter((each.request, each.generation) for each in live).values())
        assert len({each.id for each in self.order.duties}) == len(self.order.duties)

    @invariant()
    def a_fee_is_never_above_its_own_refund(self) -> None:
        assert all(0 <= each.fee <= each.gain for each in expected(self.order, sending_suffices))

    @invariant()
    def what_may_not_be_captured_is_being_let_go(self) -> None:
        now = stands(self.order)
        if now.anything_gone and now.capture_limit == 0:
            going = {each.payment for each in self.order.duties if each.kind is DutyKind.VOID}
            assert all(payment.id in going for payment in self.order.payments if capturable(payment))

    def teardown(self) -> None:
        if not hasattr(self, "order"):
            return
        order = self.order
        for request_id in self.held():
            order = settle(pivot(order, request_id), POLICY, NOW)
        order = at_rest(order, self)
        end = stands(order)
        money = end.totals
        left = money.captured - money.refunded
        assert end.refund_due == 0 and money.in_flight == 0 and money.charged_back == 0
        assert all(each.state in SETTLED or each.state is DutyState.NOT_DUE for each in order.duties)
        if not end.anything_gone:
            return
        assert left <= end.worth, "what is not due went back"
        if not self.shortened and any(each.state is DutyState.REFUNDED for each in order.duties):
            assert left == end.worth, "nothing went back that was due"
        could = sum(capturable(payment) for payment in order.payments)
        if end.capture_limit == 0:
            assert could == 0, "what is not due can still be captured"
        elif could > end.capture_limit and order.platform is not None:
            limits = [each.amount for each in order.duties if each.state is DutyState.LIMITED]
            assert limits[-1] == end.capture_limit, "the platform was not told how much may be captured"
        rows = [row for home in order.fulfilment_orders for row in home.lines]
        nothing_kept = all(row.open + row.despatched == row.returned for row in rows)
        if nothing_kept and not order.charges and not order.accepted_excess and not self.shortened:
            assert money.refunded + end.fees == money.captured


def pick(choices: Sequence[Choice], which: int) -> Choice:
    return choices[which % len(choices)]


def is_refund(duty: Duty) -> bool:
    return duty.kind is DutyKind.REFUND


def taken_out(order: Order, home_id: str, line_id: str, request_id: str) -> Order:
    """The shop sells one unit less: its line's amounts speak of the rest, and a request that is over holds it."""
    home = order.fulfilment_order(home_id)
    row = next(each for each in home.lines if each.line == line_id)
    order = with_row(
        order, home_id, replace(row, open=row.open - 1, cancelled=row.cancelled + 1, removed=row.removed + 1)
    )
    line = order.line(line_id)
    sold = line.quantity - line.removed
    fewer = replace(
        line, removed=line.removed + 1, discount=line.discount * (sold - 1) // sold, tax=line.tax * (sold - 1) // sold
    )
    order = replace(order, lines=tuple(fewer if each.id == line_id else each for each in order.lines))
    part = Part(
        1, line_id, home_id, 1, Outcome.APPROVED, PartState.COMPLETED, GoodsState.STOPPED, home.stage, restock=False
    )
    asker = Asker(Role.PLATFORM)
    return with_request(order, Request(request_id, Kind.CANCELLATION, asker, None, None, 1, NOW, (part,)))


def at_rest(order: Order, machine: MoneyOfAnOrder) -> Order:
    """Everything that waits for somebody is done: by the bank, by a human, by the shop for what it took out."""
    for _ in range(50):
        order = land_all(order)
        for duty in order.duties:
            if duty.state is DutyState.MANUAL_REQUIRED:
                order = settle(mark_refunded(order, duty.id, machine.name("hand_"), NOW), POLICY, NOW)
            elif duty.state is DutyState.SUBMITTED:
                order = settle(refund_landed(order, duty.id, machine.name("re_"), duty.amount, NOW), POLICY, NOW)
        paused = [each for each in order.duties if each.state is DutyState.PAUSED]
        if paused:
            payment = next(each for each in order.payments if each.captured > each.refunded)
            amount = min(paused[0].amount, payment.captured - payment.refunded)
            order = told(
                order, PaymentEventType.REFUNDED, amount, payment=payment.id, reference=machine.name("re_")
            )
        elif all(each.state in SETTLED or each.state is DutyState.NOT_DUE for each in order.duties):
            return order
    raise AssertionError("the money never comes to rest")


TestMoneyOfAnOrder = MoneyOfAnOrder.TestCase
TestMoneyOfAnOrder.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
