"""The bodies that this layer reads itself, as shapes, and the model values made of them."""

import re
from typing import Any

from countermand.decide.payment_events import PaymentEventType
from countermand.decide.ship_gate import Happening
from countermand.model.fulfilment import Control, HolderKind
from countermand.model.ids import ITEM_ID, ORDER_NUMBER, SLUG
from countermand.model.request import ANSWER_REASONS, Ask, Asker, Kind, Role, Wanted
from countermand.web.api.shape import (
    LARGEST_QUANTITY,
    Choice,
    Fields,
    Flag,
    Instant,
    Many,
    Text,
    Whole,
)

LONGEST_COMMENT = 500
MOST_LINES = 1_000
MOST_IN_BATCH = 5_000
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
WEB_ADDRESS = re.compile(r"https?://[^\s]{1,1990}")

NAME = Text(200, example="Ana Silva")
NUMBER = Text(64, pattern=ORDER_NUMBER, example="1042", says="must be an order number: A-Z a-z 0-9 . _ # -")
LINE_ID = Text(64, pattern=ITEM_ID, example="1", says="must be a line's id")
QUANTITY = Whole(1, LARGEST_QUANTITY, example=1)
REASON = Text(64, example="ordered_by_mistake")
COMMENT = Text(LONGEST_COMMENT, least=0, example="two clicks")
EVENT_ID = Text(200, example="wms-2026-11-21-000017")

ASKER = Fields(
    needed={"role": Choice(tuple(Role), example="customer")},
    optional={"name": NAME, "channel": Text(40, example="phone")},
    name="Asker",
)
WANTED = Fields(needed={"line": LINE_ID, "quantity": QUANTITY}, optional={"restock": Flag()}, name="WantedLine")
COUNTED = Fields(needed={"line": LINE_ID, "quantity": QUANTITY}, name="LineQuantity")
WANTED_LINES = Many(WANTED, MOST_LINES, unique="line")
COUNTED_LINES = Many(COUNTED, MOST_LINES, unique="line")

ASK = Fields(
    optional={
        "lines": WANTED_LINES, "reason": REASON, "comment": COMMENT, "asker": ASKER,
        "kind": Choice(tuple(Kind), example="cancellation"), "all_or_nothing": Flag(),
    },
    name="CancellationRequestBody",
    example={
        "lines": [{"line": "1", "quantity": 1}], "reason": "ordered_by_mistake", "comment": "two clicks",
        "asker": {"role": "customer", "name": "Ana Silva"},
    },
)
ANSWER = Fields(
    needed={"answer": Choice(("approve", "decline"), example="approve")},
    optional={"reason": Choice(tuple(ANSWER_REASONS)), "lines": COUNTED_LINES},
    name="CaseAnswerBody",
    example={"answer": "decline", "reason": "already_packed"},
)
GOODS = Fields(
    needed={
        "event_id": EVENT_ID, "fulfilment_order": Text(64, pattern=ITEM_ID, example="F1"),
        "event": Choice(tuple(Happening), example="despatched"), "mode": Choice(("claim", "report"), example="claim"),
        "occurred_at": Instant(),
    },
    optional={
        "lines": COUNTED_LINES, "carrier": Text(100, example="DHL"), "tracking_number": Text(100),
        "tracking_url": Text(2_000, pattern=WEB_ADDRESS, says="must be a web address"),
        "of": Text(200, example="wms-2026-11-21-000012"),
    },
    name="FulfilmentEventBody",
    example={
        "event_id": "wms-17", "fulfilment_order": "F1", "event": "despatched", "mode": "claim",
        "occurred_at": "2026-11-21T12:00:00Z",
    },
)
PAYMENT = Fields(
    needed={
        "event_id": EVENT_ID, "payment": Text(64, pattern=ITEM_ID, example="p1"),
        "type": Choice(tuple(PaymentEventType), example="captured"), "amount": Whole(example=4465),
        "occurred_at": Instant(),
    },
    optional={"reference": Text(200, example="pi_123")},
    name="PaymentEventBody",
    example={
        "event_id": "evt_1", "payment": "p1", "type": "captured", "amount": 4465, "reference": "pi_123",
        "occurred_at": "2026-11-21T12:00:00Z",
    },
)
SLUG_TEXT = Text(40, pattern=SLUG, example="main", says="must be lower-case letters, digits and hyphens")
HOLDER = Fields(
    needed={"id": SLUG_TEXT},
    optional={
        "name": NAME, "kind": Choice(tuple(HolderKind)), "control": Choice(tuple(Control)),
        "plugin": SLUG_TEXT, "seller": SLUG_TEXT,
        "email": Text(320, pattern=EMAIL, says="must be an e-mail address"),
    },
    name="HolderBody",
    example={"id": "main", "name": "Our own warehouse", "kind": "warehouse", "control": "gate"},
)
SELLER = Fields(
    needed={"id": SLUG_TEXT},
    optional={"name": NAME, "email": Text(320, pattern=EMAIL, says="must be an e-mail address")},
    name="SellerBody",
    example={"id": "ceramics", "name": "Ceramics of Porto"},
)
BATCH_ORDER = Fields(needed={"number": NUMBER}, optional={"lines": WANTED_LINES}, name="BatchOrder")
BATCH = Fields(
    needed={"orders": Many(BATCH_ORDER, MOST_IN_BATCH, unique="number")},
    optional={
        "reason": REASON, "comment": COMMENT, "asker": ASKER, "kind": Choice(tuple(Kind)), "all_or_nothing": Flag(),
    },
    name="CancellationBatchBody",
    example={"orders": [{"number": "1042"}], "reason": "out_of_stock", "asker": {"role": "merchant"}},
)
WEBHOOK_TYPES = (
    "order.imported", "request.created", "request.approved", "request.awaiting", "request.declined",
    "request.retracted", "request.completed", "request.needs_attention", "refund.planned", "refund.sent",
    "refund.refunded", "refund.failed", "case.opened", "case.answered", "case.expired", "parcel.stray",
    "parcel.returned",
)
ENDPOINT_BODY = Fields(
    needed={"url": Text(2_000, example="https://shop.example/hooks/countermand")},
    optional={"types": Many(Choice(WEBHOOK_TYPES), len(WEBHOOK_TYPES), least=0)},
    name="WebhookEndpointBody",
    example={"url": "https://shop.example/hooks/countermand", "types": ["request.completed"]},
)
NOTHING = Fields(name="NoBody", example={})


def ask_of(body: dict[str, Any], asker: Asker | None = None) -> Ask:
    """What somebody asks for. `asker` overrules what the body says (a seller's key speaks for the seller)."""
    told = body.get("asker")
    lines = body.get("lines")
    return Ask(
        asker=asker or (Asker(Role.CUSTOMER) if told is None else asker_of(told)),
        kind=Kind(body.get("kind", Kind.CANCELLATION)),
        lines=None if lines is None else tuple(wanted_of(each) for each in lines),
        reason=body.get("reason"),
        comment=body.get("comment") or None,
        all_or_nothing=body.get("all_or_nothing", False),
    )


def asker_of(told: dict[str, Any]) -> Asker:
    return Asker(Role(told["role"]), name=told.get("name"), channel=told.get("channel"))


def wanted_of(line: dict[str, Any]) -> Wanted:
    return Wanted(line["line"], line["quantity"], line.get("restock"))
