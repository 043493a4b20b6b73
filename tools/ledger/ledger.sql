-- What the UCI history must give back, per purchase invoice, by SQL alone. The rules are those of docs/replay.md;
-- nothing of Countermand is used here. The table `raw` holds every row of every file as text:
-- raw(file, row, invoice, sku, quantity, at, price, customer).

-- An invoice that is in two files counts from the first.
CREATE TABLE invoice AS
SELECT invoice AS number, MIN(file) AS file FROM raw GROUP BY invoice;
CREATE UNIQUE INDEX invoice_number ON invoice (number);

-- Rows of one invoice may be minutes apart: its time is the earliest. Prices in thousandths of a pound.
CREATE TABLE fact AS
SELECT raw.invoice, raw.row, TRIM(raw.sku) AS sku, CAST(raw.quantity AS INTEGER) AS quantity,
       CAST(ROUND(raw.price * 1000) AS INTEGER) AS price, TRIM(raw.customer) AS customer,
       MIN(raw.at) OVER (PARTITION BY raw.invoice) AS at
FROM raw JOIN invoice ON invoice.number = raw.invoice AND invoice.file = raw.file;
DROP TABLE raw;

CREATE TABLE postage_code (sku TEXT PRIMARY KEY);
INSERT INTO postage_code VALUES ('POST'), ('DOT'), ('C2'), ('C3');
CREATE TABLE booking_code (sku TEXT PRIMARY KEY);
INSERT INTO booking_code VALUES ('D'), ('M'), ('m'), ('S'), ('B'), ('AMAZONFEE'), ('BANK CHARGES'), ('CRUK'),
    ('ADJUST'), ('ADJUST2'), ('TEST001'), ('TEST002');

-- What was sold: positive rows of invoices whose number is digits only; free rows only of a known customer.
CREATE TABLE sold AS
SELECT * FROM fact
WHERE invoice NOT GLOB '*[^0-9]*' AND quantity > 0 AND NOT (price = 0 AND customer = '')
  AND sku NOT IN (SELECT sku FROM booking_code);

-- Row totals in pence, rounded half to even: q = thousandths, tenths of a penny are cut at 10.
CREATE TABLE bought AS
SELECT invoice, row, sku, customer, at, price, quantity, quantity AS remaining,
       price * quantity / 10
       + CASE WHEN price * quantity % 10 > 5 THEN 1
              WHEN price * quantity % 10 = 5 THEN (price * quantity / 10) % 2 ELSE 0 END AS net
FROM sold WHERE sku NOT IN (SELECT sku FROM postage_code);
CREATE INDEX bought_wanted ON bought (customer, sku);

CREATE TABLE postage AS
SELECT invoice, SUM(price * quantity / 10
       + CASE WHEN price * quantity % 10 > 5 THEN 1
              WHEN price * quantity % 10 = 5 THEN (price * quantity / 10) % 2 ELSE 0 END) AS amount
FROM sold WHERE sku IN (SELECT sku FROM postage_code) GROUP BY invoice;
CREATE UNIQUE INDEX postage_invoice ON postage (invoice);

-- Matching, one cancelled row after the other: same customer and stock code, purchase not later, equal price first,
-- then the latest, never more than remains. The trigger is the ledger: each row sees what those before it left.
CREATE TABLE allocation (cancelling TEXT, cancelling_row INTEGER, invoice TEXT, row INTEGER, quantity INTEGER);
CREATE TABLE cancelled (invoice TEXT, row INTEGER, sku TEXT, customer TEXT, at TEXT, price INTEGER, wanted INTEGER);
CREATE TRIGGER allocate AFTER INSERT ON cancelled
BEGIN
    INSERT INTO allocation
    SELECT NEW.invoice, NEW.row, invoice, row, MIN(remaining, NEW.wanted - earlier)
    FROM (
        SELECT invoice, row, remaining, COALESCE(SUM(remaining) OVER (
                   ORDER BY price = NEW.price DESC, at DESC, CAST(invoice AS INTEGER) DESC, row DESC
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS earlier
        FROM bought
        WHERE customer = NEW.customer AND sku = NEW.sku AND at <= NEW.at AND remaining > 0
    )
    WHERE earlier < NEW.wanted;
    UPDATE bought SET remaining = remaining - (
        SELECT SUM(quantity) FROM allocation
        WHERE cancelling = NEW.invoice AND cancelling_row = NEW.row
          AND allocation.invoice = bought.invoice AND allocation.row = bought.row)
    WHERE customer = NEW.customer AND sku = NEW.sku
      AND EXISTS (SELECT 1 FROM allocation
                  WHERE cancelling = NEW.invoice AND cancelling_row = NEW.row
                    AND allocation.invoice = bought.invoice AND allocation.row = bought.row);
END;
CREATE INDEX allocation_cancelling ON allocation (cancelling, cancelling_row);

INSERT INTO cancelled
SELECT invoice, row, sku, customer, at, price, -quantity FROM fact
WHERE invoice LIKE 'C%' AND quantity < 0 AND customer <> ''
  AND sku NOT IN (SELECT sku FROM booking_code) AND sku NOT IN (SELECT sku FROM postage_code)
ORDER BY at, invoice, row;

-- The refund of a row: the first k of n units carry net * k / n, rounded half to even. Postage goes back when every
-- unit of the invoice is cancelled.
CREATE TABLE refund AS
WITH line AS (
    SELECT invoice, quantity, quantity - remaining AS units,
           net * (quantity - remaining) / quantity
           + CASE WHEN 2 * (net * (quantity - remaining) % quantity) > quantity THEN 1
                  WHEN 2 * (net * (quantity - remaining) % quantity) = quantity
                  THEN (net * (quantity - remaining) / quantity) % 2 ELSE 0 END AS amount
    FROM bought
)
SELECT line.invoice, SUM(units) AS units,
       SUM(line.amount) + CASE WHEN SUM(units) = SUM(quantity) THEN COALESCE(postage.amount, 0) ELSE 0 END AS amount
FROM line LEFT JOIN postage ON postage.invoice = line.invoice
GROUP BY line.invoice HAVING SUM(units) > 0;
