"""A customer and a warehouse race for one order, each in its own process, a thousand times on each engine."""

import asyncio
import multiprocessing
from collections import Counter
from pathlib import Path

import msgspec

from countermand.ask.intake import take_order
from countermand.cli.runtime import Settings, opened
from countermand.cli.tenancy import new_merchant
from countermand.model.fulfilment import Control, Holder
from countermand.model.order import Order, counts
from tests.decide.scene import START, sample
from tests.race.racer import race

ROUNDS = 1000
CONTROL_ROUNDS = 100

CANCELLED = ("approved", "order-cancelled")
SHIPPED = ("already_despatched", "shipped")


async def prepare(url: str, folder: Path, rounds: int) -> None:
    async with opened(Settings(database=url, sandbox=str(folder / "sandbox.sqlite"))) as ctx:
        await new_merchant(ctx, "acme")
        await ctx.store.create_holder(Holder("acme", "main", "Main", control=Control.GATE), START)
        for number in range(rounds):
            await take_order(ctx, "acme", msgspec.json.encode(sample(number=f"R{number}")))


async def stored(url: str, folder: Path, rounds: int) -> list[Order]:
    async with opened(Settings(database=url, sandbox=str(folder / "sandbox.sqlite"))) as ctx:
        orders = [await ctx.store.load("acme", f"R{number}") for number in range(rounds)]
        return [order for order in orders if order is not None]


def run_race(url: str, folder: Path, rounds: int, *, guarded: bool) -> list[tuple[str, str]]:
    """Each round's (customer's outcome, warehouse's outcome)."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2)
    asyncio.run(prepare(url, folder, rounds))
    racers = []
    for who in ("customer", "warehouse"):
        hear, told = spawn.Pipe(duplex=False)
        process = spawn.Process(target=race, args=(url, str(folder), who, rounds, guarded, barrier, told))
        process.start()
        racers.append((process, hear))
    outcomes = [hear.recv() for _, hear in racers]
    for process, hear in racers:
        process.join()
        hear.close()
    return list(zip(*outcomes, strict=True))


def test_B01_exactly_one_of_ship_and_cancel_wins(migrated_url: str, tmp_path: Path) -> None:
    rounds = run_race(migrated_url, tmp_path, ROUNDS, guarded=True)
    won = Counter(rounds)
    assert set(won) <= {CANCELLED, SHIPPED}, "the loser gets a defined answer"
    assert all(won[outcome] for outcome in (CANCELLED, SHIPPED)), "both win sometimes, or nothing was raced"
    for outcome, order in zip(rounds, asyncio.run(stored(migrated_url, tmp_path, ROUNDS)), strict=True):
        tally = counts(order, "1")
        assert (tally.cancelled, tally.despatched) == ((3, 0) if outcome == CANCELLED else (0, 3))


def test_B01_control_without_the_guard_both_win(migrated_url: str, tmp_path: Path) -> None:
    rounds = run_race(migrated_url, tmp_path, CONTROL_ROUNDS, guarded=False)
    wrong = sum(outcome == ("approved", "shipped") for outcome in rounds)
    assert wrong >= 0.9 * CONTROL_ROUNDS, f"only {wrong} of {CONTROL_ROUNDS} rounds went wrong without the guard"
