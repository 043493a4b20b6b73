"""Lists: every filter, stable pages, nothing of another tenancy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.model.fulfilment import Stage
from countermand.model.order import WorkItem
from countermand.model.payment import DutyState
from countermand.model.request import CaseState, RequestState
from countermand.store.directory_port import OrderFilter, OrderSummary, Store
from countermand.store.port import Change, Committed
from tests.builders import MERCHANT, NOW, a_tenancy, an_entry, an_order, with_cancellation, with_question


@pytest.fixture(autouse=True)
async def orders(store: Store) -> None:
    """Five orders, a minute apart: o0 is the oldest; o1 is cancelled in part, o2 is asked about, o3 is despatched."""
    await a_tenancy(store)
    await a_tenancy(store, "other")
    made = [an_order(f"o{n}", placed_at=NOW + timedelta(minutes=n)) for n in range(5)]
    made[4] = replace(
        made[4], customer=replace(made[4].customer, name="Bo_100%", email="bo@example.com"), quarantined="bad total",
        lines=(replace(made[4].lines[0], sku="LAMP", seller="lamps"),),
    )
    home = made[3].fulfilment_orders[0]
    gone = replace(home, stage=Stage.DESPATCHED, lines=(replace(home.lines[0], open=0, despatched=3),))
    made[3] = replace(made[3], fulfilment_orders=(gone,))
    work = (WorkItem("refund_by_hand", "rf_1", NOW), WorkItem("stray", "P1", NOW, closed_at=NOW))
    changes = [Change(None, order) for order in (*made, an_order("o0", "other"))]
    changes += [Change(made[1], with_cancellation(made[1])), Change(made[2], with_question(made[2]))]
    changes += [Change(made[0], replace(made[0], version=2, work=work))]
    for change in changes:
        assert isinstance((await store.commit([change]))[0], Committed)


async def numbers(store: Store, chosen: OrderFilter) -> list[str]:
    return [each.number for each in (await store.list_orders(MERCHANT, chosen, 50)).items]


@pytest.mark.parametrize(("chosen", "found"), [
    (OrderFilter(), ["o4", "o3", "o2", "o1", "o0"]),
    (OrderFilter(stage=Stage.DESPATCHED), ["o3"]),
    (OrderFilter(request_state=RequestState.EXECUTING), ["o1"]),
    (OrderFilter(request_state=RequestState.AWAITING_APPROVAL), ["o2"]),
    (OrderFilter(q="O3"), ["o3"]),
    (OrderFilter(q="bo_100%"), ["o4"]),
    (OrderFilter(q="_"), ["o4"]),
    (OrderFilter(q="' OR 1=1 --"), []),
    (OrderFilter(email=" BO@example.com "), ["o4"]),
    (OrderFilter(sku="LAMP"), ["o4"]),
    (OrderFilter(placed_from=NOW + timedelta(minutes=3)), ["o4", "o3"]),
    (OrderFilter(placed_to=NOW + timedelta(minutes=1)), ["o0"]),
    (OrderFilter(sellers=frozenset({"lamps", "x"})), ["o4"]),
    (OrderFilter(holders=frozenset({"main"}), stage=Stage.UNRELEASED), ["o4", "o2", "o1", "o0"]),
    (OrderFilter(holders=frozenset()), []),
    (OrderFilter(quarantined=True), ["o4"]),
    (OrderFilter(quarantined=False), ["o3", "o2", "o1", "o0"]),
])
async def test_orders_are_narrowed(store: Store, chosen: OrderFilter, found: list[str]) -> None:
    assert await numbers(store, chosen) == found


async def test_a_row_says_what_a_list_shows(store: Store) -> None:
    (row,) = (await store.list_orders(MERCHANT, OrderFilter(q="o1"), 10)).items
    assert row == OrderSummary(
        "o1", 2, NOW + timedelta(minutes=1), "Ana Silva", "Ana@example.com", "EUR", Stage.UNRELEASED,
        RequestState.EXECUTING, None, "Mug", 1, 3, 2, 0, 1, 0,
    )


async def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    seen, after = [], None
    for _ in range(3):
        page = await store.list_orders(MERCHANT, OrderFilter(), 2, after)
        seen += [each.number for each in page.items]
        after = page.after
    assert seen == ["o4", "o3", "o2", "o1", "o0"]
    assert after is None


async def test_a_keyset_of_no_list_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="keyset"):
        await store.list_orders(MERCHANT, OrderFilter(), 2, ("x", 1))


async def test_requests_by_state_order_seller_and_holder(store: Store) -> None:
    assert [each.order for each in (await store.list_requests(MERCHANT, 9)).items] == ["o2", "o1"]
    assert [each.id for each in (await store.list_requests(MERCHANT, 9, state=RequestState.EXECUTING)).items] == [
        "cr_o1-1"
    ]
    assert [each.order for each in (await store.list_requests(MERCHANT, 9, order="o2")).items] == ["o2"]
    assert (await store.list_requests(MERCHANT, 9, sellers=frozenset({"lamps"}))).items == ()
    assert len((await store.list_requests(MERCHANT, 9, holders=frozenset({"main"}))).items) == 2
    page = await store.list_requests(MERCHANT, 1)
    assert [each.order for each in (await store.list_requests(MERCHANT, 1, page.after)).items] == ["o1"]
    assert await store.request_counts(MERCHANT) == {RequestState.EXECUTING: 1, RequestState.AWAITING_APPROVAL: 1}


async def test_cases_come_with_what_they_ask_for(store: Store) -> None:
    (row,) = (await store.list_cases(MERCHANT, 9, holders=frozenset({"main"}), state=CaseState.OPEN)).items
    assert (row.order, row.case.id, row.lines) == ("o2", "ca_cr_o2-1-1", (("1", 1),))
    assert (await store.list_cases(MERCHANT, 9, holders=frozenset({"aaa"}))).items == ()
    assert (await store.list_cases("other", 9)).items == ()


async def test_refunds_by_state_and_order(store: Store) -> None:
    (row,) = (await store.list_refunds(MERCHANT, 9, state=DutyState.PLANNED, order="o1")).items
    assert (row.order, row.currency, row.duty.amount) == ("o1", "EUR", 1290)
    assert (await store.list_refunds(MERCHANT, 9, state=DutyState.REFUNDED)).items == ()


async def test_the_worklist_has_what_is_open(store: Store) -> None:
    (row,) = (await store.worklist(MERCHANT, 9)).items
    assert (row.order, row.item.kind) == ("o0", "refund_by_hand")
    assert (await store.worklist("other", 9)).items == ()


async def test_recent_requests_of_a_customer_are_counted(store: Store) -> None:
    assert await store.recent_requests(MERCHANT, "ANA@example.com", NOW) == 2
    assert await store.recent_requests(MERCHANT, "ana@example.com", NOW + timedelta(seconds=1)) == 0
    assert await store.recent_requests("other", "ana@example.com", NOW) == 0


async def test_a_request_and_a_case_know_their_order(store: Store) -> None:
    assert await store.order_of_request(MERCHANT, "cr_o1-1") == "o1"
    assert await store.order_of_case(MERCHANT, "ca_cr_o2-1-1") == "o2"
    assert await store.order_of_request("other", "cr_o1-1") is None


async def test_the_audit_is_told_with_its_texts(store: Store) -> None:
    order = an_order("a1", audit_sequence=1, audit_head="d1")
    await store.commit([Change(None, order, (an_entry(),))])
    (row,) = await store.audit(MERCHANT, "a1")
    assert (row.sequence, row.sealed, row.digest) == (1, an_entry().sealed, "d1")
    assert dict(row.texts) == {(0, "comment"): "two clicks"}
