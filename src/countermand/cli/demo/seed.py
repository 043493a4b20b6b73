"""Making the demo's shop: the stories of its orders told through the use cases, on a clock that runs up to now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from countermand.ask.retract import retract
from countermand.ask.submit import submit
from countermand.cli.demo.orders import DemoOrder, demo_orders
from countermand.cli.demo.state import Folder, Link, Way
from countermand.cli.demo.stories import COMMENTS, GRACE, REASONS, SELLER, SELLER_HOLDER, THIRD_PARTY, WAREHOUSE, Act
from countermand.cli.import_files import Entry
from countermand.cli.import_orders import Importer, PutAside
from countermand.cli.runtime import Settings, opened
from countermand.cli.tenancy import new_key, new_merchant, put_terms
from countermand.cli.virtual import SetClock, virtual_host
from countermand.context import Context
from countermand.decide.approval import CaseAnswer
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.escalate.answer import answer_case
from countermand.execute.goods import fulfilment_event
from countermand.execute.runner import Runner
from countermand.host import SystemClock
from countermand.inform.messages import order_link
from countermand.model.document_fields import written_duration
from countermand.model.event import Actor
from countermand.model.fulfilment import STAGES, Control, Holder, HolderKind, Stage
from countermand.model.request import Ask, Asker, Decline, Kind, Role, Wanted
from countermand.store.directory_port import CustomerLink, Seller

MERCHANT = "demo"
SEED = 1
LINKS_LAST = timedelta(days=90)
RUN_EVERY = timedelta(hours=1)
MOST_ROUNDS = 1_000
BEGINS_BEFORE = timedelta(days=12)
LETTERS = 12
"""How many of the newest orders get the letter with the link, as the shop itself would send it."""

Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Shop:
    """The shop while it is being made."""

    ctx: Context
    clock: SetClock
    runner: Runner
    now: datetime
    _agenda: list[tuple[datetime, int, Work]] = field(default_factory=list)
    _ran_at: datetime | None = None

    def at(self, when: datetime, work: Work) -> None:
        self._agenda.append((min(when, self.now), len(self._agenda), work))

    async def play(self, progress: Callable[[int], None]) -> None:
        """Everything on the agenda in order of time, with the runner looking every hour."""
        done = 0
        while self._agenda:
            self._agenda.sort(key=lambda each: each[:2], reverse=True)
            when, _, work = self._agenda.pop()
            await self._until(when)
            await work()
            done += 1
            progress(done)
        await self._until(self.now)
        await self.run()

    async def _until(self, when: datetime) -> None:
        while self._ran_at is not None and self._ran_at + RUN_EVERY <= when:
            self.clock.set(self._ran_at + RUN_EVERY)
            await self.run()
        self.clock.set(when)
        if self._ran_at is None:
            self._ran_at = when

    async def run(self) -> None:
        """The runner, until nothing is due."""
        self._ran_at = self.clock.now()
        for _ in range(MOST_ROUNDS):
            if await self.runner.run_once() == 0:
                return


async def make_shop(folder: Folder, chosen: Settings, files: list[Path], progress: Callable[[int], None]) -> Way:
    """The demo's merchant with its holders, policy, orders and what became of them; the way in is stored last."""
    now = SystemClock().now()
    clock = SetClock(now - BEGINS_BEFORE)
    host = virtual_host(clock, SEED)
    async with opened(chosen, host, migrated=False) as ctx:
        await ctx.store.migrate()
        await _tenancy(ctx)
        shop = Shop(ctx, clock, Runner(ctx, "demo"), now)
        told = demo_orders(files, now)
        importer = Importer(ctx, MERCHANT, _refuse)
        await importer.start()
        for order in told:
            shop.at(order.placed_at, _importing(importer, order))
            _stages(shop, order)
            _acts(shop, order)
        shop.at(now - timedelta(hours=5), _importing_faulty(importer, told[-1]))
        await shop.play(progress)
        way = await _way(ctx, told, now)
    folder.write(way)
    return way


async def _tenancy(ctx: Context) -> None:
    """One merchant, one seller on its marketplace, three holders, ten minutes to change one's mind."""
    await new_merchant(ctx, MERCHANT, "Demo shop", "help@shop.example", "en-GB")
    now = ctx.host.now()
    await ctx.store.create_seller(Seller(MERCHANT, SELLER, "Market seller", "seller@market.example"), now)
    for holder in (
        Holder(MERCHANT, WAREHOUSE, "Own warehouse", plugin="sandbox", email="desk@warehouse.example"),
        Holder(MERCHANT, THIRD_PARTY, "North 3PL", HolderKind.THIRD_PARTY, email="desk@north-3pl.example"),
        Holder(MERCHANT, SELLER_HOLDER, "Market seller", HolderKind.SELLER, Control.CONFIRM, seller=SELLER,
               email="seller@market.example"),
    ):
        await ctx.store.create_holder(holder, now)
    instructions = {
        "en": "Refuse the parcel at the door, or send it back to Demo shop, Returns, within 30 days.",
        "de": "Nehmen Sie das Paket nicht an, oder senden Sie es in 30 Tagen an Demo shop, Returns, zurück.",
    }
    await put_terms(ctx, MERCHANT, {"grace": written_duration(GRACE), "return_instructions": instructions}, by="demo")


def _refuse(put_aside: PutAside) -> None:
    if not put_aside.quarantined:
        raise AssertionError(f"the demo's own orders are in order: {put_aside.reason}")


def _importing(importer: Importer, order: DemoOrder) -> Work:
    async def work() -> None:
        await importer.take([Entry(order.turn, order.number, msgspec.json.encode(order.body))])

    return work


def _importing_faulty(importer: Importer, like: DemoOrder) -> Work:
    """An order whose payment does not add up: stored, put aside, on the worklist."""
    body = {**like.body, "number": f"{like.number}-x", "placed_at": (like.placed_at - timedelta(hours=6)).isoformat()}
    body["payments"] = [{"id": "p1", "provider": "sandbox", "reference": "demo-faulty", "captured": 101}]

    async def work() -> None:
        await importer.take([Entry(0, str(body["number"]), msgspec.json.encode(body))])

    return work


def _stages(shop: Shop, order: DemoOrder) -> None:
    """The stages it reached, spread over the time since it was placed."""
    reached = STAGES[1 : order.story.stage.rank + 1]
    age = shop.now - order.placed_at
    for place in order.fulfilment_orders:
        for step, stage in enumerate(reached, start=1):
            when = order.placed_at + age * step / (len(reached) + 2)
            shop.at(when, _reporting(shop, order, place, Happening(stage.value), when))


def _reporting(
    shop: Shop, order: DemoOrder, place: str, what: Happening, when: datetime, lines: dict[str, int] | None = None
) -> Work:
    async def work() -> None:
        carrier = "Royal Post" if what is Happening.DESPATCHED else None
        tracking = f"RP{order.number}{place}" if carrier else None
        event = GoodsEvent(
            f"{what.value}-{place}-{order.number}", place, what, "report", when, lines, carrier, tracking
        )
        holder = next(each["holder"] for each in order.body["fulfilment_orders"] if each["id"] == place)
        await fulfilment_event(shop.ctx, MERCHANT, order.number, event, Actor("holder", holder))

    return work


def _asked(order: DemoOrder, lines: tuple[Wanted, ...] | None = None, kind: Kind = Kind.CANCELLATION) -> Ask:
    name = order.body["customer"]["name"]
    withdrawal = kind is Kind.WITHDRAWAL
    return Ask(
        Asker(Role.CUSTOMER, name), kind, lines, None if withdrawal else REASONS[order.turn % len(REASONS)],
        None if withdrawal else COMMENTS[order.turn % len(COMMENTS)],
    )


def _some(order: DemoOrder) -> tuple[Wanted, ...]:
    """One unit less than all of the first line, or the whole of it if it has one unit only."""
    first = order.body["lines"][0]
    return (Wanted(first["id"], max(1, first["quantity"] - 1)),)


async def _submit(shop: Shop, order: DemoOrder, ask: Ask) -> dict[str, Any]:
    answer = await submit(shop.ctx, MERCHANT, order.number, ask, Actor("customer", name=ask.asker.name))
    request: dict[str, Any] = msgspec.json.decode(answer.body)
    return request


def _acts(shop: Shop, order: DemoOrder) -> None:
    """What the story says that somebody does."""
    age = shop.now - order.placed_at
    late = order.placed_at + age * 0.85
    match order.story.act:
        case Act.NOTHING:
            return
        case Act.CANCEL_ALL:
            shop.at(late, _cancelling(shop, order, None))
        case Act.CANCEL_SOME:
            shop.at(order.placed_at + age * 0.1, _cancelling(shop, order, _some(order)))
        case Act.CANCEL_NOW:
            shop.at(shop.now - timedelta(minutes=1 + order.turn % 3), _cancelling(shop, order, None))
        case Act.RETRACT:
            shop.at(late, _retracting(shop, order))
        case Act.ASK | Act.ASK_YES | Act.ASK_NO | Act.ASK_SILENT:
            _asking(shop, order, late)
        case Act.TOO_LATE:
            shop.at(late, _cancelling(shop, order, None))
        case Act.REFUSED:
            _refusing(shop, order, age)
        case Act.STRAY:
            shop.at(order.placed_at + age * 0.3, _cancelling(shop, order, None))
            when = order.placed_at + age * 0.6
            for place in order.fulfilment_orders:
                shop.at(when, _reporting(shop, order, place, Happening.DESPATCHED, when))
        case Act.WITHDRAWN:
            shop.at(late, _cancelling(shop, order, None, Kind.WITHDRAWAL))


def _cancelling(
    shop: Shop, order: DemoOrder, lines: tuple[Wanted, ...] | None, kind: Kind = Kind.CANCELLATION
) -> Work:
    async def work() -> None:
        await _submit(shop, order, _asked(order, lines, kind))

    return work


def _retracting(shop: Shop, order: DemoOrder) -> Work:
    async def work() -> None:
        request = await _submit(shop, order, _asked(order))
        shop.clock.set(shop.clock.now() + timedelta(minutes=4))
        await retract(shop.ctx, MERCHANT, request["id"], Actor("customer", name=request["asker"]["name"]))

    return work


def _asking(shop: Shop, order: DemoOrder, late: datetime) -> None:
    """A late request, and what the holder says: nothing yet, yes, no, or nothing in time."""
    act = order.story.act
    when = shop.now - timedelta(minutes=15 + 8 * (order.turn % 10)) if act is Act.ASK else late

    async def work() -> None:
        request = await _submit(shop, order, _asked(order))
        for case in {line["case"] for line in request["lines"] if line["case"]}:
            if act in (Act.ASK_YES, Act.ASK_NO):
                shop.at(when + timedelta(minutes=35), _answering(shop, order, case))

    shop.at(when - timedelta(hours=5) if act is Act.ASK_SILENT else when, work)


def _answering(shop: Shop, order: DemoOrder, case: str) -> Work:
    async def work() -> None:
        yes = order.story.act is Act.ASK_YES
        given = CaseAnswer(yes, None if yes else Decline.ALREADY_PACKED.value)
        holder = order.body["fulfilment_orders"][0]["holder"]
        await answer_case(shop.ctx, MERCHANT, case, given, Actor("holder", holder))

    return work


def _refusing(shop: Shop, order: DemoOrder, age: timedelta) -> None:
    """Asked too late, refused at the door, back in the warehouse, refunded."""
    shop.at(order.placed_at + age * 0.65, _cancelling(shop, order, None))
    for share, what in ((0.75, Happening.REFUSED), (0.8, Happening.RETURNING), (0.9, Happening.RETURNED)):
        when = order.placed_at + age * share
        for place in order.fulfilment_orders:
            shop.at(when, _reporting(shop, order, place, what, when))


async def _way(ctx: Context, told: list[DemoOrder], now: datetime) -> Way:
    """The secrets of the doors and links, and the letters that the shop itself would have sent."""
    for order in told[-LETTERS:]:
        stored = await ctx.store.load(MERCHANT, order.number)
        assert stored is not None, "it was imported"
        await ctx.store.tell(MERCHANT, order.number, order_link(stored, now))
    links = [await _link(ctx, order, words, note, now) for order, words, note in _examples(told)]
    secret = ctx.host.ids.secret
    key = await new_key(ctx, MERCHANT, label="demo")
    queues = {holder: secret() for holder in (WAREHOUSE, THIRD_PARTY, SELLER_HOLDER)}
    return Way(MERCHANT, secret(), queues, key, tuple(links))


def _examples(told: list[DemoOrder]) -> list[tuple[DemoOrder, str, str]]:
    """One order of each kind that is worth a look, with more than one unit to choose from."""
    wanted = (
        (Stage.UNRELEASED, Act.NOTHING, "An order that can be cancelled at once", "the warehouse has not got it yet"),
        (Stage.PICKING, Act.NOTHING, "An order whose warehouse must be asked", "it is being picked"),
        (Stage.DESPATCHED, Act.NOTHING, "An order that has left", "what to do instead: refuse it at the door"),
        (Stage.UNRELEASED, Act.CANCEL_NOW, "A request that can still be taken back", "within ten minutes"),
        (Stage.PACKED, Act.ASK, "A request that waits for an answer", "until when, and what silence means"),
        (Stage.UNRELEASED, Act.CANCEL_SOME, "An order cancelled in part", "cancelled goods and remaining goods"),
    )
    found = []
    for stage, act, words, note in wanted:
        fitting = [each for each in told if each.story.stage is stage and each.story.act is act]
        rich = [each for each in fitting if len(each.body["lines"]) > 2 and len(each.fulfilment_orders) == 1]
        found.append(((rich or fitting)[-1], words, note))
    return found


async def _link(ctx: Context, order: DemoOrder, words: str, note: str, now: datetime) -> Link:
    token = ctx.host.ids.secret()
    digest = sha256(token.encode()).hexdigest()
    await ctx.store.rotate_link(CustomerLink(MERCHANT, order.number, digest, now + LINKS_LAST, now))
    return Link(order.number, token, words, note)
