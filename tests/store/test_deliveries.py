"""The outbox and the batches: claimed once at a time, recorded once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.model.event import Actor, Message
from countermand.store.directory_port import AlreadyAnswered, Batch, BatchItem, Once, Store
from countermand.store.port import Answer, Change, Idempotency
from tests.builders import MERCHANT, NOW, a_tenancy, an_order

EXPIRY = timedelta(seconds=15)
MAIL = Message("mail", "request.created", "d1", NOW, "cr_1", "ca_1", "holder", None)
BATCH = Batch(MERCHANT, "ba_1", Actor("merchant", "key_1"), '{"reason":"fraud"}', NOW, 2)


@pytest.fixture(autouse=True)
async def tenancy(store: Store) -> None:
    await a_tenancy(store)
    later = replace(MAIL, dedupe="d2", due_at=NOW + timedelta(days=1))
    await store.commit([Change(None, an_order(), messages=(MAIL, later))])


async def test_a_due_message_is_claimed_by_one_and_sent_once(store: Store) -> None:
    told = await asyncio.gather(*(store.claim_messages("mail", 5, EXPIRY, NOW) for _ in range(4)))
    (claimed,) = [each for found in told for each in found]
    assert (claimed.message, claimed.order, claimed.attempt) == (MAIL, "1042", 1)
    await store.message_sent(claimed, NOW)
    assert await store.claim_messages("mail", 5, EXPIRY, NOW) == []


async def test_a_failed_message_comes_again_at_its_time_until_it_is_given_up(store: Store) -> None:
    (first,) = await store.claim_messages("mail", 5, EXPIRY, NOW)
    again = NOW + timedelta(minutes=1)
    await store.message_failed(first, "refused", again)
    assert await store.claim_messages("mail", 5, EXPIRY, NOW) == []
    (second,) = await store.claim_messages("mail", 5, EXPIRY, again)
    assert second.attempt == 2
    await store.message_failed(second, "refused", None)
    assert await store.claim_messages("mail", 5, EXPIRY, again) == []


async def test_an_old_claim_says_nothing_any_more(store: Store) -> None:
    (old,) = await store.claim_messages("mail", 5, timedelta(milliseconds=1), NOW)
    await asyncio.sleep(0.01)
    (new,) = await store.claim_messages("mail", 5, timedelta(milliseconds=1), NOW)
    await store.message_sent(old, NOW)
    await asyncio.sleep(0.01)
    (newest,) = await store.claim_messages("mail", 5, EXPIRY, NOW)
    assert [each.number for each in (old, new, newest)] == [1, 2, 3]


async def test_a_message_that_is_true_no_more_never_leaves(store: Store) -> None:
    (claimed,) = await store.claim_messages("mail", 5, EXPIRY, NOW)
    await store.message_suppressed(claimed, NOW)
    assert await store.claim_messages("mail", 5, EXPIRY, NOW) == []


async def test_a_message_told_beside_a_commit_leaves_once(store: Store) -> None:
    note = replace(MAIL, dedupe="d3", kind="webhook", body="{}")
    await store.tell(MERCHANT, "1042", note)
    await store.tell(MERCHANT, "1042", note)
    assert [each.message for each in await store.claim_messages("webhook", 5, EXPIRY, NOW)] == [note]


async def test_a_batch_is_worked_off_once_item_by_item(store: Store) -> None:
    once = Once(Idempotency("POST /batches", "k", "d"), Answer(202, b"{}"))
    await store.create_batch(BATCH, ["1042", "1043"], once)
    with pytest.raises(AlreadyAnswered):
        await store.create_batch(replace(BATCH, id="ba_2"), ["1042"], once)
    claim = await store.claim_batch(EXPIRY)
    assert claim is not None
    assert await store.claim_batch(EXPIRY) is None
    assert await store.next_items(claim, 9) == [BatchItem(0, "1042"), BatchItem(1, "1043")]
    assert await store.record_outcome(claim, 0, 201, "{}", EXPIRY)
    assert await store.next_items(claim, 9) == [BatchItem(1, "1043")]
    assert not await store.record_outcome(replace(claim, number=9), 1, 201, "{}", EXPIRY)
    await store.finish_batch(claim, NOW)
    assert await store.claim_batch(EXPIRY) is None
    assert await store.find_batch(MERCHANT, "ba_1") == replace(BATCH, finished_at=NOW)
    assert await store.batch_items(MERCHANT, "ba_1", 9) == [BatchItem(0, "1042", 201, "{}"), BatchItem(1, "1043")]
