"""The tables of the aggregate, in the order in which parents come before children."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is text, int, bool or bytes."""

    name: str
    kind: str


def columns(text: str) -> tuple[Column, ...]:
    """`"id position:int"` as columns; a column without a kind is text."""
    return tuple(Column(name, kind or "text") for name, _, kind in (word.partition(":") for word in text.split()))


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table whose rows belong to an order: `merchant_id` and `order_number` stand before `keys`."""

    name: str
    keys: tuple[Column, ...]
    values: tuple[Column, ...]
    columns: tuple[Column, ...]

    @property
    def sort_index(self) -> int:
        """Where a row says which place it has among its siblings."""
        return [column.name for column in self.columns].index("position")


def table(name: str, keys: str, values: str) -> Table:
    return Table(name, columns(keys), columns(values), columns(f"{keys} {values}"))


ORDER_NARROW = columns("version:int audit_sequence:int audit_head stage request_state")
ORDER_WIDE = ORDER_NARROW + columns(
    "customer_name customer_email customer_locale email_lower search_text ship_city ship_postcode ship_country "
    "currency placed_at:int coupons prices_include_tax:bool accepted_excess:int platform source_updated_at:int "
    "intake_digest quarantined"
)

ORDER_LINES = table(
    "order_lines", "id",
    "position:int sku title quantity:int unit_price:int discount:int tax:int seller kind tags bundle_id "
    "bundle_divisible:bool expected_at:int removed:int",
)
CHARGES = table(
    "charges", "id",
    "position:int kind amount:int tax:int refund seller fulfilment_order lines surcharge:bool",
)
PAYMENTS = table(
    "payments", "id",
    "position:int provider reference state authorised:int captured:int refunded:int charged_back:int released:int "
    "refunded_apart:int disputed:bool captured_at:int method counted",
)
FULFILMENT_ORDERS = table("fulfilment_orders", "id", "position:int holder stage control plugin")
FULFILMENT_LINES = table(
    "fulfilment_lines", "fulfilment_order line",
    "position:int quantity:int open:int held:int cancelled:int despatched:int returned:int claimed:int removed:int",
)
PARCELS = table(
    "parcels", "id",
    "position:int fulfilment_order stray:bool state lines despatched_at:int event_id carrier tracking_number "
    "tracking_url",
)
REQUESTS = table(
    "requests", "id",
    "position:int kind asker_role asker_name asker_id asker_channel reason comment policy_version:int created_at:int "
    "all_or_nothing:bool due_at:int state",
)
PARTS = table(
    "parts", "request number:int",
    "position:int line fulfilment_order quantity:int outcome state goods stage reason until:int next_step "
    "answer_by:int on_silence case_id group_id restock:bool fee_fixed:int fee_percent:int pivot_at:int cleared:bool "
    "returned:int",
)
CASES = table(
    "cases", "id",
    "position:int request fulfilment_order holder answerer state opened_at:int answer_by:int on_silence "
    "final_default escalated:bool extended:bool answer reason answered_by answered_at:int",
)
DUTIES = table(
    "duties", "id",
    "position:int request kind amount:int state generation:int created_at:int payment due_at:int due_by:int "
    "reference failure failures:int",
)
STEPS = table(
    "steps", "request number:int",
    "position:int kind subject state generation:int attempt:int due_at:int lines receipt failure",
)
WORK_ITEMS = table("work_items", "position:int", "kind subject opened_at:int request closed_at:int note")

AUDIT_ENTRIES = table("audit_entries", "sequence:int", "at:int actor events previous digest")
AUDIT_TEXTS = table("audit_texts", "sequence:int event:int field", "text")
OUTBOX = table(
    "outbox", "dedupe", "kind template due_at:int request case_id audience body")
INBOX = table("inbox", "provider event_id", "status:int body:bytes received_at:int")

AGGREGATE = (
    ORDER_LINES, CHARGES, PAYMENTS, FULFILMENT_ORDERS, FULFILMENT_LINES, PARCELS, REQUESTS, PARTS, CASES, DUTIES,
    STEPS, WORK_ITEMS,
)
APPENDED = (AUDIT_ENTRIES, AUDIT_TEXTS, OUTBOX, INBOX)
"""Rows that a commit only ever adds."""

IDEMPOTENCY_COLUMNS = columns("scope key digest status:int body:bytes created_at:int")
