"""Verify is silent on sound data and names the row that is not; each fault here is made with plain SQL."""

from dataclasses import replace
from hashlib import sha256

import pytest

from countermand.model.event import AuditEntry
from countermand.store.directory_port import AuditRow, Store
from countermand.store.port import Change, Committed
from countermand.store.verify import verify
from tests.builders import a_tenancy, an_entry, an_order, with_cancellation, with_question
from tests.store.raw import Raw


def made_up_digest(entry: AuditRow | AuditEntry) -> str:
    return sha256(f"{entry.previous}|{entry.sequence}|{entry.sealed}".encode()).hexdigest()


def linked(sequence: int, previous: str) -> AuditEntry:
    entry = an_entry(sequence, previous)
    return replace(entry, digest=made_up_digest(entry))


@pytest.fixture
async def raw(store: Store, migrated_url: str) -> Raw:
    """An order with two links of audit, a cancelled and an asked unit."""
    await a_tenancy(store)
    first = linked(1, "")
    second = linked(2, first.digest)
    order = an_order(audit_sequence=1, audit_head=first.digest)
    cancelled = replace(with_cancellation(order), audit_sequence=2, audit_head=second.digest)
    for change in (
        Change(None, order, (first,)), Change(order, cancelled, (second,)),
        Change(cancelled, with_question(cancelled)),
    ):
        assert isinstance((await store.commit([change]))[0], Committed)
    return Raw(migrated_url)


async def found(store: Store, merchant: str | None = None) -> set[tuple[str, str]]:
    return {(each.invariant, each.row) async for each in verify(store, merchant, made_up_digest)}


async def test_sound_data_breaks_nothing(store: Store, raw: Raw) -> None:
    assert await found(store) == set()


FAULTS = {
    "a head that is not the last link's": ("UPDATE orders SET audit_head = 'x'", ("INV-05", "entry 2")),
    "a link too few": ("UPDATE orders SET audit_sequence = 3", ("INV-05", "order")),
    "a question without a case": ("UPDATE parts SET case_id = NULL", ("INV-11", "request cr_1042-2 part 1")),
    "a deadline without an answer": ("UPDATE cases SET answer = 'approve'", ("INV-14", "case ca_cr_1042-2-1")),
    "a request that nobody looks at": (
        "UPDATE requests SET due_at = NULL WHERE id = 'cr_1042-1'", ("INV-11", "request cr_1042-1"),
    ),
    "a state that is not the fold": (
        "UPDATE requests SET state = 'completed' WHERE id = 'cr_1042-1'", ("INV-10", "request cr_1042-1"),
    ),
    "goods stopped for a part that was declined": (
        "UPDATE parts SET state = 'declined' WHERE request = 'cr_1042-1'", ("INV-10", "request cr_1042-1 part 1"),
    ),
    "units held for nobody": (
        "UPDATE fulfilment_lines SET held = 2, open = open - 1", ("INV-13", "fulfilment order F1 line 1"),
    ),
    "fewer units cancelled than stopped": (
        "UPDATE fulfilment_lines SET cancelled = 0, open = open + 1", ("INV-13", "fulfilment order F1 line 1"),
    ),
    "units that nobody sends": ("UPDATE order_lines SET quantity = 7", ("INV-13", "line 1")),
    "money sent for goods that are only held": (
        "UPDATE duties SET state = 'submitted', request = 'cr_1042-2'", ("INV-12", "duty rf_cr_1042-1-1"),
    ),
    "money owed without a day": ("UPDATE duties SET due_by = NULL", ("INV-11", "duty rf_cr_1042-1-1")),
    "a refund that its payment knows nothing of": (
        "UPDATE duties SET state = 'refunded', payment = 'p1'", ("INV-01", "payment p1"),
    ),
    "more on its way than was captured": (
        "UPDATE duties SET state = 'submitted', payment = 'p1', amount = 9999", ("INV-01", "payment p1"),
    ),
    "stock put back that was not cancelled": (
        """UPDATE steps SET kind = 'release_stock', lines = '[["1","MUG",2]]' WHERE number = 2""",
        ("INV-09", "line 1"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_named(store: Store, raw: Raw, fault: str) -> None:
    sql, told = FAULTS[fault]
    await raw(sql)
    assert told in await found(store)
    assert told in await found(store, "acme")
    assert await found(store, "other") == set()


async def test_a_forged_link_is_named(store: Store, raw: Raw, engine: str) -> None:
    """Whoever can take the guard away can change the past, and is found out."""
    if engine == "sqlite":
        await raw("DROP TRIGGER audit_entries_no_update")
    else:
        await raw("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only")
        await raw("GRANT UPDATE ON audit_entries TO CURRENT_USER")
    try:
        await raw("UPDATE audit_entries SET events = '[]' WHERE sequence = 1")
        assert ("INV-05", "entry 1") in await found(store)
    finally:
        if engine == "postgresql":
            await raw("REVOKE UPDATE ON audit_entries FROM CURRENT_USER")
            await raw("ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only")
