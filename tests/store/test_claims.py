"""Sagas are claimed by compare-and-set, held for a time and fenced by number."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.model.plan import StepState
from countermand.store import open_store
from countermand.store.directory_port import Store
from countermand.store.port import Change, Claim, Committed, Lost
from tests.builders import MERCHANT, NOW, a_tenancy, an_order, with_cancellation

EXPIRY = timedelta(seconds=15)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
async def tenancy(store: Store) -> None:
    await a_tenancy(store)


async def with_due(store: Store, *numbers: str) -> None:
    orders = [an_order(number) for number in numbers]
    await store.commit([Change(None, order) for order in orders])
    await store.commit([Change(order, with_cancellation(order)) for order in orders])


async def claimed(store: Store, limit: int = 10, per_merchant: int = 10, expiry: timedelta = EXPIRY) -> list[Claim]:
    return await store.claim_due("n1", limit, per_merchant, expiry, LATER)


async def test_two_nodes_share_the_due_sagas_and_none_twice(store: Store, migrated_url: str) -> None:
    await with_due(store, *(f"c{number}" for number in range(40)))
    other = await open_store(migrated_url)
    told = await asyncio.gather(*(each.claim_due("n", 10, 10, EXPIRY, LATER) for each in [store, other] * 4))
    await other.close()
    found = [(claim.order, claim.request) for claims in told for claim in claims]
    assert len(found) == len(set(found)) > 0


async def test_nothing_is_claimed_before_it_is_due_or_while_it_is_held(store: Store) -> None:
    await with_due(store, "1")
    assert await store.claim_due("n1", 10, 10, EXPIRY, NOW - timedelta(seconds=1)) == []
    assert len(await claimed(store)) == 1
    assert await claimed(store) == []


async def test_one_tenancy_gets_its_share_and_no_more(store: Store) -> None:
    await with_due(store, "1", "2", "3")
    assert len(await claimed(store, per_merchant=2)) == 2


async def test_an_expired_claim_is_taken_over_under_a_higher_number(store: Store) -> None:
    await with_due(store, "1")
    (old,) = await claimed(store, expiry=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)
    (new,) = await claimed(store)
    assert new.number == old.number + 1
    assert await store.holds(new)
    assert not await store.holds(old)


async def test_a_commit_under_a_lapsed_claim_is_lost(store: Store) -> None:
    await with_due(store, "1")
    (old,) = await claimed(store, expiry=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)
    (new,) = await claimed(store)
    order = await store.load(MERCHANT, "1")
    assert order is not None
    after = replace(order, version=order.version + 1, platform="x")
    assert await store.commit([Change(order, after, claim=old)]) == [Lost()]
    assert await store.commit([Change(order, after, claim=new)]) == [Committed(after.version)]


async def test_the_journal_writes_steps_only_under_a_live_claim(store: Store) -> None:
    await with_due(store, "1")
    (claim,) = await claimed(store)
    order = await store.load(MERCHANT, "1")
    assert order is not None
    started = replace(order.steps[0], state=StepState.STARTED, attempt=1)
    assert await store.journal(claim, [started])
    loaded = await store.load(MERCHANT, "1")
    assert loaded == replace(order, steps=(started, *order.steps[1:]))
    await store.release(claim)
    assert not await store.journal(claim, [replace(started, attempt=2)])
    assert await store.load(MERCHANT, "1") == loaded


async def test_a_heartbeat_holds_on_and_a_release_lets_go(store: Store) -> None:
    await with_due(store, "1")
    (claim,) = await claimed(store, expiry=timedelta(milliseconds=300))
    await store.keep([claim], EXPIRY)
    await asyncio.sleep(0.4)
    assert await store.holds(claim)
    await store.release(claim)
    assert len(await claimed(store)) == 1


async def test_a_saga_put_off_waits_for_its_time_or_for_a_new_due_time(store: Store) -> None:
    await with_due(store, "1")
    (claim,) = await claimed(store)
    await store.release(claim, retry_at=LATER + timedelta(hours=1))
    assert await claimed(store) == []
    order = await store.load(MERCHANT, "1")
    assert order is not None
    sooner = replace(order.requests[0], due_at=NOW + timedelta(minutes=1))
    await store.commit([Change(order, replace(order, version=order.version + 1, requests=(sooner,)))])
    assert len(await claimed(store)) == 1
