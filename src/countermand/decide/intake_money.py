"""The charges and payments of an order body, and the rule that what was paid is what was sold."""

from collections.abc import Collection, Iterable
from datetime import datetime

from countermand.decide.intake_fields import GREATEST_AMOUNT, Body, Found
from countermand.model.fulfilment import FulfilmentOrder
from countermand.model.ids import ITEM_ID
from countermand.model.order import Charge, ChargeKind, ChargeRule, Line, Order
from countermand.model.payment import Payment, PaymentState

MOST_CHARGES = 500
MOST_PAYMENTS = 100
CHARGE = frozenset("id kind amount tax refund seller fulfilment_order lines surcharge".split())
SHIPPING = frozenset(("amount", "tax", "refund", "surcharge"))
PAYMENT = frozenset("id provider reference state authorised captured refunded method".split())
SCOPES = ("seller", "fulfilment_order", "lines")
KIND = {kind.value: kind for kind in ChargeKind}
RULE = {rule.value: rule for rule in ChargeRule}
STATE = {state.value: state for state in PaymentState}
COUNTED = (PaymentState.AUTHORISED, PaymentState.CAPTURED)
BRINGS_THE_REST = (PaymentState.PENDING, PaymentState.ON_DELIVERY, PaymentState.ON_ACCOUNT)
LIKE_ID = "1 to 64 of the letters A-Z, a-z, 0-9 and . _ # : -"


def order_total(order: Order) -> int:
    """What the order costs as it stands at the shop: lines and charges with tax, in minor units."""
    return total_of(order.lines, order.charges, order.prices_include_tax)


def total_of(lines: Iterable[Line], charges: Iterable[Charge], include_tax: bool) -> int:
    """Lines and charges with tax. Units that the shop took out itself are no longer in the amounts."""
    total = 0
    for line in lines:
        total += line.unit_price * (line.quantity - line.removed) - line.discount + (0 if include_tax else line.tax)
    for charge in charges:
        total += charge.amount + (0 if include_tax else charge.tax)
    return total


def check_total(
    lines: tuple[Line, ...], charges: tuple[Charge, ...], include_tax: bool, found: Found
) -> int:
    """The order's total; a tax that prices include is a part of them."""
    if include_tax:
        for index, line in enumerate(lines):
            if line.tax > line.unit_price * line.quantity - line.discount:
                found.add(f"lines[{index}].tax", "prices include tax, so it must not be more than the line's amount")
    total = total_of(lines, charges, include_tax)
    if total > GREATEST_AMOUNT:
        found.add("lines", f"the order totals {total}; the most is {GREATEST_AMOUNT}")
    return total


def check_payments(payments: tuple[Payment, ...], total: int, accepted_excess: int, found: Found) -> None:
    """Money that is authorised or captured must be the total and the accepted excess, if there is any such money.

    Less is right only when another payment (pending, on delivery, on account) is to bring the rest.
    """
    money = sum(
        max(each.authorised, each.captured) if each.state in COUNTED else each.captured for each in payments
    )
    wanted = total + accepted_excess
    if money == 0 or money == wanted:
        return
    if money > wanted:
        found.add("payments", f"they bring {money}, but the order totals {total} and accepted_excess is "
                              f"{accepted_excess}; correct the amounts or state the difference as accepted_excess")
    elif not any(each.state in BRINGS_THE_REST for each in payments):
        found.add("payments", f"they bring {money}, but the order totals {total} and accepted_excess is "
                              f"{accepted_excess}; correct the amounts or add the payment that brings the rest")


def read_charges(
    body: Body, lines: tuple[Line, ...], fulfilment_orders: tuple[FulfilmentOrder, ...], sellers: Collection[str],
    found: Found,
) -> tuple[Charge, ...]:
    """The charges as stated; `shipping` is one more."""
    charges = []
    shipping = body.get("shipping")
    if type(shipping) is dict:
        if not shipping.keys() <= SHIPPING:
            found.unknown(shipping, SHIPPING, "shipping.")
        charges.append(_charge(shipping, "shipping.", "shipping", ChargeKind.SHIPPING, found))
    elif shipping is not None:
        found.add("shipping", "must be an object, such as {\"amount\": 500, \"tax\": 95}")
    seen = {charge.id for charge in charges}
    for number, (at, row) in enumerate(found.items(body, "charges", "", MOST_CHARGES), 1):
        if not row.keys() <= CHARGE:
            found.unknown(row, CHARGE, at)
        name = found.name(row, "id", at, ITEM_ID, LIKE_ID) or f"charge-{number}"
        kind = found.choice(row, "kind", at, KIND, ChargeKind.OTHER)
        charge = _charge(row, at, name, kind, found)
        if any(row.get(scope) is not None for scope in SCOPES):
            charge = _scoped(row, at, charge, lines, fulfilment_orders, sellers, found)
        if name in seen:
            found.add(at + "id", f"{name} stands here twice; every charge needs its own id")
        seen.add(name)
        charges.append(charge)
    return tuple(charges)


def read_payments(body: Body, placed_at: datetime | None, found: Found) -> tuple[Payment, ...]:
    payments = []
    seen: set[str] = set()
    for number, (at, row) in enumerate(found.items(body, "payments", "", MOST_PAYMENTS), 1):
        if not row.keys() <= PAYMENT:
            found.unknown(row, PAYMENT, at)
        payment = _payment(row, at, number, placed_at, found)
        if payment.id in seen:
            found.add(at + "id", f"{payment.id} stands here twice; every payment needs its own id")
        seen.add(payment.id)
        payments.append(payment)
    return tuple(payments)


def _charge(row: Body, at: str, name: str, kind: ChargeKind, found: Found) -> Charge:
    return Charge(
        name, kind, found.whole(row, "amount", at, None), found.whole(row, "tax", at),
        found.choice(row, "refund", at, RULE, ChargeRule.WHEN_ALL_CANCELLED),
        surcharge=found.flag(row, "surcharge", at, False),
    )


def _scoped(
    row: Body, at: str, charge: Charge, lines: tuple[Line, ...], fulfilment_orders: tuple[FulfilmentOrder, ...],
    sellers: Collection[str], found: Found,
) -> Charge:
    """The charge with what it is for: at most one of a seller, a fulfilment order or some lines."""
    stated = [scope for scope in SCOPES if row.get(scope) is not None]
    if len(stated) > 1:
        found.add(at + stated[1], f"a charge is for one thing only; keep {stated[0]} or {stated[1]}")
    seller = found.text(row, "seller", at, 64)
    fulfilment_order = found.text(row, "fulfilment_order", at, 64)
    named = found.words(row, "lines", at, len(lines), 64)
    found.one_of(seller, sellers, at + "seller", f"{seller} is not a seller of this merchant; create it first")
    found.one_of(
        fulfilment_order, {each.id for each in fulfilment_orders}, at + "fulfilment_order",
        f"{fulfilment_order} is not a fulfilment order of this order",
    )
    known = {line.id for line in lines}
    for line_id in named:
        found.one_of(line_id, known, at + "lines", f"{line_id[:64]} is not a line of this order")
    return Charge(
        charge.id, charge.kind, charge.amount, charge.tax, charge.refund, seller, fulfilment_order, named,
        charge.surcharge,
    )


def _payment(row: Body, at: str, number: int, placed_at: datetime | None, found: Found) -> Payment:
    """One payment. A refund that was seen proves a capture of at least as much, so it raises it."""
    name = found.name(row, "id", at, ITEM_ID, LIKE_ID) or f"p{number}"
    provider = found.text(row, "provider", at, 64, required=True) or ""
    reference = found.text(row, "reference", at, 255)
    method = found.text(row, "method", at, 100)
    refunded = found.whole(row, "refunded", at)
    captured = max(found.whole(row, "captured", at), refunded)
    authorised = found.whole(row, "authorised", at, captured)
    implied = PaymentState.CAPTURED if captured > 0 else PaymentState.AUTHORISED
    state = found.choice(row, "state", at, STATE, implied)
    if captured > 0 and state in BRINGS_THE_REST:
        found.add(at + "state", f"is {state.value}, but {captured} is captured; leave the state out or correct it")
    if captured == 0 and authorised > 0 and state is PaymentState.CAPTURED:
        found.add(at + "captured", "the payment is captured: say how much of it")
    return Payment(
        name, provider, reference, state, authorised, captured, refunded, refunded_apart=refunded,
        captured_at=placed_at if captured > 0 else None, method=method,
    )
