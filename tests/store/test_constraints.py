"""The database itself refuses wrong states: each constraint, tried with plain SQL past every rule of ours."""

import re

import pytest

from countermand.model.event import Message
from countermand.store.directory_port import Store
from countermand.store.port import Answer, Change, Committed, Idempotency, Inbound
from tests.builders import NOW, a_tenancy, an_entry, an_order, with_cancellation, with_question
from tests.store.raw import REFUSALS, Raw

SQL = {
    "the version of an order is positive": "UPDATE orders SET version = 0",
    "units are conserved": "UPDATE fulfilment_lines SET open = open + 1",
    "no unit is counted below zero": "UPDATE fulfilment_lines SET open = -1, quantity = quantity - open - 1",
    "held and cancelled stay within the quantity": "UPDATE fulfilment_lines SET held = 9, open = 3 - 9 - cancelled",
    "no more returns than were despatched": "UPDATE fulfilment_lines SET returned = despatched + 1",
    "no more is claimed than was despatched": "UPDATE fulfilment_lines SET claimed = despatched + 1",
    "no more is removed than was cancelled": "UPDATE fulfilment_lines SET removed = cancelled + 1",
    "a line orders something": "UPDATE order_lines SET quantity = 0",
    "prices are not negative": "UPDATE order_lines SET unit_price = -1",
    "no more is refunded than was captured": "UPDATE payments SET refunded = captured + 1",
    "money is not negative": "UPDATE payments SET refunded = -1",
    "what was refunded apart was refunded": "UPDATE payments SET refunded_apart = refunded + 1",
    "a part speaks of units": "UPDATE parts SET quantity = 0",
    "no more of a part comes back than it has": "UPDATE parts SET returned = quantity + 1",
    "a state is one of its set": "UPDATE parts SET state = 'gone'",
    "a stage is one of its set": "UPDATE fulfilment_orders SET stage = 'lost'",
    "a part belongs to a request": "UPDATE parts SET request = 'cr_nobody'",
    "a part belongs to a line of its order": "UPDATE parts SET line = 'no line'",
    "a request belongs to an order": "UPDATE requests SET order_number = 'no order'",
    "a row stays in its tenancy": "UPDATE requests SET merchant_id = 'other'",
    "a fulfilment order has a holder of the tenancy": "UPDATE fulfilment_orders SET holder = 'nobody'",
    "a line has a seller of the tenancy": "UPDATE order_lines SET seller = 'nobody'",
    "a case has a holder of the tenancy": "UPDATE cases SET holder = 'nobody'",
    "a duty refunds a payment of its order": "UPDATE duties SET payment = 'no payment'",
    "a step belongs to a request": "UPDATE steps SET request = 'cr_nobody'",
    "an order with lines is not deleted": "DELETE FROM orders",
    "a message belongs to an order": "UPDATE outbox SET order_number = 'no order'",
    "audit entries are not changed": "UPDATE audit_entries SET digest = 'x'",
    "audit entries are not deleted": "DELETE FROM audit_entries",
    "audit texts are not rewritten": "UPDATE audit_texts SET text = 'other'",
    "erasing a text moves nothing": "UPDATE audit_texts SET text = NULL, sequence = 7",
    "one live duty for each request, payment and generation": """
        INSERT INTO duties (merchant_id, order_number, id, position, request, kind, amount, state, generation,
          created_at, failures)
        SELECT merchant_id, order_number, 'rf_second', 9, request, kind, amount, 'pending', generation, created_at, 0
        FROM duties""",
    "one case for each request and fulfilment order": """
        INSERT INTO cases (merchant_id, order_number, id, position, request, fulfilment_order, holder, answerer,
          state, opened_at, answer_by, on_silence, final_default, escalated, extended)
        SELECT merchant_id, order_number, 'ca_second', 9, request, fulfilment_order, holder, answerer, state,
          opened_at, answer_by, on_silence, final_default, escalated, extended FROM cases""",
    "an order's number is used once": "INSERT INTO orders SELECT * FROM orders",
    "an outbox key is used once": "INSERT INTO outbox SELECT * FROM outbox",
    "an idempotency key is used once": "INSERT INTO idempotency SELECT * FROM idempotency",
    "an event is received once": "INSERT INTO inbox SELECT * FROM inbox",
    "an audit sequence is used once": "INSERT INTO audit_entries SELECT * FROM audit_entries",
    "a request's id is used once in the tenancy": """
        UPDATE requests SET id = (SELECT max(id) FROM requests r) WHERE id = (SELECT min(id) FROM requests r)""",
}
NAMES = {
    "units are conserved": "units_conserved",
    "no more returns than were despatched": "returned_within_despatched",
    "no more is claimed than was despatched": "claimed_within_despatched",
    "no more is removed than was cancelled": "removed_within_cancelled",
    "no more is refunded than was captured": "refunded_within_captured",
    "what was refunded apart was refunded": "apart_within_refunded",
    "no more of a part comes back than it has": "part_returned_within_quantity",
    "audit entries are not changed": "append-only|permission denied for table audit_entries",
    "audit entries are not deleted": "append-only|permission denied for table audit_entries",
    "audit texts are not rewritten": "only be erased",
}
"""What the refusal must name, where it has a name, so that no other fault passes for it."""


@pytest.fixture
async def raw(store: Store, migrated_url: str) -> Raw:
    await a_tenancy(store)
    order = an_order()
    cancelled = with_cancellation(order)
    asked = with_question(cancelled)
    key, answer = Idempotency("POST /x", "k", "d"), Answer(200, b"{}")
    for change in (
        Change(None, order, (an_entry(),), (Message("mail", "t", "m1", NOW),)),
        Change(order, cancelled, idempotency=key, inbound=Inbound("sandbox", "e1"), answer=answer),
        Change(cancelled, asked),
    ):
        assert isinstance((await store.commit([change]))[0], Committed)
    return Raw(migrated_url)


@pytest.mark.parametrize("claim", SQL)
async def test_the_database_refuses(raw: Raw, claim: str) -> None:
    with pytest.raises(REFUSALS) as refused:
        await raw(SQL[claim])
    assert re.search(NAMES.get(claim, ""), str(refused.value))


async def test_audit_texts_can_be_erased_and_the_chain_stays(store: Store, raw: Raw) -> None:
    assert await store.erase_texts("acme", "1042") == 1
    (entry,) = await store.audit("acme", "1042")
    assert dict(entry.texts) == {(0, "comment"): None}
    assert entry.sealed == an_entry().sealed


async def test_a_superseded_duty_leaves_room_for_another(raw: Raw) -> None:
    await raw("UPDATE duties SET state = 'superseded'")
    await raw(SQL["one live duty for each request, payment and generation"])
