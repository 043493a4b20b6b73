"""The texts of the lists: a list narrowed in a new way is a new text, so that each gets a plan of its own.

A condition that is always true (`currency <> ''`) names the index that a list walks along (migrations/shared).
"""

from collections.abc import Iterable

from countermand.store.tables import CASES, DUTIES

MEMBER = {
    "sqlite": "IN (SELECT value FROM json_each(:{name}))",
    "postgresql": "IN (SELECT json_array_elements_text(CAST(:{name} AS json)))",
}


def member(engine: str, name: str) -> str:
    """Is the cell one of the strings of the JSON list `:name`?"""
    return MEMBER[engine].format(name=name)


def where(conditions: Iterable[str]) -> str:
    return " AND ".join(conditions)


ORDER_UNITS = "(SELECT coalesce(sum(f.{0}), 0) FROM fulfilment_lines f WHERE f.merchant_id = o.merchant_id " \
    "AND f.order_number = o.number)"
ORDER_COLUMNS = ", ".join([
    "o.number", "o.version", "o.placed_at", "o.customer_name", "o.customer_email", "o.currency", "o.stage",
    "o.request_state", "o.quarantined",
    "(SELECT l.title FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_number = o.number "
    "ORDER BY l.position LIMIT 1)",
    "(SELECT count(*) FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_number = o.number)",
    *(ORDER_UNITS.format(name) for name in ("quantity", "open", "held", "cancelled", "despatched")),
])
ORDER_CONDITIONS = {
    "stage": "o.stage = :stage",
    "request_state": "o.request_state = :request_state",
    "q": "o.search_text LIKE :q ESCAPE '!'",
    "email": "o.email_lower = :email",
    "sku": "EXISTS (SELECT 1 FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_number = o.number "
           "AND l.sku = :sku)",
    "placed_from": "o.placed_at >= :placed_from",
    "placed_to": "o.placed_at < :placed_to",
    "quarantined": "o.quarantined IS NOT NULL",
    "not_quarantined": "o.quarantined IS NULL",
    "after": "(o.placed_at, o.number) < (:after_at, :after_id)",
}


def order_conditions(engine: str) -> dict[str, str]:
    return ORDER_CONDITIONS | {
        "sellers": "EXISTS (SELECT 1 FROM order_lines l WHERE l.merchant_id = o.merchant_id "
                   f"AND l.order_number = o.number AND l.seller {member(engine, 'sellers')})",
        "holders": "EXISTS (SELECT 1 FROM fulfilment_orders f WHERE f.merchant_id = o.merchant_id "
                   f"AND f.order_number = o.number AND f.holder {member(engine, 'holders')})",
    }


def orders(engine: str, chosen: Iterable[str]) -> str:
    known = order_conditions(engine)
    conditions = where(["o.merchant_id = :merchant", "o.currency <> ''", *(known[name] for name in chosen)])
    return f"SELECT {ORDER_COLUMNS} FROM orders o WHERE {conditions} " \
        "ORDER BY o.placed_at DESC, o.number DESC LIMIT :limit"


def request_conditions(engine: str) -> dict[str, str]:
    of_part = "FROM parts p JOIN {0} x ON x.merchant_id = p.merchant_id AND x.order_number = p.order_number " \
        "AND x.id = p.{1} WHERE p.merchant_id = r.merchant_id AND p.order_number = r.order_number " \
        "AND p.request = r.id"
    return {
        "state": "r.state = :state",
        "order": "r.order_number = :order",
        "after": "(r.created_at, r.id) < (:after_at, :after_id)",
        "sellers": f"EXISTS (SELECT 1 {of_part.format('order_lines', 'line')} "
                   f"AND x.seller {member(engine, 'sellers')})",
        "holders": f"EXISTS (SELECT 1 {of_part.format('fulfilment_orders', 'fulfilment_order')} "
                   f"AND x.holder {member(engine, 'holders')})",
    }


def requests(engine: str, chosen: Iterable[str]) -> str:
    known = request_conditions(engine)
    conditions = where(["r.merchant_id = :merchant", "r.kind <> ''", *(known[name] for name in chosen)])
    return "SELECT r.id, r.order_number, r.state, r.kind, r.reason, r.created_at FROM requests r " \
        f"WHERE {conditions} ORDER BY r.created_at DESC, r.id DESC LIMIT :limit"


CASE_CELLS = ", ".join(f"c.{column.name}" for column in CASES.columns)
CASE_LINES = (
    "(SELECT {json_list}({json_array}(p.number, p.line, p.quantity)) FROM parts p "
    "WHERE p.merchant_id = c.merchant_id AND p.order_number = c.order_number AND p.request = c.request "
    "AND p.case_id = c.id)"
)


def case_conditions(engine: str) -> dict[str, str]:
    return {
        "state": "c.state = :state",
        "order": "c.order_number = :order",
        "holders": f"c.holder {member(engine, 'holders')}",
        "after": "(c.answer_by, c.id) > (:after_at, :after_id)",
    }


def cases(engine: str, chosen: Iterable[str]) -> str:
    known = case_conditions(engine)
    conditions = where(["c.merchant_id = :merchant", "c.holder <> ''", *(known[name] for name in chosen)])
    return f"SELECT c.order_number, {CASE_LINES}, {CASE_CELLS} FROM cases c WHERE {conditions} " \
        "ORDER BY c.answer_by, c.id LIMIT :limit"


DUTY_CELLS = ", ".join(f"d.{column.name}" for column in DUTIES.columns)


def refund_conditions(engine: str) -> dict[str, str]:
    return {
        "state": "d.state = :state",
        "order": "d.order_number = :order",
        "after": "(d.created_at, d.id) < (:after_at, :after_id)",
        "sellers": "EXISTS (SELECT 1 FROM parts p JOIN order_lines l ON l.merchant_id = p.merchant_id "
                   "AND l.order_number = p.order_number AND l.id = p.line WHERE p.merchant_id = d.merchant_id "
                   "AND p.order_number = d.order_number AND p.request = d.request "
                   f"AND l.seller {member(engine, 'sellers')})",
    }


def refunds(engine: str, chosen: Iterable[str]) -> str:
    known = refund_conditions(engine)
    conditions = where(["d.merchant_id = :merchant", "d.kind <> ''", *(known[name] for name in chosen)])
    return f"SELECT d.order_number, o.currency, {DUTY_CELLS} FROM duties d JOIN orders o " \
        f"ON o.merchant_id = d.merchant_id AND o.number = d.order_number WHERE {conditions} " \
        "ORDER BY d.created_at DESC, d.id DESC LIMIT :limit"


WORK_CONDITIONS = {"after": "(w.opened_at, w.order_number, w.position) > (:after_at, :after_id, :after_position)"}


def worklist(engine: str, chosen: Iterable[str]) -> str:
    conditions = where(
        ["w.merchant_id = :merchant", "w.closed_at IS NULL", *(WORK_CONDITIONS[name] for name in chosen)]
    )
    return "SELECT w.order_number, w.position, w.kind, w.subject, w.opened_at, w.request, w.closed_at, w.note " \
        f"FROM work_items w WHERE {conditions} ORDER BY w.opened_at, w.order_number, w.position LIMIT :limit"


REQUEST_COUNTS = "SELECT state, count(*) FROM requests WHERE merchant_id = :merchant GROUP BY state"
AUDIT = """
SELECT sequence, at, actor, events, previous, digest FROM audit_entries
WHERE merchant_id = :merchant AND order_number = :number ORDER BY sequence
"""
AUDIT_TEXTS = """
SELECT sequence, event, field, text FROM audit_texts WHERE merchant_id = :merchant AND order_number = :number
"""
ERASE_TEXTS = """
UPDATE audit_texts SET text = NULL WHERE merchant_id = :merchant AND order_number = :number AND text IS NOT NULL
RETURNING sequence
"""
FIXED = {
    "request_counts": REQUEST_COUNTS, "audit": AUDIT, "audit_texts": AUDIT_TEXTS, "erase_texts": ERASE_TEXTS,
}


def every_list(engine: str) -> dict[str, str]:
    """Each list plain, with each condition alone and with all of them: for the test that explains them."""
    found: dict[str, str] = {}
    for make, conditions in (
        (orders, list(order_conditions(engine))), (requests, list(request_conditions(engine))),
        (cases, list(case_conditions(engine))), (refunds, list(refund_conditions(engine))),
        (worklist, list(WORK_CONDITIONS)),
    ):
        for chosen in ([], *([name] for name in conditions), conditions):
            found[f"{make.__name__}:{','.join(chosen)}"] = make(engine, chosen)
    return found
