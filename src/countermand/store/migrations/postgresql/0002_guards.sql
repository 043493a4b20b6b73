-- The audit is append-only: not even the owner may change it without taking this away first.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM CURRENT_USER;
REVOKE UPDATE, DELETE, TRUNCATE ON audit_texts FROM PUBLIC;

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit entries are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_entries_keep BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION only_erase_audit_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text IS NOT NULL
     OR (NEW.merchant_id, NEW.order_number, NEW.sequence, NEW.event, NEW.field)
        IS DISTINCT FROM (OLD.merchant_id, OLD.order_number, OLD.sequence, OLD.event, OLD.field) THEN
    RAISE EXCEPTION 'audit texts can only be erased' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER audit_texts_erase_only BEFORE UPDATE ON audit_texts
  FOR EACH ROW EXECUTE FUNCTION only_erase_audit_text();
