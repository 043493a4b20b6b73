"""The statements of the way of a request that both engines share; lists and directory have theirs beside them."""

from collections.abc import Sequence
from typing import Any

from countermand.store.rows import json_text
from countermand.store.tables import AGGREGATE, ORDER_WIDE, Table


def children(table: Table) -> str:
    """All rows of one table that belong to the order `o`, as one JSON list of lists."""
    cells = ", ".join(f"t.{column.name}" for column in table.columns)
    return (
        f"(SELECT {{json_list}}({{json_array}}({cells})) FROM {table.name} t "
        "WHERE t.merchant_id = o.merchant_id AND t.order_number = o.number)"
    )


LOAD = (
    "SELECT " + ", ".join([f"o.{column.name}" for column in ORDER_WIDE] + [children(table) for table in AGGREGATE])
    + " FROM orders o WHERE o.merchant_id = :merchant AND o.number = :number"
)

FIND_ANSWER = (
    "SELECT status, body, digest FROM idempotency WHERE merchant_id = :merchant AND scope = :scope AND key = :key"
)
FIND_INBOUND = (
    "SELECT status, body FROM inbox WHERE merchant_id = :merchant AND provider = :provider AND event_id = :event"
)
ORDER_OF_REQUEST = "SELECT order_number FROM requests WHERE merchant_id = :merchant AND id = :id"
ORDER_OF_CASE = "SELECT order_number FROM cases WHERE merchant_id = :merchant AND id = :id"
RECENT_REQUESTS = """
SELECT count(*) FROM orders o JOIN requests r ON r.merchant_id = o.merchant_id AND r.order_number = o.number
WHERE o.merchant_id = :merchant AND o.email_lower = :email AND r.created_at >= :since
"""

WINDOW = 5_000
"""A poll looks at so many of the oldest due sagas, so that it costs the same whatever the backlog."""

DUE = f"""
SELECT merchant_id, order_number, id FROM (
  SELECT merchant_id, order_number, id, row_number() OVER (PARTITION BY merchant_id ORDER BY random()) AS place
  FROM (
    SELECT merchant_id, order_number, id FROM requests
    WHERE due_at <= :now AND claim_until < {{now}} AND (retry_at IS NULL OR retry_at <= :now)
    ORDER BY due_at LIMIT {WINDOW}
  ) oldest
) due WHERE place <= :per_merchant ORDER BY random() LIMIT :limit
"""

HOLDS = (
    "merchant_id = :merchant AND order_number = :number AND id = :request AND claim_number = :claim "
    "AND claim_until > {now}"
)
KEEP = f"UPDATE requests SET claim_until = {{now}} + :expiry WHERE {HOLDS}"
RELEASE = f"UPDATE requests SET claim_until = 0, claimed_by = NULL, retry_at = :retry_at WHERE {HOLDS}"

CLAIM_HELD = f"SELECT 1 FROM requests WHERE {HOLDS}"

CLAIM_SET = (
    "UPDATE requests SET claim_until = {now} + :expiry, claim_number = claim_number + 1, claimed_by = :node, "
    "attempts = attempts + 1, retry_at = NULL"
)
CLAIMED = "RETURNING merchant_id, order_number, id, claim_number"
CLAIM = {
    "sqlite": f"""
{CLAIM_SET} WHERE claim_until < {{now}} AND (merchant_id, order_number, id) IN (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(:keys))
{CLAIMED}""",
    "postgresql": f"""
{CLAIM_SET} FROM unnest(CAST(:merchants AS text[]), CAST(:numbers AS text[]), CAST(:ids AS text[])) AS k(m, o, r)
WHERE merchant_id = k.m AND order_number = k.o AND id = k.r AND claim_until < {{now}}
{CLAIMED}""",
}
"""Compare-and-set: of two nodes that saw the same due row, one finds claim_until raised. Fencing number rises."""


def claim_keys(engine: str, due: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The rows to claim, in key order: as one JSON list for SQLite, as three arrays for PostgreSQL."""
    keys = sorted(tuple(row) for row in due)
    if engine == "sqlite":
        return {"keys": json_text(keys)}
    merchants, numbers, ids = zip(*keys, strict=True)
    return {"merchants": list(merchants), "numbers": list(numbers), "ids": list(ids)}


JOURNAL_STEP = f"""
UPDATE steps SET subject = :subject, state = :state, generation = :generation, attempt = :attempt, due_at = :due_at,
  lines = :lines, receipt = :receipt, failure = :failure
WHERE merchant_id = :merchant AND order_number = :number AND request = :request AND number = :step
  AND state NOT IN ('done', 'skipped') AND EXISTS ({CLAIM_HELD})
"""
JOURNAL = f"""
WITH held AS (SELECT merchant_id, order_number, id FROM requests WHERE {HOLDS} FOR NO KEY UPDATE),
noted AS (
  UPDATE steps t SET subject = s.subject, state = s.state, generation = s.generation, attempt = s.attempt,
    due_at = s.due_at, lines = s.lines, receipt = s.receipt, failure = s.failure
  FROM held h, json_to_recordset(CAST(:steps AS json)) AS s(step bigint, subject text, state text,
    generation bigint, attempt bigint, due_at bigint, lines text, receipt text, failure text)
  WHERE t.merchant_id = h.merchant_id AND t.order_number = h.order_number AND t.request = h.id AND t.number = s.step
    AND t.state NOT IN ('done', 'skipped'))
SELECT count(*) FROM held
"""
"""PostgreSQL's journal in one round trip; it holds the claim's row so that nobody takes over in between."""

SHARED = {
    "load": LOAD,
    "find_answer": FIND_ANSWER,
    "find_inbound": FIND_INBOUND,
    "order_of_request": ORDER_OF_REQUEST,
    "order_of_case": ORDER_OF_CASE,
    "recent_requests": RECENT_REQUESTS,
    "due": DUE,
    "keep": KEEP,
    "release": RELEASE,
    "claim_held": CLAIM_HELD,
}
OF_ENGINE = {
    "sqlite": {"claim": CLAIM["sqlite"], "journal_step": JOURNAL_STEP},
    "postgresql": {"claim": CLAIM["postgresql"], "journal": JOURNAL},
}
