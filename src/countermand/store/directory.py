"""The directory of a tenancy: merchants, holders, sellers."""

from datetime import datetime
from typing import Any

import msgspec

from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.store.access import Access
from countermand.store.directory_port import Merchant, Seller
from countermand.store.readers import instant
from countermand.store.rows import micros


class Directory(Access):
    async def create_merchant(self, merchant: Merchant) -> bool:
        """False if the name is taken."""
        settings = {
            "shop_name": merchant.shop_name, "support_email": merchant.support_email,
            "base_url": merchant.base_url, "default_locale": merchant.default_locale,
        }
        written = await self.write([(INSERT_MERCHANT, {
            "id": merchant.id, "name": merchant.name, "digest_key": merchant.digest_key,
            "created_at": micros(merchant.created_at), "settings": msgspec.json.encode(settings).decode(),
        })])
        return bool(written[0])

    async def merchant(self, merchant: str) -> Merchant | None:
        found = await self.read(MERCHANT, id=merchant)
        return merchant_of(found[0]) if found else None

    async def merchants(self) -> list[Merchant]:
        return [merchant_of(row) for row in await self.read(MERCHANTS)]

    async def create_holder(self, holder: Holder, now: datetime) -> bool:
        """False if the id is taken. The first holder is the merchant's default."""
        written = await self.write([(INSERT_HOLDER, {
            "merchant": holder.merchant, "id": holder.id, "name": holder.name, "kind": str(holder.kind),
            "control": str(holder.control), "plugin": holder.plugin, "seller": holder.seller, "email": holder.email,
            "created_at": micros(now),
        })])
        return bool(written[0])

    async def holders(self, merchant: str) -> list[Holder]:
        """In the order in which they were created: the first is the default."""
        return [holder_of(row) for row in await self.read(HOLDERS, merchant=merchant)]

    async def create_seller(self, seller: Seller, now: datetime) -> bool:
        """False if the id is taken."""
        written = await self.write([(INSERT_SELLER, {
            "merchant": seller.merchant, "id": seller.id, "name": seller.name, "email": seller.email,
            "created_at": micros(now),
        })])
        return bool(written[0])

    async def sellers(self, merchant: str) -> list[Seller]:
        return [Seller(*row) for row in await self.read(SELLERS, merchant=merchant)]


INSERT_MERCHANT = """
INSERT INTO merchants (merchant_id, name, digest_key, created_at, settings)
VALUES (:id, :name, :digest_key, :created_at, :settings) ON CONFLICT DO NOTHING RETURNING merchant_id
"""
MERCHANT_COLUMNS = "merchant_id, name, digest_key, created_at, settings"
MERCHANT = f"SELECT {MERCHANT_COLUMNS} FROM merchants WHERE merchant_id = :id"
MERCHANTS = f"SELECT {MERCHANT_COLUMNS} FROM merchants ORDER BY merchant_id"
INSERT_HOLDER = """
INSERT INTO holders (merchant_id, id, name, kind, control, plugin, seller, email, position, created_at)
VALUES (:merchant, :id, :name, :kind, :control, :plugin, :seller, :email,
  (SELECT coalesce(max(position), 0) + 1 FROM holders h WHERE h.merchant_id = :merchant), :created_at)
ON CONFLICT (merchant_id, id) DO NOTHING RETURNING id
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


def merchant_of(row: Any) -> Merchant:
    id_, name, digest_key, created_at, settings = row
    return Merchant(id_, name, digest_key, instant(created_at), **msgspec.json.decode(settings))


def holder_of(row: Any) -> Holder:
    merchant, id_, name, kind, control, plugin, seller, email = row
    return Holder(merchant, id_, name, HolderKind(kind), Control(control), plugin, seller, email)
