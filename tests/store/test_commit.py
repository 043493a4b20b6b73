"""The one write path: whole or not at all, once, and never over somebody else's change."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.model.event import Message
from countermand.store.directory_port import Store
from countermand.store.port import Answer, Broken, Change, Committed, Idempotency, Inbound, Lost, Replayed
from tests.builders import MERCHANT, NOW, a_tenancy, an_entry, an_order, with_cancellation

KEY = Idempotency("POST /x", "k1", "digest")
ANSWER = Answer(201, b'{"id":"cr_1"}')


@pytest.fixture(autouse=True)
async def tenancy(store: Store) -> None:
    await a_tenancy(store)


async def test_a_new_order_that_exists_is_lost(store: Store) -> None:
    assert await store.commit([Change(None, an_order())]) == [Committed(1)]
    assert await store.commit([Change(None, an_order(customer=replace(an_order().customer, name="Bo")))]) == [Lost()]
    assert await store.load(MERCHANT, "1042") == an_order()


async def test_a_change_of_an_old_version_is_lost_and_writes_nothing(store: Store) -> None:
    order = an_order()
    await store.commit([Change(None, order)])
    first = with_cancellation(order)
    message = Message("mail", "t", "d1", NOW)
    assert await store.commit([Change(order, first)]) == [Committed(2)]
    late = replace(order, version=2, quarantined="late")
    assert await store.commit([Change(order, late, (an_entry(),), (message,), KEY, answer=ANSWER)]) == [Lost()]
    assert await store.load(MERCHANT, "1042") == first
    assert await store.audit(MERCHANT, "1042") == []
    assert await store.claim_messages("mail", 10, timedelta(seconds=5), NOW) == []
    assert await store.find_answer(MERCHANT, KEY) is None


async def test_of_two_at_once_exactly_one_commits(store: Store) -> None:
    for number in range(20):
        order = an_order(f"r{number}")
        await store.commit([Change(None, order)])
        changes = [Change(order, replace(with_cancellation(order), platform=name)) for name in "ab"]
        told = await asyncio.gather(*(store.commit([change]) for change in changes))
        assert sorted(type(each[0]).__name__ for each in told) == ["Committed", "Lost"]


async def test_a_key_is_answered_once_and_replayed(store: Store) -> None:
    order = an_order()
    await store.commit([Change(None, order)])
    after = with_cancellation(order)
    assert await store.commit([Change(order, after, idempotency=KEY, answer=ANSWER)]) == [Committed(2)]
    again = replace(after, version=3, quarantined="again")
    assert await store.commit([Change(after, again, idempotency=KEY, answer=Answer(200, b"other"))]) == [
        Replayed(ANSWER, "digest")
    ]
    assert await store.load(MERCHANT, "1042") == after
    assert await store.find_answer(MERCHANT, KEY) == Replayed(ANSWER, "digest")


async def test_a_twin_that_lost_the_race_is_told_the_winners_answer(store: Store) -> None:
    for number in range(20):
        order = an_order(f"t{number}")
        await store.commit([Change(None, order)])
        key = replace(KEY, key=order.number)
        change = Change(order, with_cancellation(order), idempotency=key, answer=ANSWER)
        told = await asyncio.gather(*(store.commit([change]) for _ in range(3)))
        assert sorted(type(each[0]).__name__ for each in told) == ["Committed", "Replayed", "Replayed"]


async def test_one_key_on_two_orders_at_once_has_one_effect(store: Store) -> None:
    orders = [an_order(f"k{number}") for number in range(4)]
    await store.commit([Change(None, order) for order in orders])
    changes = [Change(order, with_cancellation(order), idempotency=KEY, answer=ANSWER) for order in orders]
    told = await asyncio.gather(*(store.commit([change]) for change in changes))
    assert sum(isinstance(each[0], Committed) for each in told) == 1
    loaded = [await store.load(MERCHANT, order.number) for order in orders]
    assert sum(each is not None and each.version == 2 for each in loaded) == 1


async def test_one_key_twice_in_a_batch_has_one_effect(store: Store) -> None:
    orders = [an_order("b1"), an_order("b2")]
    await store.commit([Change(None, order) for order in orders])
    told = await store.commit(
        [Change(order, with_cancellation(order), idempotency=KEY, answer=ANSWER) for order in orders]
    )
    assert told == [Committed(2), Replayed(ANSWER, "digest")]


async def test_an_inbound_event_is_applied_once(store: Store) -> None:
    order = an_order()
    inbound = Inbound("sandbox", "evt_1")
    await store.commit([Change(None, order)])
    after = with_cancellation(order)
    assert await store.commit([Change(order, after, inbound=inbound, answer=ANSWER)]) == [Committed(2)]
    again = replace(after, version=3)
    assert await store.commit([Change(after, again, inbound=inbound, answer=ANSWER)]) == [Replayed(ANSWER)]
    assert await store.find_inbound(MERCHANT, inbound) == Replayed(ANSWER)


async def test_a_broken_change_spoils_nothing_beside_it(store: Store) -> None:
    orders = [an_order(f"x{number}") for number in range(3)]
    await store.commit([Change(None, order) for order in orders])
    payment = replace(orders[1].payments[0], refunded=9999)
    changes = [Change(order, with_cancellation(order)) for order in orders]
    changes[1] = Change(orders[1], replace(orders[1], version=2, payments=(payment,)), idempotency=KEY, answer=ANSWER)
    told = await store.commit(changes)
    assert [type(each) for each in told] == [Committed, Broken, Committed]
    assert await store.load(MERCHANT, "x1") == orders[1]
    assert await store.find_answer(MERCHANT, KEY) is None


async def test_a_batch_mixes_new_orders_wide_and_narrow_changes(store: Store) -> None:
    first, second = an_order("m1"), an_order("m2")
    await store.commit([Change(None, first), Change(None, second)])
    narrow, wide = with_cancellation(first), replace(second, version=2, platform="shop")
    stale = an_order("m1")
    told = await store.commit([Change(second, wide), Change(None, an_order("m3")), Change(first, narrow)])
    assert told == [Committed(2), Committed(1), Committed(2)]
    assert await store.load(MERCHANT, "m1") == narrow
    assert await store.load(MERCHANT, "m2") == wide
    assert await store.commit([Change(None, an_order("m4")), Change(stale, narrow)]) == [Committed(1), Lost()]


async def test_a_large_batch_is_written_in_one_call(store: Store) -> None:
    orders = [an_order(f"l{number}") for number in range(1100)]
    assert set(await store.commit([Change(None, order) for order in orders])) == {Committed(1)}
    assert await store.load(MERCHANT, "l1099") == orders[-1]


async def test_a_message_leaves_once_by_its_dedupe_key(store: Store) -> None:
    order, message = an_order(), Message("mail", "request.created", "d1", NOW)
    await store.commit([Change(None, order, messages=(message,))])
    assert await store.commit([Change(order, with_cancellation(order), messages=(message,))]) == [Committed(2)]
    assert len(await store.claim_messages("mail", 10, timedelta(seconds=5), NOW)) == 1


async def test_the_same_number_lives_in_two_tenancies(store: Store) -> None:
    await a_tenancy(store, "other")
    assert await store.commit([Change(None, an_order()), Change(None, an_order(merchant="other"))]) == [
        Committed(1), Committed(1),
    ]
    assert await store.load("other", "1042") == an_order(merchant="other")
