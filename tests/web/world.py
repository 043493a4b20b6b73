"""A shop, a warehouse, a seller and their browsers, over a real store and the whole application."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import httpx
import msgspec

from countermand.ask.intake import take_order
from countermand.context import Context
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.execute.goods import fulfilment_event
from countermand.execute.runner import Runner
from countermand.model.event import Actor
from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.model.order import Order
from countermand.model.policy_document import policy_document
from countermand.store.directory_port import ApiKey, CustomerLink, Merchant, Seller
from tests.web.reading import Form, Page

Json = dict[str, Any]
SYSTEM = Actor("system")


class Browser:
    """One person's browser, without script: it follows links and redirects, keeps cookies and sends forms."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.answer: httpx.Response
        self.page = Page("")

    async def get(self, path: str) -> Page:
        return await self._look(await self._client.get(path, follow_redirects=True))

    async def click(self, words: str) -> Page:
        href = next((href for said, href in self.page.links.items() if words in said), None)
        assert href is not None, f"no link {words!r} in: {self.page.words}"
        return await self.get(href)

    async def send(self, form: Form, words: str, **changes: Any) -> Page:
        """Press the button with these words. `changes`: fields by name, `-` written as `_`; None takes one out."""
        button = form.button(words)
        data = form.data
        for name, value in changes.items():
            name = name.replace("_", "-") if name.startswith("q_") or name == "keep_out" else name
            data.pop(name, None)
            if value is not None:
                data[name] = list(value) if isinstance(value, (list, tuple)) else [str(value)]
        if button.name:
            data[button.name] = [button.value]
        target = button.action or form.action
        if form.method == "GET":
            return await self._look(await self._client.get(target, params=data, follow_redirects=True))
        return await self._look(await self._client.post(target, data=data, follow_redirects=True))

    async def press(self, words: str, **changes: Any) -> Page:
        return await self.send(self.page.form(words), words, **changes)

    async def _look(self, answer: httpx.Response) -> Page:
        self.answer, self.page = answer, Page(answer.text)
        return self.page

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        return self.answer.url.raw_path.decode().partition("?")[0]


@dataclass
class World:
    ctx: Context
    new_client: Any
    keys: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    async def browser(self) -> Browser:
        return Browser(await self.new_client())

    async def take(self, body: Json) -> str:
        answer = await take_order(self.ctx, "acme", msgspec.json.encode(body))
        assert answer.status == 201, answer.body
        return str(body["number"])

    async def order(self, stage: str = "unreleased", **changes: Any) -> str:
        number = str(changes.pop("number", f"#10{next(self.numbers)}"))
        return await self.take(an_order(number, stage=stage, **changes))

    async def load(self, number: str) -> Order:
        order = await self.ctx.store.load("acme", number)
        assert order is not None
        return order

    async def link(self, number: str) -> str:
        token, now = self.ctx.host.ids.secret(), self.ctx.host.now()
        await self.ctx.store.rotate_link(
            CustomerLink("acme", number, sha256(token.encode()).hexdigest(), now + timedelta(days=30), now)
        )
        return f"/o/acme.{token}"

    async def customer(self, number: str) -> Browser:
        """A customer who has just opened the link of the mail."""
        browser = await self.browser()
        await browser.get(await self.link(number))
        return browser

    async def staff(self, name: str) -> Browser:
        """Somebody who signed in with this key: at the console or at the queue."""
        browser = await self.browser()
        await browser.get("/console/sign-in" if name == "acme" else "/queue/sign-in")
        await browser.press("Sign in", api_key=self.keys[name])
        return browser

    async def happens(self, number: str, event: Happening, where: str = "F1") -> None:
        given = GoodsEvent(self.ctx.host.ids.new("ev"), where, event, "report", self.ctx.host.now())
        await fulfilment_event(self.ctx, "acme", number, given, SYSTEM)

    async def run(self) -> None:
        """Let the work in the background go on until nothing is due."""
        runner = Runner(self.ctx, "test")
        for _ in range(20):
            if not await runner.run_once():
                return

    async def policy(self, **terms: Any) -> None:
        """Put a new version of the policy with these terms changed."""
        current = await self.ctx.policies.current(self.ctx.store, "acme")
        document = dict(policy_document(current))
        document |= terms
        await self.ctx.store.put_policy("acme", current.version, document, "test", self.ctx.host.now())
        self.ctx.policies.forget("acme")


def an_order(number: str, *, stage: str = "unreleased", holder: str = "main", **changes: Any) -> Json:
    """Three mugs and a bowl: 3*12.00 - 3.00 + 5.70, 20.00 + 3.80, delivery 5.00 + 0.95, in all 68.45 EUR."""
    body: Json = {
        "number": number, "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "prices_include_tax": False,
        "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "en-IE"},
        "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"},
        "lines": [
            {"id": "1", "sku": "MUG", "title": "Stoneware mug", "quantity": 3, "unit_price": 1200, "discount": 300,
             "tax": 570},
            {"id": "2", "sku": "BOWL", "title": "Salad bowl <large>", "quantity": 1, "unit_price": 2000, "tax": 380},
        ],
        "shipping": {"amount": 500, "tax": 95},
        "payments": [{"id": "p1", "provider": "sandbox", "reference": f"pi_{number}", "state": "captured",
                      "authorised": 6845, "captured": 6845, "method": "Visa 4242"}],
        "fulfilment_orders": [{"id": "F1", "holder": holder, "stage": stage,
                               "lines": [{"line": "1", "quantity": 3}, {"line": "2", "quantity": 1}]}],
    }
    return {**body, **changes}


async def furnish(ctx: Context, new_client: Any) -> World:
    world = World(ctx, new_client)
    now = ctx.host.now()
    await ctx.store.create_merchant(Merchant("acme", "Acme", "00" * 32, now, shop_name="Larkfield"))
    await ctx.store.create_seller(Seller("acme", "ceramics", "Ceramics of Porto"), now)
    for holder in (
        Holder("acme", "main", "Warehouse North", HolderKind.WAREHOUSE, Control.CONFIRM),
        Holder("acme", "north", "North 3PL", HolderKind.THIRD_PARTY, Control.GATE),
        Holder("acme", "kiln", "The kiln", HolderKind.SELLER, seller="ceramics"),
    ):
        await ctx.store.create_holder(holder, now)
    world.keys["acme"] = await add_key(ctx)
    world.keys["main"] = await add_key(ctx, holder="main")
    world.keys["north"] = await add_key(ctx, holder="north")
    world.keys["ceramics"] = await add_key(ctx, seller="ceramics")
    return world


async def add_key(ctx: Context, *, holder: str | None = None, seller: str | None = None) -> str:
    secret, now = ctx.host.ids.secret(), ctx.host.now()
    key = ApiKey("acme", ctx.host.ids.new("ak"), "test", ("*",), now, holder=holder, seller=seller)
    await ctx.store.create_api_key(key, sha256(secret.encode()).hexdigest())
    return f"ck_acme_{secret}"
