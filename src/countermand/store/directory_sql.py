"""The statements of the directory."""

from types import MappingProxyType

INSERT_MERCHANT = """
INSERT INTO merchants (merchant_id, name, digest_key, created_at, settings)
VALUES (:id, :name, :digest_key, :created_at, :settings) ON CONFLICT (merchant_id) DO NOTHING RETURNING merchant_id
"""
FIRST_POLICY = """
INSERT INTO policies (merchant_id, version, document, created_at, created_by)
VALUES (:merchant, :version, :document, :created_at, :created_by) ON CONFLICT (merchant_id, version) DO NOTHING
"""
UPDATE_MERCHANT = "UPDATE merchants SET name = :name, settings = :settings WHERE merchant_id = :id"
MERCHANT_COLUMNS = "merchant_id, name, digest_key, created_at, settings"
MERCHANT = f"SELECT {MERCHANT_COLUMNS} FROM merchants WHERE merchant_id = :id"
MERCHANTS = f"SELECT {MERCHANT_COLUMNS} FROM merchants ORDER BY merchant_id"

INSERT_HOLDER = """
INSERT INTO holders (merchant_id, id, name, kind, control, plugin, seller, email, position, created_at)
SELECT CAST(:merchant AS text), CAST(:id AS text), CAST(:name AS text), CAST(:kind AS text), CAST(:control AS text),
  CAST(:plugin AS text), CAST(:seller AS text), CAST(:email AS text),
  (SELECT coalesce(max(h.position), 0) + 1 FROM holders h WHERE h.merchant_id = :merchant),
  CAST(:created_at AS bigint)
WHERE NOT EXISTS (SELECT 1 FROM holders h WHERE h.merchant_id = :merchant AND h.id = :id)
RETURNING id
"""
HOLDERS = """
SELECT merchant_id, id, name, kind, control, plugin, seller, email FROM holders
WHERE merchant_id = :merchant ORDER BY position
"""
INSERT_SELLER = """
INSERT INTO sellers (merchant_id, id, name, email, created_at) VALUES (:merchant, :id, :name, :email, :created_at)
ON CONFLICT (merchant_id, id) DO NOTHING RETURNING id
"""
SELLERS = "SELECT merchant_id, id, name, email FROM sellers WHERE merchant_id = :merchant ORDER BY id"

INSERT_KEY = """
INSERT INTO api_keys (merchant_id, id, secret_hash, label, scopes, holder, seller, created_at, expires_at)
VALUES (:merchant, :id, :secret_hash, :label, :scopes, :holder, :seller, :created_at, :expires_at)
"""
KEY_COLUMNS = "merchant_id, id, label, scopes, created_at, holder, seller, expires_at, revoked_at, last_used_at"
FIND_KEY = f"SELECT {KEY_COLUMNS} FROM api_keys WHERE merchant_id = :merchant AND secret_hash = :secret_hash"
KEYS = f"SELECT {KEY_COLUMNS} FROM api_keys WHERE merchant_id = :merchant ORDER BY created_at, id"
REVOKE_KEY = """
UPDATE api_keys SET revoked_at = :now WHERE merchant_id = :merchant AND id = :id AND revoked_at IS NULL RETURNING id
"""
TOUCH_KEY = "UPDATE api_keys SET last_used_at = :now WHERE merchant_id = :merchant AND id = :id"

CURRENT_POLICY = """
SELECT version, document FROM policies WHERE merchant_id = :merchant ORDER BY version DESC LIMIT 1
"""
POLICY_VERSION = "SELECT document FROM policies WHERE merchant_id = :merchant AND version = :version"
PUT_POLICY = """
INSERT INTO policies (merchant_id, version, document, created_at, created_by)
SELECT CAST(:merchant AS text), CAST(:version AS bigint), CAST(:document AS text), CAST(:created_at AS bigint),
  CAST(:created_by AS text)
WHERE :expected = (SELECT coalesce(max(p.version), 0) FROM policies p WHERE p.merchant_id = :merchant)
ON CONFLICT (merchant_id, version) DO NOTHING RETURNING version
"""
POLICIES = "SELECT version, created_at, created_by FROM policies WHERE merchant_id = :merchant ORDER BY version"

ADD_LINK = """
INSERT INTO customer_links (merchant_id, order_number, token_hash, expires_at, rotated_at)
VALUES (:merchant, :number, :token_hash, :expires_at, :rotated_at) RETURNING order_number
"""
END_OTHER_LINKS = """
DELETE FROM customer_links
WHERE merchant_id = :merchant AND order_number = :number AND token_hash <> :token_hash
"""
SWEEP_LINKS = """
DELETE FROM customer_links WHERE merchant_id = :merchant AND order_number = :number AND expires_at <= :rotated_at
"""
FIND_LINK = """
SELECT merchant_id, order_number, token_hash, expires_at, rotated_at FROM customer_links
WHERE merchant_id = :merchant AND token_hash = :token_hash AND expires_at > :now
"""
SWEEP_SESSIONS = "DELETE FROM sessions WHERE merchant_id = :merchant AND expires_at <= :now"
INSERT_SESSION = """
INSERT INTO sessions (merchant_id, token_hash, kind, subject, created_at, expires_at)
VALUES (:merchant, :token_hash, :kind, :subject, :created_at, :expires_at)
"""
FIND_SESSION = """
SELECT merchant_id, token_hash, kind, subject, created_at, expires_at FROM sessions
WHERE merchant_id = :merchant AND token_hash = :token_hash AND expires_at > :now
"""
CLOSE_SESSION = "DELETE FROM sessions WHERE merchant_id = :merchant AND token_hash = :token_hash"
INSERT_ENDPOINT = """
INSERT INTO webhook_endpoints (merchant_id, id, url, secret, types, created_at)
VALUES (:merchant, :id, :url, :secret, :types, :created_at) RETURNING id
"""
ENDPOINTS = """
SELECT merchant_id, id, url, secret, created_at, types FROM webhook_endpoints
WHERE merchant_id = :merchant ORDER BY created_at, id
"""
DELETE_ENDPOINT = "DELETE FROM webhook_endpoints WHERE merchant_id = :merchant AND id = :id RETURNING id"

ALL = MappingProxyType({name.lower(): text for name, text in list(globals().items()) if isinstance(text, str)
                        and name.isupper() and not name.endswith("_COLUMNS") and not name.startswith("_")})
