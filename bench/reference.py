"""The fixed small reference: order, 3 lines, request, outbox. It never changes with our schema."""

SCHEMA = """
CREATE SCHEMA reference;
CREATE TABLE reference.orders (id bigint PRIMARY KEY, state text NOT NULL, version int NOT NULL);
CREATE TABLE reference.lines (
  order_id bigint, line int, quantity int NOT NULL, cancelled int NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE reference.requests (
  id bigint PRIMARY KEY, order_id bigint NOT NULL, reason text, comment text, amount bigint, created_at timestamptz);
CREATE TABLE reference.outbox (id bigint PRIMARY KEY, topic text, body text, created_at timestamptz);
INSERT INTO reference.orders SELECT n, 'open', 1 FROM generate_series(1, {orders}) n;
INSERT INTO reference.lines SELECT n, l, 3, 0 FROM generate_series(1, {orders}) n, generate_series(1, 3) l;
VACUUM ANALYZE reference.orders;
VACUUM ANALYZE reference.lines;
"""

SCRIPT = """\\set i :i + 1
\\set n {first} + :client_id * {per_client} + :i
BEGIN;
SELECT o.id, o.state, o.version, l.line, l.quantity FROM reference.orders o
  JOIN reference.lines l ON l.order_id = o.id WHERE o.id = :n FOR UPDATE OF o;
INSERT INTO reference.requests VALUES (:n, :n, 'changed_mind', 'two clicks', 4465, now());
UPDATE reference.lines SET cancelled = quantity WHERE order_id = :n;
UPDATE reference.orders SET state = 'cancelled', version = version + 1 WHERE id = :n;
INSERT INTO reference.outbox VALUES (:n, 'request.created', '{{"order":1}}', now());
COMMIT;
"""
