-- The audit is append-only.
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;

CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;

CREATE TRIGGER audit_texts_erase_only BEFORE UPDATE ON audit_texts
WHEN NEW.text IS NOT NULL OR NEW.merchant_id <> OLD.merchant_id OR NEW.order_number <> OLD.order_number
  OR NEW.sequence <> OLD.sequence OR NEW.event <> OLD.event OR NEW.field <> OLD.field
BEGIN SELECT RAISE(ABORT, 'audit texts can only be erased'); END;
