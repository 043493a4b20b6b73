"""From a body to an order: what is right is read whole, and what is wrong is named, all of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.decide.intake import intake_digest, states_fulfilment
from countermand.decide.intake_fields import MOST_FAULTS, read_instant
from countermand.decide.intake_money import order_total
from countermand.model.fulfilment import Control, FulfilmentLine, ParcelState, Stage
from countermand.model.order import Bundle, ChargeKind, ChargeRule, LineKind
from countermand.model.payment import PaymentState
from tests.decide.samples_intake import MISSING, SAMPLE, body, faults_of, read, with_at

PLACED_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_the_sample_of_the_contract_becomes_an_order() -> None:
    order = read()
    assert (order.merchant, order.number, order.version, order.currency) == ("acme", "1042", 0, "EUR")
    assert order.placed_at == PLACED_AT
    assert (order.customer.name, order.customer.locale, order.ship_to.country) == ("Ana Silva", "de-DE", "DE")
    assert (order.lines[0].sku, order.lines[0].quantity, order.lines[0].kind) == ("MUG", 3, LineKind.GOODS)
    assert [(charge.id, charge.kind, charge.amount, charge.tax) for charge in order.charges] == [
        ("shipping", ChargeKind.SHIPPING, 500, 95)
    ]
    payment = order.payments[0]
    assert (payment.state, payment.captured, payment.captured_at) == (PaymentState.CAPTURED, 4465, PLACED_AT)
    assert order.fulfilment_orders[0].lines == (FulfilmentLine("1", 3, 3),)
    assert order_total(order) == 4465
    assert order.intake_digest == intake_digest(SAMPLE)
    assert order.parcels == () and order.requests == ()


def test_only_the_required_fields_are_needed() -> None:
    order = read({
        "number": "A#1", "placed_at": "2026-11-21T11:00:00.5+01:00", "currency": "JPY", "customer": {},
        "lines": [{"id": "1", "sku": "M", "title": "Mug", "quantity": 2, "unit_price": 100}],
    })
    assert order.placed_at == datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC)
    assert order.payments == () and order.customer.locale == "en"
    assert [(each.id, each.holder, each.stage) for each in order.fulfilment_orders] == [
        ("F1", "main", Stage.UNRELEASED)
    ]


@pytest.mark.parametrize("name", ["shipping", "charges", "accepted_excess", "payments", "fulfilment_orders",
                                  "ship_to", "prices_include_tax", "coupons", "platform", "source_updated_at"])
def test_null_means_absent(name: str) -> None:
    free = body(payments=None)
    assert faults_of({**free, name: None}) == {}
    absent = {key: value for key, value in free.items() if key != name and value is not None}
    assert intake_digest({**free, name: None}) == intake_digest(absent)


REFUSED_NUMBERS = [0, -1, 10**9, 1.5, 3.0, float("nan"), "3", "３", True, [3], {}]


@pytest.mark.parametrize("quantity", REFUSED_NUMBERS, ids=repr)
def test_a_quantity_is_a_whole_number_from_one_to_a_million(quantity: object) -> None:
    assert "lines[0].quantity" in faults_of(with_at("lines[0].quantity", quantity))
    assert "fulfilment_orders[0].lines[0].quantity" in faults_of(
        with_at("fulfilment_orders[0].lines[0].quantity", quantity)
    )


@pytest.mark.parametrize("amount", [-1, 10**15 + 1, 1.0, "1", True, None.__class__, []], ids=repr)
@pytest.mark.parametrize("path", [
    "lines[0].unit_price", "lines[0].tax", "lines[0].discount", "shipping.amount", "shipping.tax",
    "payments[0].captured", "payments[0].authorised", "payments[0].refunded", "accepted_excess",
])
def test_an_amount_is_a_whole_number_of_minor_units(path: str, amount: object) -> None:
    assert path in faults_of(with_at(path, amount))


@pytest.mark.parametrize(("path", "value"), [
    ("number", MISSING), ("number", ""), ("number", "a b"), ("number", "x" * 65), ("number", "１"), ("number", 1042),
    ("number", "a\n"), ("placed_at", MISSING), ("placed_at", "2026-11-21"), ("placed_at", "2026-11-21T10:00:00"),
    ("placed_at", "2026-02-30T10:00:00Z"), ("placed_at", 1), ("placed_at", "20261121T100000Z    "),
    ("placed_at", "0001-01-01T00:00:00+14:00"), ("currency", MISSING), ("currency", "eur"), ("currency", "EURO"),
    ("currency", "€"), ("prices_include_tax", 1), ("customer", MISSING), ("customer", "Ana"),
    ("customer.name", "a\0b"), ("customer.name", "\ud800"), ("customer.name", ""), ("customer.name", "x" * 201),
    ("customer.email", "ana"), ("customer.email", "ana@example.com\nBcc: all@example.com"),
    ("customer.email", "a@b@c"), ("customer.locale", "german!"), ("customer.phone", "1"), ("ship_to", []),
    ("ship_to.country", "Germany"), ("ship_to.country", "de"), ("ship_to.street", "1"), ("lines", MISSING),
    ("lines", []), ("lines", {}), ("lines[0]", "MUG"), ("lines[0].id", MISSING), ("lines[0].id", "a b"),
    ("lines[0].sku", MISSING), ("lines[0].sku", 7), ("lines[0].title", MISSING), ("lines[0].title", "x" * 501),
    ("lines[0].seller", "nobody"), ("lines[0].kind", "thing"), ("lines[0].kind", 1), ("lines[0].tags", "sale"),
    ("lines[0].tags[0]", 1), ("lines[0].expected_at", "soon"), ("lines[0].discount", 3601),
    ("lines[0].colour", "red"),
    ("lines[0].bundle", "set"), ("shipping", 500),
    ("shipping.amount", MISSING), ("shipping.price", 1), ("charges", {}), ("payments[0].provider", MISSING),
    ("payments[0].state", "settled"), ("payments[0].state", "pending"), ("payments[0].state", "on_delivery"),
    ("payments[0].captured", 0), ("payments[0].card", "4242"), ("fulfilment_orders[0].holder", "south"),
    ("fulfilment_orders[0].holder", 1), ("fulfilment_orders[0].stage", "lost"),
    ("fulfilment_orders[0].stage", "PACKED"),
    ("fulfilment_orders[0].lines", []), ("fulfilment_orders[0].lines[0].line", MISSING),
    ("fulfilment_orders[0].carrier", "x"), ("coupons", "SALE"), ("platform", 1), ("colour", "red"),
    ("source_updated_at", "yesterday"),
])
def test_what_is_wrong_is_named(path: str, value: object) -> None:
    faulty = with_at(path, value) if path != "lines[0].tags[0]" else with_at("lines[0].tags", [value])
    assert path in faults_of(faulty)


def test_a_bundle_has_an_id_and_nothing_unknown() -> None:
    assert set(faults_of(with_at("lines[0].bundle", {"size": 2}))) == {"lines[0].bundle.id", "lines[0].bundle.size"}


@pytest.mark.parametrize("name", ["Ana\u202eavliS", "Zoë 👩‍👩‍👧", "O'Neil; DROP TABLE", "山田", "a\tb"])
def test_what_is_strange_but_text_is_kept(name: str) -> None:
    assert read(with_at("customer.name", name)).customer.name == name


@pytest.mark.parametrize("order", [None, [], "x", 1, True], ids=repr)
def test_a_body_is_an_object(order: object) -> None:
    assert "(body)" in faults_of([] if order is None else order)


def test_every_fault_is_named_at_once() -> None:
    faulty = body(currency="€", colour="red", payments=[{"captured": -1}], lines=[{"id": "1", "quantity": 0}])
    assert set(faults_of(faulty)) >= {
        "currency", "colour", "payments[0].provider", "payments[0].captured", "lines[0].sku", "lines[0].title",
        "lines[0].quantity", "lines[0].unit_price",
    }


def test_no_more_faults_are_listed_than_anybody_reads() -> None:
    assert 0 < len(faults_of(body(lines=[{"id": str(n)} for n in range(1000)]))) <= MOST_FAULTS


@pytest.mark.parametrize(("changes", "path"), [
    ({"lines": [SAMPLE["lines"][0], SAMPLE["lines"][0]]}, "lines[1].id"),
    ({"payments": [SAMPLE["payments"][0], SAMPLE["payments"][0]]}, "payments[1].id"),
    ({"charges": [{"id": "shipping", "amount": 1}]}, "charges[0].id"),
    ({"fulfilment_orders": [
        {"id": "F1", "lines": [{"line": "1", "quantity": 1}]}, {"id": "F1", "lines": [{"line": "1", "quantity": 2}]}
    ]}, "fulfilment_orders[1].id"),
    ({"fulfilment_orders": [{"lines": [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 2}]}]},
     "fulfilment_orders[0].lines[1].line"),
])
def test_an_id_stands_once(changes: dict[str, Any], path: str) -> None:
    assert path in faults_of(body(**changes))


@pytest.mark.parametrize("rows", [
    [[("1", 2)]], [[("1", 4)]], [[("1", 2)], [("1", 2)]], [[("1", 3), ("2", 1)]],
])
def test_the_fulfilment_orders_send_exactly_what_was_bought(rows: list[list[tuple[str, int]]]) -> None:
    homes = [{"lines": [{"line": line, "quantity": units} for line, units in home]} for home in rows]
    assert any(path.startswith("fulfilment_orders") for path in faults_of(body(fulfilment_orders=homes)))


def test_goods_may_be_split_over_holders() -> None:
    order = read(body(fulfilment_orders=[
        {"lines": [{"line": "1", "quantity": 1}]},
        {"id": "late", "holder": "north", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
    ]))
    assert [(each.id, each.holder, each.control, each.plugin) for each in order.fulfilment_orders] == [
        ("F1", "main", Control.CONFIRM, None), ("late", "north", Control.GATE, "sandbox_3pl"),
    ]


def test_without_a_holder_nothing_can_be_sent() -> None:
    with pytest.raises(Exception, match="create one first"):
        read(body(fulfilment_orders=None), default_holder=None)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_stage_sets_the_counters(stage: Stage) -> None:
    order = read(with_at("fulfilment_orders[0].stage", stage.value))
    left = stage in (Stage.DESPATCHED, Stage.DELIVERED)
    row = order.fulfilment_orders[0].lines[0]
    assert (row.open, row.despatched) == ((0, 3) if left else (3, 0))
    assert [(each.id, each.state, each.stray, each.event_id) for each in order.parcels] == (
        [("P1", ParcelState(stage.value), False, "intake")] if left else []
    )


def paid(*payments: dict[str, Any], **changes: object) -> dict[str, Any]:
    return body(payments=[{"provider": "sandbox", **each} for each in payments], **changes)


@pytest.mark.parametrize(("order", "right"), [
    (paid(), True),
    (paid({"state": "authorised", "authorised": 4465}), True),
    (paid({"authorised": 4465, "captured": 1000}), True),
    (paid({"captured": 4465}), True),
    (paid({"captured": 4464}), False),
    (paid({"captured": 4466}), False),
    (paid({"captured": 4500}, accepted_excess=35), True),
    (paid({"captured": 4465}, accepted_excess=35), False),
    (paid({"captured": 4000}, {"captured": 465}), True),
    (paid({"captured": 1000}, {"state": "on_delivery"}), True),
    (paid({"captured": 1000}, {"state": "pending", "authorised": 3465}), True),
    (paid({"captured": 1000}, {"state": "on_account"}), True),
    (paid({"captured": 5000}, {"state": "on_account"}), False),
    (paid({"state": "pending"}), True),
    (paid({"state": "on_delivery", "authorised": 4465}), True),
    (paid({"state": "voided", "authorised": 9999}), True),
    (paid({"captured": 1000}, {"state": "voided", "authorised": 3465}), False),
    (paid({"captured": 4465, "refunded": 100}), True),
    (paid({"captured": 3800}, prices_include_tax=True), True),
    (paid({"captured": 4465}, prices_include_tax=True), False),
])
def test_what_was_paid_is_what_was_sold(order: dict[str, Any], right: bool) -> None:
    assert ("payments" in faults_of(order)) is not right


def test_tax_inside_a_price_is_not_more_than_the_price() -> None:
    assert "lines[0].tax" in faults_of({**with_at("lines[0].tax", 3301), "prices_include_tax": True, "payments": []})


@pytest.mark.parametrize(("payment", "state", "captured"), [
    ({"captured": 4465}, PaymentState.CAPTURED, 4465),
    ({"authorised": 4465}, PaymentState.AUTHORISED, 0),
    ({"authorised": 4465, "captured": 10}, PaymentState.CAPTURED, 10),
    ({"authorised": 4465, "refunded": 20}, PaymentState.CAPTURED, 20),
])
def test_the_state_of_a_payment_follows_from_its_amounts(
    payment: dict[str, Any], state: PaymentState, captured: int
) -> None:
    read_payment = read(paid(payment)).payments[0]
    assert (read_payment.id, read_payment.state, read_payment.captured) == ("p1", state, captured)
    assert read_payment.refunded_apart == read_payment.refunded <= read_payment.captured
    assert (read_payment.captured_at is None) == (captured == 0)


def test_a_charge_says_what_it_is_for() -> None:
    order = read(paid(charges=[
        {"kind": "gift_wrap", "amount": 100, "lines": ["1"], "refund": "in_proportion"},
        {"id": "duty", "kind": "duty", "amount": 5, "fulfilment_order": "F1", "refund": "never"},
        {"amount": 7, "seller": "potter", "surcharge": True},
    ], shipping=None))
    assert [(each.id, each.kind, each.refund, each.lines, each.fulfilment_order, each.seller, each.surcharge)
            for each in order.charges] == [
        ("charge-1", ChargeKind.GIFT_WRAP, ChargeRule.IN_PROPORTION, ("1",), None, None, False),
        ("duty", ChargeKind.DUTY, ChargeRule.NEVER, (), "F1", None, False),
        ("charge-3", ChargeKind.OTHER, ChargeRule.WHEN_ALL_CANCELLED, (), None, "potter", True),
    ]


@pytest.mark.parametrize(("charge", "path"), [
    ({"amount": 1, "lines": ["9"]}, "charges[0].lines"), ({"amount": 1, "seller": "x"}, "charges[0].seller"),
    ({"amount": 1, "fulfilment_order": "F9"}, "charges[0].fulfilment_order"), ({}, "charges[0].amount"),
    ({"amount": 1, "lines": ["1"], "seller": "potter"}, "charges[0].lines"),
    ({"amount": 1, "kind": "bribe"}, "charges[0].kind"), ({"amount": 1, "refund": "maybe"}, "charges[0].refund"),
    ({"amount": 1, "colour": 1}, "charges[0].colour"),
])
def test_a_wrong_charge_is_named(charge: dict[str, Any], path: str) -> None:
    assert path in faults_of(body(charges=[charge], payments=None))


def test_a_line_says_its_bundle_its_seller_and_when_it_is_expected() -> None:
    line = SAMPLE["lines"][0] | {
        "bundle": {"id": "set", "divisible": False}, "seller": "potter", "expected_at": "2026-12-24T00:00:00+00:00",
        "tags": ["final_sale", "final_sale", "perishable"],
    }
    read_line = read(body(lines=[line])).lines[0]
    assert (read_line.bundle, read_line.seller) == (Bundle("set", False), "potter")
    assert read_line.tags == ("final_sale", "perishable")
    assert read_line.expected_at == datetime(2026, 12, 24, tzinfo=UTC)


def test_a_country_beside_the_customer_counts_if_the_address_has_none() -> None:
    assert read(body(customer={"country": "FR"}, ship_to=None)).ship_to.country == "FR"
    assert read(body(customer={"country": "FR"})).ship_to.country == "DE"


def test_the_digest_sees_what_is_said_and_not_how() -> None:
    turned = dict(reversed(list(SAMPLE.items())))
    assert intake_digest(json.loads(json.dumps(turned, indent=2))) == intake_digest(SAMPLE)
    assert intake_digest(with_at("lines[0].quantity", 2)) != intake_digest(SAMPLE)
    assert intake_digest({"a": [None, {"b": None}]}) != intake_digest({"a": [{"b": None}]})
    assert intake_digest({"a": True}) != intake_digest({"a": 1})


@pytest.mark.parametrize(("stated", "says"), [(None, False), ([], False), (SAMPLE["fulfilment_orders"], True)])
def test_the_body_says_or_does_not_say_who_sends(stated: object, says: bool) -> None:
    assert states_fulfilment(body(fulfilment_orders=stated)) is says


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.timezones()))
def test_every_rfc_3339_instant_is_read_as_utc(instant: datetime) -> None:
    offset = instant.utcoffset()
    if offset is not None and offset.total_seconds() % 60 == 0:
        assert read_instant(instant.isoformat()) == instant.astimezone(UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5,
)
paths = st.sampled_from([
    "number", "placed_at", "currency", "prices_include_tax", "customer", "customer.name", "ship_to", "lines",
    "lines[0]", "lines[0].id", "lines[0].quantity", "lines[0].tags", "lines[0].bundle", "shipping", "charges",
    "payments", "payments[0]", "payments[0].state", "fulfilment_orders", "fulfilment_orders[0]",
    "fulfilment_orders[0].lines", "fulfilment_orders[0].lines[0]", "coupons", "platform", "accepted_excess",
])


@given(paths, json_values)
def test_no_value_anywhere_makes_the_intake_stumble(path: str, value: object) -> None:
    faults_of(with_at(path, value))


@pytest.mark.parametrize(("currency", "known"), [("EUR", True), ("KWD", True), ("HRK", True), ("ZZZ", False)])
def test_a_currency_is_one_of_iso_4217(currency: str, known: bool) -> None:
    assert ("currency" not in faults_of(body(currency=currency))) is known
