"""Tenants, who may sign in, and the rules: store/directory_port.py's Directory in SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.model.policy_document import default_policy, policy_document
from countermand.store import directory_sql as sql
from countermand.store.access import Access, Write
from countermand.store.directory_port import (
    ApiKey,
    CustomerLink,
    Merchant,
    Once,
    PolicyVersion,
    Seller,
    Session,
    WebhookEndpoint,
)
from countermand.store.readers import instant, maybe_instant, words
from countermand.store.rows import json_text, maybe_micros, micros


class SqlDirectory(Access):
    """One method a question; each effect is one transaction with the caller's key."""

    async def create_merchant(self, merchant: Merchant) -> bool:
        created_at = micros(merchant.created_at)
        policy = {
            "merchant": merchant.id, "version": 1, "document": json_text(policy_document(default_policy())),
            "created_at": created_at, "created_by": "system",
        }
        made, _ = await self.write([
            (sql.INSERT_MERCHANT, {
                "id": merchant.id, "name": merchant.name, "digest_key": merchant.digest_key,
                "created_at": created_at, "settings": settings_text(merchant),
            }),
            (sql.FIRST_POLICY, policy),
        ])
        return bool(made)

    async def update_merchant(self, merchant: Merchant) -> None:
        values = {"id": merchant.id, "name": merchant.name, "settings": settings_text(merchant)}
        await self.write([(sql.UPDATE_MERCHANT, values)])

    async def find_merchant(self, merchant: str) -> Merchant | None:
        found = await self.read(sql.MERCHANT, id=merchant)
        return merchant_of(found[0]) if found else None

    async def merchants(self) -> list[Merchant]:
        return [merchant_of(row) for row in await self.read(sql.MERCHANTS)]

    async def digest_key(self, merchant: str) -> bytes:
        found = await self.find_merchant(merchant)
        if found is None:
            raise KeyError(merchant)
        return bytes.fromhex(found.digest_key)

    async def create_holder(self, holder: Holder, now: datetime, once: Once | None = None) -> bool:
        values = {
            "merchant": holder.merchant, "id": holder.id, "name": holder.name, "kind": str(holder.kind),
            "control": str(holder.control), "plugin": holder.plugin, "seller": holder.seller, "email": holder.email,
            "created_at": micros(now),
        }
        return bool(await self.effect(holder.merchant, once, (sql.INSERT_HOLDER, values)))

    async def holders(self, merchant: str) -> list[Holder]:
        return [holder_of(row) for row in await self.read(sql.HOLDERS, merchant=merchant)]

    async def create_seller(self, seller: Seller, now: datetime, once: Once | None = None) -> bool:
        values = {
            "merchant": seller.merchant, "id": seller.id, "name": seller.name, "email": seller.email,
            "created_at": micros(now),
        }
        return bool(await self.effect(seller.merchant, once, (sql.INSERT_SELLER, values)))

    async def sellers(self, merchant: str) -> list[Seller]:
        return [Seller(*row) for row in await self.read(sql.SELLERS, merchant=merchant)]

    async def create_api_key(self, key: ApiKey, secret_hash: str) -> None:
        await self.write([(sql.INSERT_KEY, {
            "merchant": key.merchant, "id": key.id, "secret_hash": secret_hash, "label": key.label,
            "scopes": json_text(key.scopes), "holder": key.holder, "seller": key.seller,
            "created_at": micros(key.created_at), "expires_at": maybe_micros(key.expires_at),
        })])

    async def find_api_key(self, merchant: str, secret_hash: str) -> ApiKey | None:
        found = await self.read(sql.FIND_KEY, merchant=merchant, secret_hash=secret_hash)
        return key_of(found[0]) if found else None

    async def api_keys(self, merchant: str) -> list[ApiKey]:
        return [key_of(row) for row in await self.read(sql.KEYS, merchant=merchant)]

    async def revoke_api_key(self, merchant: str, key: str, now: datetime) -> bool:
        values = {"merchant": merchant, "id": key, "now": micros(now)}
        return bool((await self.write([(sql.REVOKE_KEY, values)]))[0])

    async def touch_api_key(self, merchant: str, key: str, now: datetime) -> None:
        await self.write([(sql.TOUCH_KEY, {"merchant": merchant, "id": key, "now": micros(now)})])

    async def current_policy(self, merchant: str) -> tuple[int, Mapping[str, object]]:
        found = await self.read(sql.CURRENT_POLICY, merchant=merchant)
        if not found:
            raise KeyError(merchant)
        return int(found[0][0]), msgspec.json.decode(found[0][1])

    async def policy_version(self, merchant: str, version: int) -> Mapping[str, object]:
        found = await self.read(sql.POLICY_VERSION, merchant=merchant, version=version)
        if not found:
            raise KeyError((merchant, version))
        document: Mapping[str, object] = msgspec.json.decode(found[0][0])
        return document

    async def put_policy(
        self, merchant: str, expected: int, document: Mapping[str, object], by: str, now: datetime,
        once: Once | None = None,
    ) -> int | None:
        values = {
            "merchant": merchant, "expected": expected, "version": expected + 1, "document": json_text(document),
            "created_at": micros(now), "created_by": by,
        }
        return expected + 1 if await self.effect(merchant, once, (sql.PUT_POLICY, values)) else None

    async def policies(self, merchant: str) -> list[PolicyVersion]:
        found = await self.read(sql.POLICIES, merchant=merchant)
        return [PolicyVersion(version, instant(created_at), by) for version, created_at, by in found]

    async def rotate_link(self, link: CustomerLink, once: Once | None = None) -> None:
        values = link_values(link)
        await self.effect(link.merchant, once, (sql.ADD_LINK, values), (sql.END_OTHER_LINKS, values))

    async def add_link(self, link: CustomerLink) -> None:
        values = link_values(link)
        await self.write([(sql.SWEEP_LINKS, values), (sql.ADD_LINK, values)])

    async def find_link(self, merchant: str, token_hash: str, now: datetime) -> CustomerLink | None:
        found = await self.read(sql.FIND_LINK, merchant=merchant, token_hash=token_hash, now=micros(now))
        return link_of(found[0]) if found else None

    async def open_session(self, session: Session) -> None:
        """Sessions that are over are swept away on the way in."""
        values = {
            "merchant": session.merchant, "token_hash": session.token_hash, "kind": session.kind,
            "subject": session.subject, "created_at": micros(session.created_at),
            "expires_at": micros(session.expires_at),
        }
        over = {"merchant": session.merchant, "now": micros(session.created_at)}
        await self.write([(sql.SWEEP_SESSIONS, over), (sql.INSERT_SESSION, values)])

    async def find_session(self, merchant: str, token_hash: str, now: datetime) -> Session | None:
        found = await self.read(sql.FIND_SESSION, merchant=merchant, token_hash=token_hash, now=micros(now))
        return session_of(found[0]) if found else None

    async def close_session(self, merchant: str, token_hash: str) -> None:
        await self.write([(sql.CLOSE_SESSION, {"merchant": merchant, "token_hash": token_hash})])

    async def create_endpoint(self, endpoint: WebhookEndpoint, once: Once | None = None) -> None:
        values = {
            "merchant": endpoint.merchant, "id": endpoint.id, "url": endpoint.url, "secret": endpoint.secret,
            "types": json_text(endpoint.types), "created_at": micros(endpoint.created_at),
        }
        await self.effect(endpoint.merchant, once, (sql.INSERT_ENDPOINT, values))

    async def endpoints(self, merchant: str) -> list[WebhookEndpoint]:
        found = await self.read(sql.ENDPOINTS, merchant=merchant)
        return [endpoint_of(row) for row in found]

    async def delete_endpoint(self, merchant: str, endpoint: str, once: Once | None = None) -> bool:
        values: Write = (sql.DELETE_ENDPOINT, {"merchant": merchant, "id": endpoint})
        return bool(await self.effect(merchant, once, values))


def settings_text(merchant: Merchant) -> str:
    return json_text({
        "shop_name": merchant.shop_name, "support_email": merchant.support_email, "base_url": merchant.base_url,
        "default_locale": merchant.default_locale,
    })


def merchant_of(row: Any) -> Merchant:
    id_, name, digest_key, created_at, settings = row
    return Merchant(id_, name, digest_key, instant(created_at), **msgspec.json.decode(settings))


def holder_of(row: Any) -> Holder:
    merchant, id_, name, kind, control, plugin, seller, email = row
    return Holder(merchant, id_, name, HolderKind(kind), Control(control), plugin, seller, email)


def key_of(row: Any) -> ApiKey:
    merchant, id_, label, scopes, created_at, holder, seller, expires_at, revoked_at, last_used_at = row
    return ApiKey(
        merchant, id_, label, words(scopes), instant(created_at), holder, seller, maybe_instant(expires_at),
        maybe_instant(revoked_at), maybe_instant(last_used_at),
    )


def link_values(link: CustomerLink) -> dict[str, Any]:
    return {
        "merchant": link.merchant, "number": link.order, "token_hash": link.token_hash,
        "expires_at": micros(link.expires_at), "rotated_at": micros(link.rotated_at),
    }


def link_of(row: Any) -> CustomerLink:
    merchant, order, token_hash, expires_at, rotated_at = row
    return CustomerLink(merchant, order, token_hash, instant(expires_at), instant(rotated_at))


def session_of(row: Any) -> Session:
    merchant, token_hash, kind, subject, created_at, expires_at = row
    return Session(merchant, token_hash, kind, subject, instant(created_at), instant(expires_at))


def endpoint_of(row: Any) -> WebhookEndpoint:
    merchant, id_, url, secret, created_at, types = row
    return WebhookEndpoint(merchant, id_, url, secret, instant(created_at), words(types))
