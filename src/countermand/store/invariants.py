"""The invariants that stored data can break, each as a statement that gives the offending rows.

Each row is merchant, order, the row's own name, and what is wrong. What a constraint already forbids is asked again:
`verify` is also for data that came through a backup, a repair by hand or a bug of the database. The numbers are those
of the project's list of invariants (docs); INV-04, 15, 16, 18, 19 and 21 are not about stored data alone.
"""

from dataclasses import dataclass

LINE_UNITS = {
    "sqlite": "json_each(s.lines) e",
    "postgresql": "json_array_elements(CAST(s.lines AS json)) AS e(value)",
}
UNIT_LINE = {"sqlite": "json_extract(e.value, '$[0]')", "postgresql": "(e.value ->> 0)"}
UNIT_COUNT = {"sqlite": "json_extract(e.value, '$[2]')", "postgresql": "CAST(e.value ->> 2 AS bigint)"}

WAITING_GOODS = "('hold_requested', 'hold_confirmed', 'stop_requested')"
LIVE_REQUEST = "('awaiting_approval', 'executing', 'needs_attention')"


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` has `{of}` where the merchant is narrowed, on the alias `x`."""

    number: str
    says: str
    sql: str

    def text(self, engine: str) -> str:
        of = "(CAST(:merchant AS text) IS NULL OR x.merchant_id = :merchant)"
        sql = self.sql.replace("{of}", of).replace("{units}", LINE_UNITS[engine])
        sql = sql.replace("{unit_line}", UNIT_LINE[engine]).replace("{unit_count}", UNIT_COUNT[engine])
        return f"{sql} LIMIT :limit"


INVARIANTS = (
    Invariant("INV-01", "a payment gives back no more than it captured", """
SELECT x.merchant_id, x.order_number, 'payment ' || x.id, 'refunded ' || x.refunded || ' of ' || x.captured
FROM payments x WHERE {of} AND (x.refunded > x.captured OR x.refunded_apart > x.refunded)"""),
    Invariant("INV-01", "refunded duties are refunded on their payment", """
SELECT x.merchant_id, x.order_number, 'payment ' || x.id,
  'duties refunded ' || sum(d.amount) || ', payment refunded ' || x.refunded
FROM payments x JOIN duties d ON d.merchant_id = x.merchant_id AND d.order_number = x.order_number
  AND d.payment = x.id AND d.kind = 'refund' AND d.state = 'refunded'
WHERE {of} GROUP BY x.merchant_id, x.order_number, x.id, x.refunded HAVING sum(d.amount) > x.refunded"""),
    Invariant("INV-01", "what is refunded and on its way is not more than was captured", """
SELECT x.merchant_id, x.order_number, 'payment ' || x.id,
  'on its way ' || sum(d.amount) || ', refunded ' || x.refunded || ', captured ' || x.captured
FROM payments x JOIN duties d ON d.merchant_id = x.merchant_id AND d.order_number = x.order_number
  AND d.payment = x.id AND d.kind = 'refund' AND d.state IN ('pending', 'submitted')
WHERE {of} GROUP BY x.merchant_id, x.order_number, x.id, x.refunded, x.captured
HAVING sum(d.amount) + x.refunded > x.captured"""),
    Invariant("INV-02", "each unit is in exactly one place", """
SELECT x.merchant_id, x.order_number, 'fulfilment order ' || x.fulfilment_order || ' line ' || x.line,
  x.quantity || ' <> ' || x.open || ' + ' || x.held || ' + ' || x.cancelled || ' + ' || x.despatched
FROM fulfilment_lines x WHERE {of} AND (x.quantity <> x.open + x.held + x.cancelled + x.despatched
  OR x.open < 0 OR x.held < 0 OR x.cancelled < 0 OR x.despatched < 0 OR x.returned > x.despatched
  OR x.claimed > x.despatched OR x.removed > x.cancelled)"""),
    Invariant("INV-03", "one live duty for each request, payment and generation", """
SELECT x.merchant_id, x.order_number, 'request ' || x.request, count(*) || ' duties of generation ' || x.generation
FROM duties x WHERE {of} AND x.state <> 'superseded'
GROUP BY x.merchant_id, x.order_number, x.request, coalesce(x.payment, ''), x.generation HAVING count(*) > 1"""),
    Invariant("INV-05", "the audit has no gap and ends where the order says", """
SELECT x.merchant_id, x.number, 'order', count(a.sequence) || ' entries up to ' || coalesce(max(a.sequence), 0)
  || ', the order says ' || x.audit_sequence
FROM orders x LEFT JOIN audit_entries a ON a.merchant_id = x.merchant_id AND a.order_number = x.number
WHERE {of} GROUP BY x.merchant_id, x.number, x.audit_sequence
HAVING count(a.sequence) <> x.audit_sequence OR coalesce(max(a.sequence), 0) <> x.audit_sequence"""),
    Invariant("INV-05", "the head of the audit is the order's head", """
SELECT x.merchant_id, x.number, 'entry ' || a.sequence, 'its digest is not the head that the order has'
FROM orders x JOIN audit_entries a ON a.merchant_id = x.merchant_id AND a.order_number = x.number
  AND a.sequence = x.audit_sequence
WHERE {of} AND a.digest <> x.audit_head"""),
    Invariant("INV-06", "a message speaks of a request that is there", """
SELECT x.merchant_id, x.order_number, 'message ' || x.dedupe, 'no request ' || x.request
FROM outbox x WHERE {of} AND x.request IS NOT NULL AND NOT EXISTS (SELECT 1 FROM requests r
  WHERE r.merchant_id = x.merchant_id AND r.order_number = x.order_number AND r.id = x.request)"""),
    Invariant("INV-08", "a row stays within its tenant and order", """
SELECT x.merchant_id, x.order_number, 'request ' || x.request || ' part ' || x.number,
  'no fulfilment order ' || x.fulfilment_order
FROM parts x WHERE {of} AND x.fulfilment_order IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fulfilment_orders f
  WHERE f.merchant_id = x.merchant_id AND f.order_number = x.order_number AND f.id = x.fulfilment_order)"""),
    Invariant("INV-08", "who sends the goods is known to the tenant", """
SELECT x.merchant_id, x.order_number, 'fulfilment order ' || x.id, 'no holder ' || x.holder
FROM fulfilment_orders x WHERE {of} AND NOT EXISTS (SELECT 1 FROM holders h
  WHERE h.merchant_id = x.merchant_id AND h.id = x.holder)"""),
    Invariant("INV-09", "no more is put back for sale than was cancelled or came back", """
SELECT x.merchant_id, x.order_number, 'line ' || x.line, 'put back ' || x.back || ' of ' || (
  SELECT coalesce(sum(f.cancelled + f.returned), 0) FROM fulfilment_lines f WHERE f.merchant_id = x.merchant_id
    AND f.order_number = x.order_number AND f.line = x.line)
FROM (SELECT s.merchant_id, s.order_number, {unit_line} AS line, sum({unit_count}) AS back
  FROM steps s CROSS JOIN {units} WHERE s.kind = 'release_stock' AND s.state <> 'skipped'
  GROUP BY s.merchant_id, s.order_number, {unit_line}) x
WHERE {of} AND x.back > (SELECT coalesce(sum(f.cancelled + f.returned), 0) FROM fulfilment_lines f
  WHERE f.merchant_id = x.merchant_id AND f.order_number = x.order_number AND f.line = x.line)"""),
    Invariant("INV-10", "no part is where decision and goods exclude each other", f"""
SELECT x.merchant_id, x.order_number, 'request ' || x.request || ' part ' || x.number, x.state || ' with ' || x.goods
FROM parts x WHERE {{of}} AND ((x.state IN ('completed', 'declined', 'retracted') AND x.goods IN {WAITING_GOODS})
  OR (x.state = 'awaiting_approval' AND x.goods IN ('stopped', 'stray', 'released'))
  OR (x.state IN ('declined', 'retracted') AND x.goods IN ('stopped', 'stray')))"""),
    Invariant("INV-10", "a request's state is the fold of its parts", """
SELECT x.merchant_id, x.order_number, 'request ' || x.id, 'stored as ' || x.state
FROM requests x WHERE {of} AND x.state <> (SELECT CASE
  WHEN count(CASE WHEN p.state = 'awaiting_approval' THEN 1 END) > 0 THEN 'awaiting_approval'
  WHEN count(CASE WHEN p.state IN ('approved', 'executing') THEN 1 END) > 0 THEN 'executing'
  WHEN count(CASE WHEN p.state = 'needs_attention' THEN 1 END) > 0 THEN 'needs_attention'
  WHEN count(CASE WHEN p.state = 'completed' THEN 1 END) > 0 THEN 'completed'
  WHEN count(CASE WHEN p.state = 'retracted' THEN 1 END) > 0 THEN 'retracted' ELSE 'declined' END
  FROM parts p WHERE p.merchant_id = x.merchant_id AND p.order_number = x.order_number AND p.request = x.id)"""),
    Invariant("INV-11", "whoever waits for an answer has an open case with a deadline", """
SELECT x.merchant_id, x.order_number, 'request ' || x.request || ' part ' || x.number, 'no open case'
FROM parts x WHERE {of} AND x.state = 'awaiting_approval' AND NOT EXISTS (SELECT 1 FROM cases c
  WHERE c.merchant_id = x.merchant_id AND c.order_number = x.order_number AND c.request = x.request
    AND c.id = x.case_id AND c.state = 'open' AND c.answer_by IS NOT NULL)"""),
    Invariant("INV-11", "a request that is not over has a time or a person", f"""
SELECT x.merchant_id, x.order_number, 'request ' || x.id, x.state || ' without a due time, open case or worklist row'
FROM requests x WHERE {{of}} AND x.state IN {LIVE_REQUEST} AND x.due_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.merchant_id = x.merchant_id AND c.order_number = x.order_number
    AND c.request = x.id AND c.state = 'open')
  AND NOT EXISTS (SELECT 1 FROM work_items w WHERE w.merchant_id = x.merchant_id
    AND w.order_number = x.order_number AND w.request = x.id AND w.closed_at IS NULL)"""),
    Invariant("INV-11", "money that is owed has a latest day", """
SELECT x.merchant_id, x.order_number, 'duty ' || x.id, x.state || ' without due_by'
FROM duties x WHERE {of} AND x.kind = 'refund' AND x.due_by IS NULL
  AND x.state IN ('planned', 'pending', 'submitted', 'failed', 'paused')"""),
    Invariant("INV-12", "no money leaves before goods are known to be stopped, or on their way back", """
SELECT x.merchant_id, x.order_number, 'duty ' || x.id, x.state || ', and no part of its request is past the pivot'
FROM duties x WHERE {of} AND x.kind = 'refund' AND x.state IN ('submitted', 'refunded')
  AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.merchant_id = x.merchant_id AND p.order_number = x.order_number
    AND p.request = x.request AND p.state IN ('executing', 'completed', 'needs_attention')
    AND p.goods NOT IN ('not_needed', 'hold_requested', 'hold_confirmed', 'stop_requested', 'released'))"""),
    Invariant("INV-13", "the units of a line are spread over its fulfilment orders", """
SELECT x.merchant_id, x.order_number, 'line ' || x.id, 'ordered ' || x.quantity || ', to be sent '
  || (SELECT coalesce(sum(f.quantity), 0) FROM fulfilment_lines f WHERE f.merchant_id = x.merchant_id
    AND f.order_number = x.order_number AND f.line = x.id)
FROM order_lines x JOIN orders o ON o.merchant_id = x.merchant_id AND o.number = x.order_number
WHERE {of} AND o.quarantined IS NULL AND x.quantity <> (SELECT coalesce(sum(f.quantity), 0) FROM fulfilment_lines f
  WHERE f.merchant_id = x.merchant_id AND f.order_number = x.order_number AND f.line = x.id)"""),
    Invariant("INV-13", "held units are the units of parts that wait", f"""
SELECT x.merchant_id, x.order_number, 'fulfilment order ' || x.fulfilment_order || ' line ' || x.line,
  'held ' || x.held || ', parts hold another number'
FROM fulfilment_lines x WHERE {{of}} AND x.held <> (SELECT coalesce(sum(p.quantity), 0) FROM parts p
  WHERE p.merchant_id = x.merchant_id AND p.order_number = x.order_number AND p.line = x.line
    AND p.fulfilment_order = x.fulfilment_order AND p.goods IN {WAITING_GOODS}
    AND p.state IN ('awaiting_approval', 'approved', 'executing', 'needs_attention'))"""),
    Invariant("INV-13", "stopped parts are cancelled units", """
SELECT x.merchant_id, x.order_number, 'fulfilment order ' || x.fulfilment_order || ' line ' || x.line,
  'cancelled ' || x.cancelled || ', parts stopped more'
FROM fulfilment_lines x WHERE {of} AND x.cancelled < (SELECT coalesce(sum(p.quantity), 0) FROM parts p
  WHERE p.merchant_id = x.merchant_id AND p.order_number = x.order_number AND p.line = x.line
    AND p.fulfilment_order = x.fulfilment_order AND p.goods IN ('stopped', 'stray'))"""),
    Invariant("INV-14", "a case has one answer, and says whose", """
SELECT x.merchant_id, x.order_number, 'case ' || x.id, x.state || ' with answer ' || coalesce(x.answer, 'none')
FROM cases x WHERE {of} AND ((x.state = 'answered' AND (x.answer IS NULL OR x.answered_at IS NULL))
  OR (x.state = 'open' AND (x.answer IS NOT NULL OR x.answered_at IS NOT NULL)))"""),
    Invariant("INV-14", "one case for each request and fulfilment order", """
SELECT x.merchant_id, x.order_number, 'request ' || x.request, count(*) || ' cases at ' || x.fulfilment_order
FROM cases x WHERE {of} GROUP BY x.merchant_id, x.order_number, x.request, x.fulfilment_order HAVING count(*) > 1"""),
    Invariant("INV-17", "a discount is not more than the price", """
SELECT x.merchant_id, x.order_number, 'line ' || x.id, 'discount ' || x.discount
FROM order_lines x JOIN orders o ON o.merchant_id = x.merchant_id AND o.number = x.order_number
WHERE {of} AND o.quarantined IS NULL AND x.discount > x.unit_price * x.quantity"""),
    Invariant("INV-20", "what came in speaks of an order that is there", """
SELECT x.merchant_id, x.order_number, 'event ' || x.provider || '/' || x.event_id, 'no order'
FROM inbox x WHERE {of} AND NOT EXISTS (SELECT 1 FROM orders o
  WHERE o.merchant_id = x.merchant_id AND o.number = x.order_number)"""),
)
AUDIT_PAGE = """
SELECT merchant_id, order_number, sequence, at, actor, events, previous, digest FROM audit_entries
WHERE (merchant_id, order_number, sequence) > (:after_merchant, :after_number, :after_sequence)
  AND (CAST(:merchant AS text) IS NULL OR merchant_id = :merchant)
ORDER BY merchant_id, order_number, sequence LIMIT :limit
"""
