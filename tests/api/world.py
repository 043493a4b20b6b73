"""A small world to call the API in: merchants acme and rival, holders, a seller, and a key of each kind."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import httpx

from countermand.context import Context
from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.store.directory_port import ApiKey, Merchant, Seller

Json = dict[str, Any]
PLACED = "2026-11-21T10:00:00Z"


@dataclass
class World:
    """`keys`: by the name of whose key it is."""

    ctx: Context
    client: Any
    keys: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    async def call(
        self, method: str, path: str, body: object = None, *, by: str = "acme", headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.keys[by]}"} if by in self.keys else {}
        sent |= headers or {}
        more: Json = {"json": body} if body is not None else {}
        if content is not None:
            more = {"content": content}
            sent = {"Content-Type": "application/json", **sent}
        answer: httpx.Response = await self.client.request(method, "/api/v1" + path, headers=sent, **more)
        return answer

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return await self.call("POST", path, body, **more)

    async def put(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return await self.call("PUT", path, body, **more)

    async def order(self, *, by: str = "acme", **changes: Any) -> str:
        """Take an order of three mugs in and give its number."""
        number = str(changes.pop("number", f"N{next(self.numbers)}"))
        answer = await self.post("/orders", an_order(number, **changes), by=by)
        assert answer.status_code == 201, answer.text
        return number

    async def cancel(self, number: str, *lines: tuple[str, int], by: str = "acme", **more: Any) -> Json:
        """Ask to cancel and give the request."""
        body: Json = {**more}
        if lines:
            body["lines"] = [{"line": line, "quantity": quantity} for line, quantity in lines]
        answer = await self.post(f"/orders/{number}/cancellation-requests", body, by=by)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made


def an_order(number: str, **changes: Any) -> Json:
    """The order of DESIGN section 7."""
    stage, holder = changes.pop("stage", "unreleased"), changes.pop("holder", "main")
    body: Json = {
        "number": number, "placed_at": PLACED, "currency": "EUR", "prices_include_tax": False,
        "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
        "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"},
        "lines": [{
            "id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300, "tax": 570,
            "seller": None, "kind": "goods", "tags": [], "expected_at": None,
        }],
        "shipping": {"amount": 500, "tax": 95}, "charges": [], "accepted_excess": 0,
        "payments": [{
            "id": "p1", "provider": "sandbox", "reference": f"pi_{number}", "state": "captured", "authorised": 4465,
            "captured": 4465, "refunded": 0, "method": "Visa 4242",
        }],
        "fulfilment_orders": [
            {"id": "F1", "holder": holder, "stage": stage, "lines": [{"line": "1", "quantity": 3}]},
        ],
    }
    return {**body, **changes}


def two_lines(number: str) -> Json:
    """A marketplace order: mugs of the shop at `main`, plates of the seller `ceramics` at its own holder."""
    line = {"sku": "PLATE", "title": "Plate", "quantity": 2, "unit_price": 1000, "seller": "ceramics"}
    body = an_order(number)
    body["lines"].append({"id": "2", **line})
    body["payments"] = []
    body["fulfilment_orders"].append(
        {"id": "F2", "holder": "kiln", "stage": "released", "lines": [{"line": "2", "quantity": 2}]}
    )
    return body


async def furnish(ctx: Context, client: Any) -> World:
    world = World(ctx, client)
    for merchant in ("acme", "rival"):
        await add_merchant(ctx, merchant)
        world.keys[merchant] = await add_key(ctx, merchant)
    now = ctx.host.now()
    await ctx.store.create_seller(Seller("acme", "ceramics", "Ceramics of Porto"), now)
    await ctx.store.create_holder(Holder("acme", "north", "North 3PL", HolderKind.THIRD_PARTY), now)
    await ctx.store.create_holder(
        Holder("acme", "kiln", "The kiln", HolderKind.SELLER, seller="ceramics"), now
    )
    world.keys["main"] = await add_key(ctx, "acme", holder="main")
    world.keys["north"] = await add_key(ctx, "acme", holder="north")
    world.keys["ceramics"] = await add_key(ctx, "acme", seller="ceramics")
    world.keys["reader"] = await add_key(ctx, "acme", scopes=("orders:read",))
    world.keys["revoked"] = await add_key(ctx, "acme", revoked=True)
    world.keys["expired"] = await add_key(ctx, "acme", expired=True)
    return world


async def add_merchant(ctx: Context, merchant: str) -> None:
    """A merchant with one holder, `main`, that claims before it ships."""
    now = ctx.host.now()
    await ctx.store.create_merchant(Merchant(merchant, merchant.title(), "00" * 32, now))
    await ctx.store.create_holder(Holder(merchant, "main", "Own warehouse", control=Control.GATE), now)


async def add_key(
    ctx: Context, merchant: str, *, scopes: tuple[str, ...] = ("*",), holder: str | None = None,
    seller: str | None = None, revoked: bool = False, expired: bool = False,
) -> str:
    """A key as `countermand keys create` makes it."""
    secret, key, now = ctx.host.ids.secret(), ctx.host.ids.new("ak"), ctx.host.now()
    ends = now - timedelta(seconds=1) if expired else None
    made = ApiKey(merchant, key, "test", scopes, now, holder, seller, ends)
    await ctx.store.create_api_key(made, sha256(secret.encode()).hexdigest())
    if revoked:
        await ctx.store.revoke_api_key(merchant, key, now)
    return f"ck_{merchant}_{secret}"
