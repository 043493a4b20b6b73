"""From the JSON of an order, as the API and the import get it, to an `Order`: shape, meaning, totals (DESIGN 7)."""

import hashlib
import re
from collections.abc import Collection, Mapping
from json import JSONEncoder

from countermand.decide.intake_fields import MOST_QUANTITY, Body, Found
from countermand.decide.intake_goods import intake_parcels, read_fulfilment
from countermand.decide.intake_money import check_payments, check_total, read_charges, read_payments
from countermand.model.currencies import KNOWN
from countermand.model.faults import IntakeFaults
from countermand.model.fulfilment import Holder
from countermand.model.ids import ITEM_ID, ORDER_NUMBER
from countermand.model.order import Bundle, Customer, Line, LineKind, Order, ShipTo

MOST_LINES = 2_000
MOST_TAGS = 50
MOST_COUPONS = 50
MOST_WORD = 100
MOST_NAME = 200
MOST_TITLE = 500
MOST_EMAIL = 254

ORDER = frozenset(
    "number placed_at currency prices_include_tax customer ship_to lines shipping charges accepted_excess payments "
    "fulfilment_orders coupons platform source_updated_at".split()
)
LINE = frozenset("id sku title quantity unit_price discount tax seller kind tags bundle expected_at".split())
CUSTOMER = frozenset(("name", "email", "locale", "country"))
SHIP_TO = frozenset(("city", "postcode", "country"))
BUNDLE = frozenset(("id", "divisible"))
KINDS = {kind.value: kind for kind in LineKind}
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")
LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
EMAIL = re.compile(r"[^\s@<>,;\x00-\x1f\x7f]+@[^\s@<>,;\x00-\x1f\x7f]+")
LIKE_NUMBER = "1 to 64 of the letters A-Z, a-z, 0-9 and . _ # -"
LIKE_ID = "1 to 64 of the letters A-Z, a-z, 0-9 and . _ # : -"
NOTHING: Body = {}

encode_canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode


def order_from_intake(
    merchant: str,
    body: object,
    *,
    holders: Mapping[str, Holder],
    default_holder: str | None,
    sellers: Collection[str],
    compare_payments: bool = True,
) -> Order:
    """The order that the body states, version 0, with nothing cancelled yet.

    `holders`: the merchant's, by id; `default_holder`: who sends what no fulfilment order mentions; `sellers`: ids.
    `compare_payments`: False for an edit, whose refunds may still be to come.
    Errors: IntakeFaults, with every fault that was found.
    """
    found = Found()
    if not isinstance(body, dict):
        raise IntakeFaults((("(body)", "must be an object"),))
    if not body.keys() <= ORDER:
        found.unknown(body, ORDER, "")
    number = found.name(body, "number", "", ORDER_NUMBER, LIKE_NUMBER, required=True)
    currency = found.name(body, "currency", "", CURRENCY, "an ISO 4217 code such as EUR", required=True)
    placed_at = found.instant(body, "placed_at", "", required=True)
    lines = _lines(body, sellers, found)
    customer, ship_to = _people(body, found)
    fulfilment_orders = read_fulfilment(body, lines, holders, default_holder, found)
    charges = read_charges(body, lines, fulfilment_orders, sellers, found)
    payments = read_payments(body, placed_at, found)
    include_tax = found.flag(body, "prices_include_tax", "", False)
    accepted_excess = found.whole(body, "accepted_excess", "")
    coupons = found.words(body, "coupons", "", MOST_COUPONS, MOST_WORD)
    platform = found.text(body, "platform", "", 64)
    source_updated_at = found.instant(body, "source_updated_at", "")
    if not found.faults:
        total = check_total(lines, charges, include_tax, found)
        if compare_payments:
            check_payments(payments, total, accepted_excess, found)
    if currency is not None and currency not in KNOWN:
        found.add("currency", f"{currency} is no currency of ISO 4217")
    if found.faults or number is None or currency is None or placed_at is None:
        raise IntakeFaults(tuple(found.faults))
    return Order(
        merchant, number, 0, customer, ship_to, currency, placed_at, lines, charges, payments, fulfilment_orders,
        parcels=intake_parcels(fulfilment_orders, placed_at), coupons=coupons, prices_include_tax=include_tax,
        accepted_excess=accepted_excess, platform=platform, source_updated_at=source_updated_at,
        intake_digest=intake_digest(body),
    )


def intake_digest(body: object) -> str:
    """SHA-256 of the body in one canonical form: keys sorted, nulls left out, nothing filled in.

    Two bodies that differ only in the order of their keys, in white space or in explicit nulls are the same order.
    """
    return hashlib.sha256(encode_canonical(_without_nulls(body)).encode()).hexdigest()


def states_fulfilment(body: Body) -> bool:
    """Whether the body itself says who sends what; else the intake filled in one fulfilment order."""
    return bool(body.get("fulfilment_orders"))


def _without_nulls(value: object) -> object:
    if type(value) is dict:
        return {
            name: _without_nulls(each) if type(each) is dict or type(each) is list else each
            for name, each in value.items() if each is not None
        }
    if type(value) is list:
        return [_without_nulls(each) if type(each) is dict or type(each) is list else each for each in value]
    return value


def _lines(body: Body, sellers: Collection[str], found: Found) -> tuple[Line, ...]:
    rows = found.items(body, "lines", "", MOST_LINES)
    if not body.get("lines"):
        found.add("lines", "is required: name at least one line")
    lines = []
    seen: set[str] = set()
    for at, row in rows:
        line = _line(row, at, sellers, found)
        if line.id in seen:
            found.add(at + "id", f"{line.id} stands here twice; every line needs its own id")
        elif line.id:
            seen.add(line.id)
        lines.append(line)
    return tuple(lines)


def _line(row: Body, at: str, sellers: Collection[str], found: Found) -> Line:
    if not row.keys() <= LINE:
        found.unknown(row, LINE, at)
    line_id = found.name(row, "id", at, ITEM_ID, LIKE_ID, required=True)
    sku = found.text(row, "sku", at, MOST_NAME, required=True)
    title = found.text(row, "title", at, MOST_TITLE, required=True)
    quantity = found.whole(row, "quantity", at, None, 1, MOST_QUANTITY)
    unit_price = found.whole(row, "unit_price", at, None)
    discount = found.whole(row, "discount", at)
    tax = found.whole(row, "tax", at)
    seller = found.text(row, "seller", at, 64)
    if seller is not None and seller not in sellers:
        found.add(at + "seller", f"{seller} is not a seller of this merchant; create it first")
    kind = found.choice(row, "kind", at, KINDS, LineKind.GOODS)
    tags = found.words(row, "tags", at, MOST_TAGS, MOST_WORD)
    expected_at = found.instant(row, "expected_at", at) if "expected_at" in row else None
    bundle = _bundle(row, at, found) if row.get("bundle") is not None else None
    if discount > unit_price * quantity:
        found.add(at + "discount", f"must not be more than the line's price, {unit_price * quantity}")
    return Line(
        line_id or "", sku or "", title or "", quantity, unit_price, discount, tax, seller, kind, tags, bundle,
        expected_at,
    )


def _bundle(row: Body, at: str, found: Found) -> Bundle | None:
    bundle = row["bundle"]
    if type(bundle) is not dict:
        found.add(at + "bundle", "must be an object")
        return None
    if not bundle.keys() <= BUNDLE:
        found.unknown(bundle, BUNDLE, at + "bundle.")
    bundle_id = found.name(bundle, "id", at + "bundle.", ITEM_ID, LIKE_ID, required=True)
    divisible = found.flag(bundle, "divisible", at + "bundle.", True)
    return Bundle(bundle_id, divisible) if bundle_id is not None else None


def _people(body: Body, found: Found) -> tuple[Customer, ShipTo]:
    """Who ordered and where it goes. A country beside the customer's name counts if the address has none."""
    person = _object(body, "customer", found)
    address = _object(body, "ship_to", found)
    if body.get("customer") is None:
        found.add("customer", "is required; {} if nothing is known about them")
    if not person.keys() <= CUSTOMER:
        found.unknown(person, CUSTOMER, "customer.")
    if not address.keys() <= SHIP_TO:
        found.unknown(address, SHIP_TO, "ship_to.")
    like = "an ISO 3166 code such as DE"
    email = found.text(person, "email", "customer.", MOST_EMAIL)
    if email is not None and EMAIL.fullmatch(email) is None:
        found.add("customer.email", "must be one e-mail address, such as ana@example.com")
    locale = found.name(person, "locale", "customer.", LOCALE, "a language such as de-DE")
    own = found.name(person, "country", "customer.", COUNTRY, like)
    country = found.name(address, "country", "ship_to.", COUNTRY, like)
    return (
        Customer(
            found.text(person, "name", "customer.", MOST_NAME), email, locale.replace("_", "-") if locale else "en"
        ),
        ShipTo(
            found.text(address, "city", "ship_to.", MOST_NAME), found.text(address, "postcode", "ship_to.", 32),
            country or own,
        ),
    )


def _object(body: Body, name: str, found: Found) -> Body:
    value = body.get(name)
    if value is None:
        return NOTHING
    if type(value) is dict:
        return value
    found.add(name, "must be an object")
    return NOTHING

