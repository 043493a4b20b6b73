"""Everything a store keeps beside the orders: tenants, keys, policies, links, endpoints, lists, outbox, batches."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenancy. `digest_key`: hex, for keyed digests of personal texts; it never leaves the server."""

    id: str
    name: str
    digest_key: str
    created_at: datetime
    shop_name: str = ""
    support_email: str | None = None
    base_url: str | None = None
    default_locale: str = "en"


@dataclass(frozen=True, slots=True)
class Seller:
    merchant: str
    id: str
    name: str
    email: str | None = None
