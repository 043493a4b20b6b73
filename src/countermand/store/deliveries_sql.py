"""The statements of the outbox and the batches."""

DUE_MESSAGES = """
SELECT merchant_id, dedupe FROM outbox
WHERE state = 'pending' AND due_at <= :now AND kind = :kind AND claim_until < {now} ORDER BY due_at LIMIT :limit
"""
CLAIM_SET = """
UPDATE outbox SET claim_until = {now} + :expiry, claim_number = claim_number + 1, attempts = attempts + 1
"""
CLAIMED = """
RETURNING merchant_id, order_number, kind, template, dedupe, due_at, request, case_id, audience, body, attempts,
  claim_number
"""
CLAIM_MESSAGES = {
    "sqlite": CLAIM_SET + """
WHERE state = 'pending' AND claim_until < {now} AND (merchant_id, dedupe) IN (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:keys))
""" + CLAIMED,
    "postgresql": CLAIM_SET + """
FROM (SELECT e ->> 0 AS m, e ->> 1 AS k FROM json_array_elements(CAST(:keys AS json)) AS e) keys
WHERE merchant_id = keys.m AND dedupe = keys.k AND state = 'pending' AND claim_until < {now}
""" + CLAIMED,
}
MINE = "WHERE merchant_id = :merchant AND dedupe = :dedupe AND claim_number = :claim AND state = 'pending'"
MESSAGE_SENT = f"UPDATE outbox SET state = 'sent', sent_at = :now, claim_until = 0, failure = NULL {MINE}"
MESSAGE_SUPPRESSED = f"UPDATE outbox SET state = 'suppressed', sent_at = :now, claim_until = 0, failure = NULL {MINE}"
TELL = """
INSERT INTO outbox (merchant_id, order_number, dedupe, kind, template, due_at, request, case_id, audience, body)
VALUES (:merchant, :number, :dedupe, :kind, :template, :due_at, :request, :case_id, :audience, :body)
ON CONFLICT (merchant_id, dedupe) DO NOTHING
"""
MESSAGE_AGAIN = f"UPDATE outbox SET due_at = :retry_at, claim_until = 0, failure = :failure {MINE}"
MESSAGE_DEAD = f"UPDATE outbox SET state = 'dead', claim_until = 0, failure = :failure {MINE}"

INSERT_BATCH = """
INSERT INTO batches (merchant_id, id, actor, body, created_at, total)
VALUES (:merchant, :id, :actor, :body, :created_at, :total) RETURNING id
"""
INSERT_ITEMS = {
    "sqlite": """
INSERT INTO batch_items (merchant_id, batch_id, position, order_number)
SELECT :merchant, :id, CAST(key AS integer), value FROM json_each(:orders)
""",
    "postgresql": """
INSERT INTO batch_items (merchant_id, batch_id, position, order_number)
SELECT CAST(:merchant AS text), CAST(:id AS text), e.place - 1, e.number
FROM json_array_elements_text(CAST(:orders AS json)) WITH ORDINALITY AS e(number, place)
""",
}
CREATE_BATCH = {engine: (INSERT_BATCH, items) for engine, items in INSERT_ITEMS.items()}
BATCH = """
SELECT merchant_id, id, actor, body, created_at, total, finished_at FROM batches
WHERE merchant_id = :merchant AND id = :id
"""
ITEM_COLUMNS = "position, order_number, status, outcome"
BATCH_ITEMS = f"""
SELECT {ITEM_COLUMNS} FROM batch_items
WHERE merchant_id = :merchant AND batch_id = :id AND position > :after ORDER BY position LIMIT :limit
"""
DUE_BATCH = """
SELECT merchant_id, id FROM batches WHERE finished_at IS NULL AND claim_until < {now} ORDER BY created_at LIMIT 1
"""
CLAIM_BATCH = """
UPDATE batches SET claim_until = {now} + :expiry, claim_number = claim_number + 1
WHERE merchant_id = :merchant AND id = :id AND finished_at IS NULL AND claim_until < {now}
RETURNING merchant_id, id, claim_number
"""
NEXT_ITEMS = f"""
SELECT {ITEM_COLUMNS} FROM batch_items
WHERE merchant_id = :merchant AND batch_id = :id AND status IS NULL ORDER BY position LIMIT :limit
"""
MY_BATCH = "merchant_id = :merchant AND id = :id AND claim_number = :claim AND claim_until > {now}"
KEEP_BATCH = f"UPDATE batches SET claim_until = {{now}} + :expiry WHERE {MY_BATCH} RETURNING id"
RECORD_OUTCOME = f"""
UPDATE batch_items SET status = :status, outcome = :outcome
WHERE merchant_id = :merchant AND batch_id = :id AND position = :position AND status IS NULL
  AND EXISTS (SELECT 1 FROM batches WHERE {MY_BATCH})
"""
FINISH_BATCH = f"UPDATE batches SET finished_at = :now, claim_until = 0 WHERE {MY_BATCH}"

SHARED = {
    "due_messages": DUE_MESSAGES, "message_sent": MESSAGE_SENT, "message_again": MESSAGE_AGAIN,
    "message_dead": MESSAGE_DEAD, "message_suppressed": MESSAGE_SUPPRESSED, "tell": TELL,
    "insert_batch": INSERT_BATCH, "batch": BATCH, "batch_items": BATCH_ITEMS,
    "due_batch": DUE_BATCH, "claim_batch": CLAIM_BATCH, "next_items": NEXT_ITEMS, "keep_batch": KEEP_BATCH,
    "record_outcome": RECORD_OUTCOME, "finish_batch": FINISH_BATCH,
}
OF_ENGINE = {
    engine: {"claim_messages": CLAIM_MESSAGES[engine], "insert_items": INSERT_ITEMS[engine]}
    for engine in ("sqlite", "postgresql")
}
