-- Every table of the store. {bytes} and {clustered} stand for what the engines call differently.
-- Every key holds merchant_id: no row can point into another tenancy, and the schema shards by it as it is.
-- Only primary keys (and indexes with a condition that no other statement has) lead with merchant_id: while a table
-- is still empty PostgreSQL cannot tell such indexes apart, and it keeps the plan that it made then.
-- Money is BIGINT minor units, instants are BIGINT microseconds since 1970 UTC, lists are JSON text.

CREATE TABLE merchants (
  merchant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (merchant_id)
);

CREATE TABLE sellers (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE holders (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('warehouse', '3pl', 'seller')),
  control TEXT NOT NULL CHECK (control IN ('gate', 'confirm', 'none')),
  plugin TEXT,
  seller TEXT,
  email TEXT,
  position BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, position),
  FOREIGN KEY (merchant_id, seller) REFERENCES sellers (merchant_id, id)
);

CREATE TABLE api_keys (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  id TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL DEFAULT '[]',
  holder TEXT,
  seller TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (secret_hash, merchant_id),
  FOREIGN KEY (merchant_id, holder) REFERENCES holders (merchant_id, id),
  FOREIGN KEY (merchant_id, seller) REFERENCES sellers (merchant_id, id)
);

CREATE TABLE policies (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  version BIGINT NOT NULL CHECK (version > 0),
  document TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (merchant_id, version)
);

CREATE TABLE sessions (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  token_hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, token_hash)
);

CREATE TABLE webhook_endpoints (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  types TEXT NOT NULL DEFAULT '[]',
  created_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE orders (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  number TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version > 0),
  audit_sequence BIGINT NOT NULL CHECK (audit_sequence >= 0),
  audit_head TEXT NOT NULL,
  stage TEXT CHECK (stage IN ('unreleased', 'released', 'picking', 'packed', 'despatched', 'delivered')),
  request_state TEXT CHECK (request_state IN
    ('awaiting_approval', 'executing', 'needs_attention', 'completed', 'declined', 'retracted')),
  customer_name TEXT,
  customer_email TEXT,
  customer_locale TEXT NOT NULL,
  email_lower TEXT,
  search_text TEXT NOT NULL,
  ship_city TEXT,
  ship_postcode TEXT,
  ship_country TEXT,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  placed_at BIGINT NOT NULL,
  coupons TEXT NOT NULL,
  prices_include_tax BOOLEAN NOT NULL CHECK (prices_include_tax IN (TRUE, FALSE)),
  accepted_excess BIGINT NOT NULL CHECK (accepted_excess >= 0),
  platform TEXT,
  source_updated_at BIGINT,
  intake_digest TEXT,
  quarantined TEXT,
  PRIMARY KEY (merchant_id, number)
){clustered};
CREATE INDEX orders_newest ON orders (merchant_id, placed_at, number) WHERE currency <> '';
CREATE INDEX orders_email ON orders (merchant_id, email_lower, placed_at) WHERE email_lower IS NOT NULL;
CREATE INDEX orders_request_state ON orders (merchant_id, request_state, placed_at, number)
  WHERE request_state IS NOT NULL;

CREATE TABLE order_lines (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  unit_price BIGINT NOT NULL CHECK (unit_price >= 0),
  discount BIGINT NOT NULL CHECK (discount >= 0),
  tax BIGINT NOT NULL CHECK (tax >= 0),
  seller TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('goods', 'digital', 'service', 'gift_card')),
  tags TEXT NOT NULL,
  bundle_id TEXT,
  bundle_divisible BOOLEAN CHECK (bundle_divisible IN (TRUE, FALSE)),
  expected_at BIGINT,
  removed BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number),
  FOREIGN KEY (merchant_id, seller) REFERENCES sellers (merchant_id, id),
  CHECK (removed >= 0 AND removed <= quantity)
){clustered};
CREATE INDEX order_lines_sku ON order_lines (sku, merchant_id, order_number);
CREATE INDEX order_lines_seller ON order_lines (seller, merchant_id, order_number) WHERE seller IS NOT NULL;

CREATE TABLE charges (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('shipping', 'gift_wrap', 'payment_fee', 'duty', 'tip', 'deposit', 'other')),
  amount BIGINT NOT NULL CHECK (amount >= 0),
  tax BIGINT NOT NULL CHECK (tax >= 0),
  refund TEXT NOT NULL CHECK (refund IN ('when_all_cancelled', 'in_proportion', 'never')),
  seller TEXT,
  fulfilment_order TEXT,
  lines TEXT NOT NULL,
  surcharge BOOLEAN NOT NULL CHECK (surcharge IN (TRUE, FALSE)),
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
){clustered};

CREATE TABLE payments (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  provider TEXT NOT NULL,
  reference TEXT,
  state TEXT NOT NULL CHECK (state IN
    ('pending', 'authorised', 'captured', 'voided', 'expired', 'on_delivery', 'on_account')),
  authorised BIGINT NOT NULL CHECK (authorised >= 0),
  captured BIGINT NOT NULL CHECK (captured >= 0),
  refunded BIGINT NOT NULL CHECK (refunded >= 0),
  charged_back BIGINT NOT NULL CHECK (charged_back >= 0),
  released BIGINT NOT NULL CHECK (released >= 0),
  refunded_apart BIGINT NOT NULL CHECK (refunded_apart >= 0),
  disputed BOOLEAN NOT NULL CHECK (disputed IN (TRUE, FALSE)),
  captured_at BIGINT,
  method TEXT,
  counted TEXT NOT NULL,
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number),
  CONSTRAINT refunded_within_captured CHECK (refunded <= captured),
  CONSTRAINT apart_within_refunded CHECK (refunded_apart <= refunded)
){clustered};

CREATE TABLE fulfilment_orders (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  holder TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN
    ('unreleased', 'released', 'picking', 'packed', 'despatched', 'delivered')),
  control TEXT NOT NULL CHECK (control IN ('gate', 'confirm', 'none')),
  plugin TEXT,
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number),
  FOREIGN KEY (merchant_id, holder) REFERENCES holders (merchant_id, id)
){clustered};
CREATE INDEX fulfilment_orders_holder ON fulfilment_orders (holder, merchant_id, order_number);

CREATE TABLE fulfilment_lines (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  fulfilment_order TEXT NOT NULL,
  line TEXT NOT NULL,
  position BIGINT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity >= 0),
  open BIGINT NOT NULL CHECK (open >= 0),
  held BIGINT NOT NULL CHECK (held >= 0),
  cancelled BIGINT NOT NULL CHECK (cancelled >= 0),
  despatched BIGINT NOT NULL CHECK (despatched >= 0),
  returned BIGINT NOT NULL CHECK (returned >= 0),
  claimed BIGINT NOT NULL CHECK (claimed >= 0),
  removed BIGINT NOT NULL CHECK (removed >= 0),
  PRIMARY KEY (merchant_id, order_number, fulfilment_order, line),
  FOREIGN KEY (merchant_id, order_number, fulfilment_order)
    REFERENCES fulfilment_orders (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number, line) REFERENCES order_lines (merchant_id, order_number, id),
  CONSTRAINT units_conserved CHECK (quantity = open + held + cancelled + despatched),
  CONSTRAINT held_and_cancelled_within_quantity CHECK (held + cancelled <= quantity),
  CONSTRAINT returned_within_despatched CHECK (returned <= despatched),
  CONSTRAINT claimed_within_despatched CHECK (claimed <= despatched),
  CONSTRAINT removed_within_cancelled CHECK (removed <= cancelled)
){clustered};

CREATE TABLE parcels (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  fulfilment_order TEXT NOT NULL,
  stray BOOLEAN NOT NULL CHECK (stray IN (TRUE, FALSE)),
  state TEXT NOT NULL CHECK (state IN
    ('despatched', 'delivered', 'refused', 'returning', 'returned', 'lost')),
  lines TEXT NOT NULL,
  despatched_at BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  carrier TEXT,
  tracking_number TEXT,
  tracking_url TEXT,
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number, fulfilment_order)
    REFERENCES fulfilment_orders (merchant_id, order_number, id)
){clustered};

-- A request's row is also its saga: the columns from retry_at on belong to the runners and to nobody else.
CREATE TABLE requests (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('cancellation', 'withdrawal')),
  asker_role TEXT NOT NULL CHECK (asker_role IN
    ('customer', 'merchant', 'support', 'seller', 'platform', 'system')),
  asker_name TEXT,
  asker_id TEXT,
  asker_channel TEXT,
  reason TEXT,
  comment TEXT,
  policy_version BIGINT NOT NULL CHECK (policy_version >= 0),
  created_at BIGINT NOT NULL,
  all_or_nothing BOOLEAN NOT NULL CHECK (all_or_nothing IN (TRUE, FALSE)),
  due_at BIGINT,
  state TEXT NOT NULL CHECK (state IN
    ('awaiting_approval', 'executing', 'needs_attention', 'completed', 'declined', 'retracted')),
  retry_at BIGINT,
  claim_until BIGINT NOT NULL DEFAULT 0,
  claim_number BIGINT NOT NULL DEFAULT 0 CHECK (claim_number >= 0),
  claimed_by TEXT,
  attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  PRIMARY KEY (merchant_id, order_number, id),
  UNIQUE (id, merchant_id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
){clustered};
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_newest ON requests (merchant_id, created_at, id) WHERE kind <> '';
CREATE INDEX requests_state ON requests (state, merchant_id, created_at, id);

CREATE TABLE parts (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  request TEXT NOT NULL,
  number BIGINT NOT NULL CHECK (number > 0),
  position BIGINT NOT NULL,
  line TEXT NOT NULL,
  fulfilment_order TEXT,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  outcome TEXT NOT NULL CHECK (outcome IN ('approved', 'awaiting_approval', 'declined')),
  state TEXT NOT NULL CHECK (state IN
    ('awaiting_approval', 'approved', 'executing', 'needs_attention', 'completed', 'declined', 'retracted')),
  goods TEXT NOT NULL CHECK (goods IN
    ('not_needed', 'hold_requested', 'hold_confirmed', 'stop_requested', 'stopped', 'released', 'too_late',
     'refuse_on_delivery_advised', 'refused', 'returning', 'returned', 'delivered', 'kept', 'lost', 'stray')),
  stage TEXT NOT NULL CHECK (stage IN
    ('unreleased', 'released', 'picking', 'packed', 'despatched', 'delivered')),
  reason TEXT CHECK (reason IN
    ('window_closed', 'too_late', 'already_despatched', 'already_requested', 'not_enough_left',
     'partial_not_allowed', 'asker_not_allowed', 'not_cancellable', 'bundle_indivisible', 'all_or_nothing',
     'declined_by_holder', 'answer_overdue', 'already_packed', 'loaded', 'handed_to_carrier', 'cannot_reach',
     'other', 'exempt_personalised', 'exempt_perishable', 'exempt_sealed_hygiene', 'exempt_sealed_media',
     'exempt_digital_started', 'exempt_dated_service', 'exempt_price_fluctuates', 'self_service_off')),
  until BIGINT,
  next_step TEXT CHECK (next_step IN
    ('refuse_on_delivery', 'return_on_arrival', 'contact_shop', 'contact_seller', 'cancel_whole_order',
     'cancel_whole_set', 'wait_for_answer')),
  answer_by BIGINT,
  on_silence TEXT CHECK (on_silence IN ('approve', 'decline', 'escalate')),
  case_id TEXT,
  group_id TEXT,
  restock BOOLEAN NOT NULL CHECK (restock IN (TRUE, FALSE)),
  fee_fixed BIGINT NOT NULL CHECK (fee_fixed >= 0),
  fee_percent BIGINT NOT NULL CHECK (fee_percent >= 0),
  pivot_at BIGINT,
  cleared BOOLEAN NOT NULL CHECK (cleared IN (TRUE, FALSE)),
  returned BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, order_number, request, number),
  FOREIGN KEY (merchant_id, order_number, request) REFERENCES requests (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number, line) REFERENCES order_lines (merchant_id, order_number, id),
  CONSTRAINT part_returned_within_quantity CHECK (returned >= 0 AND returned <= quantity)
){clustered};

CREATE TABLE cases (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  request TEXT NOT NULL,
  fulfilment_order TEXT NOT NULL,
  holder TEXT NOT NULL,
  answerer TEXT NOT NULL CHECK (answerer IN ('holder', 'merchant')),
  state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'expired', 'overtaken')),
  opened_at BIGINT NOT NULL,
  answer_by BIGINT NOT NULL,
  on_silence TEXT NOT NULL CHECK (on_silence IN ('approve', 'decline', 'escalate')),
  final_default TEXT NOT NULL CHECK (final_default IN ('approve', 'decline', 'escalate')),
  escalated BOOLEAN NOT NULL CHECK (escalated IN (TRUE, FALSE)),
  extended BOOLEAN NOT NULL CHECK (extended IN (TRUE, FALSE)),
  answer TEXT,
  reason TEXT,
  answered_by TEXT,
  answered_at BIGINT,
  PRIMARY KEY (merchant_id, order_number, id),
  UNIQUE (id, merchant_id),
  UNIQUE (request, fulfilment_order, merchant_id),
  FOREIGN KEY (merchant_id, order_number, request) REFERENCES requests (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, holder) REFERENCES holders (merchant_id, id)
){clustered};
CREATE INDEX cases_queue ON cases (holder, merchant_id, state, answer_by, id);
CREATE INDEX cases_first_due ON cases (merchant_id, answer_by, id) WHERE holder <> '';
CREATE INDEX cases_state ON cases (state, merchant_id, answer_by, id);

CREATE TABLE duties (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL,
  request TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('refund', 'void', 'limit')),
  amount BIGINT NOT NULL CHECK (amount >= 0),
  state TEXT NOT NULL CHECK (state IN
    ('not_due', 'planned', 'paused', 'void_pending', 'limit_pending', 'pending', 'submitted', 'refunded',
     'failed', 'manual_required', 'written_off', 'superseded', 'voided', 'limited')),
  generation BIGINT NOT NULL CHECK (generation > 0),
  created_at BIGINT NOT NULL,
  payment TEXT,
  due_at BIGINT,
  due_by BIGINT,
  reference TEXT,
  failure TEXT,
  failures BIGINT NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number, request) REFERENCES requests (merchant_id, order_number, id),
  FOREIGN KEY (merchant_id, order_number, payment) REFERENCES payments (merchant_id, order_number, id)
){clustered};
CREATE UNIQUE INDEX one_live_duty ON duties (request, coalesce(payment, ''), generation, merchant_id)
  WHERE state <> 'superseded';
CREATE INDEX duties_state ON duties (state, merchant_id, created_at, id);
CREATE INDEX duties_newest ON duties (merchant_id, created_at, id) WHERE kind <> '';

CREATE TABLE steps (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  request TEXT NOT NULL,
  number BIGINT NOT NULL CHECK (number > 0),
  position BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN
    ('hold', 'stop', 'release_hold', 'void', 'refund', 'limit_capture', 'release_stock', 'close_lines')),
  subject TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'started', 'done', 'skipped', 'needs_attention')),
  generation BIGINT NOT NULL CHECK (generation > 0),
  attempt BIGINT NOT NULL CHECK (attempt >= 0),
  due_at BIGINT,
  lines TEXT NOT NULL,
  receipt TEXT,
  failure TEXT,
  PRIMARY KEY (merchant_id, order_number, request, number),
  FOREIGN KEY (merchant_id, order_number, request) REFERENCES requests (merchant_id, order_number, id)
){clustered};

CREATE TABLE work_items (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  position BIGINT NOT NULL CHECK (position >= 0),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  request TEXT,
  closed_at BIGINT,
  note TEXT,
  PRIMARY KEY (merchant_id, order_number, position),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
){clustered};
CREATE INDEX work_items_open ON work_items (merchant_id, opened_at, order_number, position)
  WHERE closed_at IS NULL;

CREATE TABLE customer_links (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, token_hash),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
);
CREATE INDEX customer_links_order ON customer_links (order_number, merchant_id);

CREATE TABLE audit_entries (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  sequence BIGINT NOT NULL CHECK (sequence > 0),
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  events TEXT NOT NULL,
  previous TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (merchant_id, order_number, sequence),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
){clustered};

-- Personal texts lie beside the chain, which holds only keyed digests of them; NULL = erased.
CREATE TABLE audit_texts (
  merchant_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  event BIGINT NOT NULL CHECK (event >= 0),
  field TEXT NOT NULL,
  text TEXT,
  PRIMARY KEY (merchant_id, order_number, sequence, event, field),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
){clustered};

CREATE TABLE outbox (
  merchant_id TEXT NOT NULL,
  dedupe TEXT NOT NULL,
  order_number TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('mail', 'webhook')),
  template TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  request TEXT,
  case_id TEXT,
  audience TEXT NOT NULL,
  body TEXT,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'suppressed', 'dead')),
  attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  claim_until BIGINT NOT NULL DEFAULT 0,
  claim_number BIGINT NOT NULL DEFAULT 0,
  sent_at BIGINT,
  failure TEXT,
  PRIMARY KEY (merchant_id, dedupe),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'pending';

CREATE TABLE inbox (
  merchant_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  status BIGINT NOT NULL,
  body {bytes} NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, provider, event_id),
  FOREIGN KEY (merchant_id, order_number) REFERENCES orders (merchant_id, number)
);

CREATE TABLE idempotency (
  merchant_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  body {bytes} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (merchant_id, scope, key)
);
CREATE INDEX idempotency_oldest ON idempotency (created_at);

CREATE TABLE batches (
  merchant_id TEXT NOT NULL REFERENCES merchants (merchant_id),
  id TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  total BIGINT NOT NULL CHECK (total >= 0),
  claim_until BIGINT NOT NULL DEFAULT 0,
  claim_number BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, id)
);
CREATE INDEX batches_unfinished ON batches (created_at) WHERE finished_at IS NULL;

CREATE TABLE batch_items (
  merchant_id TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  position BIGINT NOT NULL CHECK (position >= 0),
  order_number TEXT NOT NULL,
  status BIGINT,
  outcome TEXT,
  PRIMARY KEY (merchant_id, batch_id, position),
  UNIQUE (merchant_id, batch_id, order_number),
  FOREIGN KEY (merchant_id, batch_id) REFERENCES batches (merchant_id, id)
);
