"""What the answers look like. Answers may gain members; clients ignore what they do not know."""

from countermand.model.fulfilment import Stage
from countermand.model.payment import DutyState
from countermand.model.request import (
    CaseState,
    Decline,
    GoodsState,
    Kind,
    NextStep,
    Outcome,
    PartState,
    RequestState,
    Role,
    Silence,
)
from countermand.web.api.shape import Choice, Fields, Flag, Instant, Many, Shape, Text, Told, Whole

ANY_TEXT = Told({"type": "string"})
ANY_OBJECT = Told({"type": "object"})
ANY_INTEGER = Told({"type": "integer"})
MOST = 1_000_000


def told(
    name: str, needed: dict[str, Shape], optional: dict[str, Shape] | None = None, example: object = None
) -> Fields:
    """An object in an answer; `optional` members are null or left out."""
    return Fields(needed, optional or {}, name=name, closed=False, example=example)


def listed(of: Fields) -> Fields:
    """A page of a list."""
    return told(f"{of.name}List", {"items": Many(of, 200, least=0)}, {"next_cursor": ANY_TEXT})


REQUEST_LINE = told(
    "RequestLine",
    {
        "line": ANY_TEXT, "quantity": Whole(1), "outcome": Choice(tuple(Outcome)), "state": Choice(tuple(PartState)),
        "goods": Choice(tuple(GoodsState)),
    },
    {
        "fulfilment_order": ANY_TEXT, "reason": Choice(tuple(Decline)), "until": Instant(),
        "next_step": Choice(tuple(NextStep)), "answer_by": Instant(), "on_silence": Choice(tuple(Silence)),
        "case": ANY_TEXT,
    },
)
MONEY = told(
    "RequestMoney",
    {
        "currency": Text(3, 3, example="EUR"), "refund": ANY_INTEGER, "void": ANY_INTEGER, "fee": ANY_INTEGER,
        "when": Choice(("at_once", "after_remaining_despatched", "after_goods_return", "nothing_due")),
        "parts": Many(
            told("MoneyPart", {"amount": ANY_INTEGER, "state": ANY_TEXT}, {"payment": ANY_TEXT}), MOST, least=0
        ),
    },
    {"capture_limit": ANY_INTEGER, "due_by": Instant()},
)
ASKER_TOLD = told("AskerTold", {"role": Choice(tuple(Role))}, {"name": ANY_TEXT, "channel": ANY_TEXT})
REQUEST = told(
    "CancellationRequest",
    {
        "id": ANY_TEXT, "order": ANY_TEXT, "kind": Choice(tuple(Kind)), "state": Choice(tuple(RequestState)),
        "partially": Flag(), "shown": ANY_TEXT, "asker": ASKER_TOLD, "policy_version": ANY_INTEGER,
        "created_at": Instant(), "order_version": ANY_INTEGER, "lines": Many(REQUEST_LINE, MOST, least=0),
    },
    {
        "reason": ANY_TEXT, "comment": ANY_TEXT, "answer_by": Instant(), "on_silence": Choice(tuple(Silence)),
        "money": MONEY,
    },
    example={
        "id": "cr_01kq3v5x0me5gb3k8w4rz2yq7n", "order": "1042", "kind": "cancellation", "state": "executing",
        "partially": False, "shown": "Cancellation requested", "asker": {"role": "customer", "name": "Ana Silva"},
        "reason": "ordered_by_mistake", "comment": "two clicks", "policy_version": 3,
        "created_at": "2026-11-21T12:00:00Z", "answer_by": None, "on_silence": None, "order_version": 7,
        "lines": [{
            "line": "1", "fulfilment_order": "F1", "quantity": 1, "outcome": "approved", "state": "executing",
            "goods": "stopped", "reason": None, "until": None, "next_step": None, "answer_by": None,
            "on_silence": None, "case": None,
        }],
        "money": {
            "currency": "EUR", "refund": 1290, "void": 0, "fee": 0, "capture_limit": None,
            "when": "after_remaining_despatched", "due_by": "2026-12-05T12:00:00Z",
            "parts": [{"payment": "p1", "amount": 1290, "state": "planned"}],
        },
    },
)
PREVIEW = told(
    "CancellationPreview",
    {
        "order": ANY_TEXT, "kind": Choice(tuple(Kind)), "order_version": ANY_INTEGER,
        "lines": Many(
            told("PreviewLine", {"line": ANY_TEXT, "quantity": Whole(1), "outcome": Choice(tuple(Outcome))},
                 {"fulfilment_order": ANY_TEXT, "reason": Choice(tuple(Decline)), "until": Instant(),
                  "next_step": Choice(tuple(NextStep)), "answer_by": Instant(),
                  "on_silence": Choice(tuple(Silence))}),
            MOST, least=0,
        ),
    },
    {"asker": ASKER_TOLD, "reason": ANY_TEXT, "comment": ANY_TEXT, "money": MONEY},
)
OPTIONS = told(
    "CancellationOptions",
    {
        "order": ANY_TEXT, "version": ANY_INTEGER,
        "lines": Many(
            told(
                "OptionLine",
                {"line": ANY_TEXT, "stage": Choice(tuple(Stage)), "cancellable_now": Whole(),
                 "with_approval": Whole(), "not_cancellable": Whole(), "outcome": Choice(tuple(Outcome))},
                {"fulfilment_order": ANY_TEXT, "reason": Choice(tuple(Decline)), "until": Instant(),
                 "next_step": Choice(tuple(NextStep)), "answer_by": Instant(),
                 "on_silence": Choice(tuple(Silence))},
            ),
            MOST, least=0,
        ),
        "reasons": Many(told("ReasonChoice", {"code": ANY_TEXT, "label": ANY_TEXT}), MOST, least=0),
    },
)
ORDER_LINE = told(
    "OrderLine",
    {
        "id": ANY_TEXT, "sku": ANY_TEXT, "title": ANY_TEXT, "quantity": Whole(), "unit_price": Whole(),
        "discount": Whole(), "tax": Whole(), "open": Whole(), "held": Whole(), "cancelled": Whole(),
        "despatched": Whole(), "returned": Whole(), "shown": ANY_TEXT, "tags": Many(ANY_TEXT, MOST, least=0),
    },
    {"seller": ANY_TEXT, "expected_at": Instant()},
)
ORDER = told(
    "Order",
    {
        "number": ANY_TEXT, "version": ANY_INTEGER, "currency": Text(3, 3, example="EUR"), "placed_at": Instant(),
        "shown": ANY_TEXT, "lines": Many(ORDER_LINE, MOST, least=0),
        "fulfilment_orders": Many(
            told("FulfilmentOrder", {"id": ANY_TEXT, "holder": ANY_TEXT, "stage": Choice(tuple(Stage))}),
            MOST, least=0,
        ),
        "parcels": Many(ANY_OBJECT, MOST, least=0), "requests": Many(REQUEST, MOST, least=0),
    },
    {"payments": Many(ANY_OBJECT, MOST, least=0), "source_updated_at": Instant()},
)
ORDER_ROW = told(
    "OrderRow",
    {
        "number": ANY_TEXT, "version": ANY_INTEGER, "placed_at": Instant(), "currency": Text(3, 3, example="EUR"),
        "customer": ANY_OBJECT, "lines": Whole(), "units": Whole(), "open": Whole(), "held": Whole(),
        "cancelled": Whole(), "despatched": Whole(),
    },
    {"stage": Choice(tuple(Stage)), "request_state": Choice(tuple(RequestState)), "first_title": ANY_TEXT},
)
CASE = told(
    "Case",
    {
        "id": ANY_TEXT, "order": ANY_TEXT, "request": ANY_TEXT, "fulfilment_order": ANY_TEXT, "holder": ANY_TEXT,
        "state": Choice(tuple(CaseState)), "answer_by": Instant(), "on_silence": Choice(tuple(Silence)),
        "lines": Many(told("CaseLine", {"line": ANY_TEXT, "quantity": Whole()}), MOST, least=0),
    },
    {"answered_by": ANY_TEXT, "answered_at": Instant()},
)
REFUND = told(
    "Refund",
    {
        "id": ANY_TEXT, "order": ANY_TEXT, "request": ANY_TEXT, "amount": ANY_INTEGER,
        "state": Choice(tuple(DutyState)),
    },
    {"payment": ANY_TEXT, "due_by": Instant()},
)
PASS = told(
    "ShipPass",
    {"version": ANY_INTEGER, "ship": Many(ANY_OBJECT, MOST, least=0), "do_not_ship": Many(ANY_OBJECT, MOST, least=0)},
    example={"ship": [{"line": "1", "quantity": 3}], "do_not_ship": [], "version": 8},
)
PAYMENT_TAKEN = told("PaymentEventTaken", {"version": ANY_INTEGER})
LINK = told(
    "CustomerLink", {"url": ANY_TEXT, "expires_at": Instant()},
    example={"url": "https://shop.example/o/acme.4f…", "expires_at": "2027-02-19T12:00:00Z"},
)
WORK = told("WorkItem", {"kind": ANY_TEXT, "order": ANY_TEXT, "opened_at": Instant()})
AUDIT = told(
    "AuditEntry",
    {"sequence": ANY_INTEGER, "at": Instant(), "actor": ANY_OBJECT,
     "events": Many(ANY_OBJECT, MOST, least=0), "previous": ANY_TEXT, "digest": ANY_TEXT},
)
POLICY = told("Policy", {"version": ANY_INTEGER})
HOLDER_TOLD = told("Holder", {"id": ANY_TEXT, "name": ANY_TEXT, "kind": ANY_TEXT, "control": ANY_TEXT})
SELLER_TOLD = told("Seller", {"id": ANY_TEXT, "name": ANY_TEXT})
ENDPOINT = told("WebhookEndpoint", {"id": ANY_TEXT, "url": ANY_TEXT, "types": Many(ANY_TEXT, MOST, least=0)})
ENDPOINT_MADE = told(
    "WebhookEndpointMade",
    {"id": ANY_TEXT, "url": ANY_TEXT, "secret": ANY_TEXT, "types": Many(ANY_TEXT, MOST, least=0)},
)
BATCH_STARTED = told(
    "CancellationBatchStarted",
    {"id": ANY_TEXT, "state": Choice(("running", "finished")), "total": Whole(), "done": Whole()},
)
BATCH_TOLD = told(
    "CancellationBatch",
    {
        "id": ANY_TEXT, "state": Choice(("running", "finished")), "total": Whole(), "done": Whole(),
        "items": Many(
            told("BatchItem", {"number": ANY_TEXT}, {"status": ANY_INTEGER, "outcome": ANY_OBJECT}), MOST, least=0
        ),
    },
    {"finished_at": Instant(), "next_cursor": ANY_TEXT},
)
NO_CONTENT = Fields(name="Nothing", closed=False)
PROBLEM = told(
    "Problem",
    {
        "type": Text(200, example="/problems/bad-fields"), "title": ANY_TEXT,
        "status": Whole(400, 599, example=422), "detail": ANY_TEXT,
    },
    {"errors": Many(told("FieldFault", {"field": ANY_TEXT, "message": ANY_TEXT}), MOST)},
)
ORDER_EXAMPLE = {
    "number": "1042", "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "prices_include_tax": False,
    "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
    "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"},
    "lines": [{
        "id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300, "tax": 570,
        "seller": None, "kind": "goods", "tags": [], "expected_at": None,
    }],
    "shipping": {"amount": 500, "tax": 95}, "charges": [], "accepted_excess": 0,
    "payments": [{
        "id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "captured", "authorised": 4465,
        "captured": 4465, "refunded": 0, "method": "Visa 4242",
    }],
    "fulfilment_orders": [
        {"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 3}]},
    ],
}
