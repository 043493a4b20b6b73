"""The body of an order, described for the OpenAPI document. `decide/intake.py` reads and checks it."""

from countermand.decide.intake import (
    COUNTRY,
    CURRENCY,
    LOCALE,
    MOST_COUPONS,
    MOST_EMAIL,
    MOST_LINES,
    MOST_NAME,
    MOST_TAGS,
    MOST_TITLE,
    MOST_WORD,
)
from countermand.decide.intake_fields import MOST_QUANTITY
from countermand.decide.intake_goods import MOST_FULFILMENT_ORDERS, MOST_ROWS
from countermand.decide.intake_money import MOST_CHARGES, MOST_PAYMENTS
from countermand.model.fulfilment import Stage
from countermand.model.ids import ITEM_ID, ORDER_NUMBER
from countermand.model.order import ChargeKind, ChargeRule, LineKind
from countermand.model.payment import PaymentState
from countermand.web.api.schemas import ORDER_EXAMPLE
from countermand.web.api.shape import Choice, Fields, Flag, Instant, Many, Text, Whole

ID = Text(64, pattern=ITEM_ID)
AMOUNT = Whole()
NAME = Text(MOST_NAME)
SLUG_NAME = Text(64)

BUNDLE = Fields({"id": ID}, {"divisible": Flag()}, name="Bundle")
LINE = Fields(
    {"id": ID, "sku": NAME, "title": Text(MOST_TITLE), "quantity": Whole(1, MOST_QUANTITY), "unit_price": AMOUNT},
    {
        "discount": AMOUNT, "tax": AMOUNT, "seller": SLUG_NAME, "kind": Choice(tuple(LineKind)),
        "tags": Many(Text(MOST_WORD), MOST_TAGS, least=0), "bundle": BUNDLE, "expected_at": Instant(),
    },
    name="LineBody",
)
CHARGE = Fields(
    {"amount": AMOUNT},
    {
        "id": ID, "kind": Choice(tuple(ChargeKind)), "tax": AMOUNT, "refund": Choice(tuple(ChargeRule)),
        "seller": SLUG_NAME, "fulfilment_order": ID, "lines": Many(ID, MOST_LINES), "surcharge": Flag(),
    },
    name="ChargeBody",
)
SHIPPING = Fields(
    {"amount": AMOUNT}, {"tax": AMOUNT, "refund": Choice(tuple(ChargeRule)), "surcharge": Flag()},
    name="ShippingBody",
)
PAYMENT = Fields(
    {"provider": SLUG_NAME},
    {
        "id": ID, "reference": Text(255), "state": Choice(tuple(PaymentState)), "authorised": AMOUNT,
        "captured": AMOUNT, "refunded": AMOUNT, "method": Text(100),
    },
    name="PaymentBody",
)
FULFILMENT_ORDER = Fields(
    {},
    {
        "id": ID, "holder": Text(40), "stage": Choice(tuple(Stage)),
        "lines": Many(
            Fields({"line": ID, "quantity": Whole(1, MOST_QUANTITY)}, name="FulfilmentLineBody"), MOST_ROWS
        ),
    },
    name="FulfilmentOrderBody",
)
CUSTOMER = Fields(
    {},
    {
        "name": NAME, "email": Text(MOST_EMAIL), "locale": Text(40, pattern=LOCALE),
        "country": Text(2, 2, pattern=COUNTRY),
    },
    name="CustomerBody",
)
SHIP_TO = Fields(
    {}, {"city": NAME, "postcode": Text(32), "country": Text(2, 2, pattern=COUNTRY)}, name="ShipToBody"
)
ORDER_BODY = Fields(
    {
        "number": Text(64, pattern=ORDER_NUMBER), "placed_at": Instant(), "currency": Text(3, 3, pattern=CURRENCY),
        "customer": CUSTOMER, "lines": Many(LINE, MOST_LINES),
    },
    {
        "prices_include_tax": Flag(), "ship_to": SHIP_TO, "shipping": SHIPPING,
        "charges": Many(CHARGE, MOST_CHARGES, least=0), "accepted_excess": AMOUNT,
        "payments": Many(PAYMENT, MOST_PAYMENTS, least=0),
        "fulfilment_orders": Many(FULFILMENT_ORDER, MOST_FULFILMENT_ORDERS, least=0),
        "coupons": Many(Text(MOST_WORD), MOST_COUPONS, least=0), "platform": Text(64),
        "source_updated_at": Instant(),
    },
    name="OrderBody",
    example=ORDER_EXAMPLE,
)
