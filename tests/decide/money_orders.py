"""Random orders: currencies, taxes, discounts, charges of every scope and rule, payments in every state."""

from dataclasses import replace

from hypothesis import strategies as st

from countermand.decide.worth import order_total
from countermand.model.fulfilment import Control, FulfilmentLine, FulfilmentOrder, Stage
from countermand.model.money import minor_digits
from countermand.model.order import Charge, ChargeKind, ChargeRule, Line, Order
from countermand.model.payment import Payment, PaymentState
from tests.decide.money_world import an_order

CURRENCIES = ("JPY", "EUR", "KWD")
PRICES = (st.integers(1, 1000),) * 4
SELLERS = (None, "brewer", "potter")


@st.composite
def some_lines(draw: st.DrawFn, currency: str) -> tuple[Line, ...]:
    dearest = 30 * 10 ** minor_digits(currency)
    lines = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        quantity, price = draw(st.integers(1, 4)), draw(st.one_of(st.just(0), *PRICES)) * dearest // 1000
        discount = draw(st.integers(0, quantity * price // 2))
        tax = draw(st.integers(0, (quantity * price - discount) // 4))
        seller = draw(st.sampled_from(SELLERS))
        lines.append(Line(str(number), f"SKU{number}", "Thing", quantity, price, discount, tax, seller))
    return tuple(lines)


@st.composite
def some_homes(draw: st.DrawFn, lines: tuple[Line, ...]) -> tuple[FulfilmentOrder, ...]:
    """One or two fulfilment orders; a line may be divided between them."""
    near, far = [], []
    for line in lines:
        here = draw(st.integers(0, line.quantity))
        if here:
            near.append(FulfilmentLine(line.id, here, here))
        if line.quantity > here:
            far.append(FulfilmentLine(line.id, line.quantity - here, line.quantity - here))
    homes = (("F1", near), ("F2", far))
    return tuple(
        FulfilmentOrder(name, "main", Stage.UNRELEASED, Control.GATE, tuple(rows)) for name, rows in homes if rows
    )


@st.composite
def some_charges(draw: st.DrawFn, lines: tuple[Line, ...], homes: tuple[FulfilmentOrder, ...]) -> tuple[Charge, ...]:
    charges = []
    for number in range(draw(st.integers(0, 3))):
        amount = draw(st.integers(0, 900))
        charge = Charge(
            f"c{number}", draw(st.sampled_from(ChargeKind)), amount, draw(st.integers(0, amount // 5)),
            draw(st.sampled_from(ChargeRule)), surcharge=draw(st.booleans()) and draw(st.booleans()),
        )
        match draw(st.sampled_from(("order", "seller", "home", "lines"))):
            case "seller":
                charge = replace(charge, seller=draw(st.sampled_from(SELLERS)))
            case "home":
                charge = replace(charge, fulfilment_order=draw(st.sampled_from(homes)).id)
            case "lines":
                charge = replace(charge, lines=(draw(st.sampled_from(lines)).id,))
        charges.append(charge)
    return tuple(charges)


@st.composite
def some_payments(draw: st.DrawFn, total: int) -> tuple[Payment, ...]:
    """Captured, authorised, partly captured and void payments that match the total, or none."""
    if draw(st.integers(0, 9)) == 0:
        return ()
    payments, left = [], total
    for number in range(1, draw(st.integers(1, 3)) + 1):
        last = number == 3 or draw(st.booleans())
        amount = left if last else draw(st.integers(0, left))
        state = draw(st.sampled_from((PaymentState.AUTHORISED, PaymentState.CAPTURED)))
        took = draw(st.one_of(st.just(amount), st.integers(0, amount))) if state is PaymentState.CAPTURED else 0
        payments.append(Payment(f"p{number}", "sandbox", f"pi_{number}", state, amount, took))
        left -= amount
        if last:
            break
    else:
        payments[-1] = replace(payments[-1], authorised=payments[-1].authorised + left)
    if draw(st.booleans()):
        idle = draw(st.sampled_from((PaymentState.PENDING, PaymentState.VOIDED, PaymentState.ON_DELIVERY)))
        payments.append(Payment("p0", "cash", None, idle))
    return tuple(payments)


@st.composite
def some_orders(draw: st.DrawFn) -> Order:
    currency = draw(st.sampled_from(CURRENCIES))
    lines = draw(some_lines(currency))
    homes = draw(some_homes(lines))
    order = an_order(
        lines, draw(some_charges(lines, homes)), (), homes, currency=currency,
        prices_include_tax=draw(st.booleans()), platform=draw(st.sampled_from((None, "shop"))),
        accepted_excess=draw(st.sampled_from((0, 0, 0, 37))),
    )
    return replace(order, payments=draw(some_payments(order_total(order) + order.accepted_excess)))
