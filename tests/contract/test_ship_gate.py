"""Claims and reports of DESIGN section 3, rule by rule, and the ways of goods that left."""

from datetime import timedelta

import httpx
import pytest

from tests.contract.world import NOW, Shop, Site, instant, mug, plain, slug


@pytest.fixture
def asking(site: Site, asking_shop: Shop) -> Shop:
    return asking_shop


@pytest.fixture(scope="session")
def asking_shop(running_site: Site) -> Shop:
    """A shop whose holder must say that goods are stopped."""
    return running_site.shop(control="confirm")


def refused(answer: httpx.Response, name: str, *, open: int, held: int, cancelled: int) -> dict[str, object]:
    assert answer.status_code == 409 and slug(answer) == name, answer.text
    body: dict[str, object] = answer.json()
    lines = body["lines"]
    assert isinstance(lines, list)
    row = {name: lines[0][name] for name in ("line", "open", "held", "cancelled")}
    assert row == {"line": "1", "open": open, "held": held, "cancelled": cancelled}
    return body


def test_a_claim_without_lines_ships_everything_at_once(shop: Shop) -> None:
    number = shop.order(stage="packed")
    told = shop.told(number, "despatched", mode="claim")
    assert told["ship"] == [{"line": "1", "quantity": 3}] and told["do_not_ship"] == []
    assert told["version"] == shop.view(number)["version"]
    assert shop.line(number) == (0, 0, 0, 3)


def test_a_claim_of_a_cancelled_order_is_refused_and_a_second_claim_has_left(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    refused(shop.goods(number, "despatched", mode="claim"), "order-cancelled", open=0, held=0, cancelled=3)
    number = shop.order()
    shop.told(number, "despatched", mode="claim")
    refused(shop.goods(number, "despatched", mode="claim"), "already-despatched", open=0, held=0, cancelled=0)


def test_what_is_cancelled_is_not_said_to_have_left(shop: Shop) -> None:
    number = shop.order()
    shop.cancel(number, 1)
    shop.told(number, "despatched", {"1": 2}, mode="claim")
    refused(shop.goods(number, "despatched", mode="claim"), "order-cancelled", open=0, held=0, cancelled=1)
    refused(shop.goods(number, "despatched", {"1": 3}, mode="claim"), "order-cancelled", open=0, held=0, cancelled=1)
    again = shop.goods(number, "despatched", {"1": 2}, mode="claim")
    refused(again, "already-despatched", open=0, held=0, cancelled=1)


def test_a_claim_without_lines_after_a_partial_cancel_is_lines_changed_and_with_the_open_lines_passes(
    shop: Shop,
) -> None:
    number = shop.order()
    shop.cancel(number, 1)
    refused(shop.goods(number, "despatched", mode="claim"), "lines-changed", open=2, held=0, cancelled=1)
    told = shop.told(number, "despatched", {"1": 2}, mode="claim")
    assert told["ship"] == [{"line": "1", "quantity": 2}]
    assert told["do_not_ship"] == [{"line": "1", "quantity": 1}]


def test_more_than_is_open_is_on_hold_while_a_case_is_open(asking: Shop) -> None:
    number = asking.order(stage="packed")
    made = asking.cancel(number, 1)
    for lines in (None, {"1": 3}):
        body = refused(asking.goods(number, "despatched", lines, mode="claim"), "order-on-hold", open=2, held=1,
                       cancelled=0)
        assert body["case"] == made["lines"][0]["case"] and body["answer_by"] == made["answer_by"]
    assert asking.told(number, "despatched", {"1": 2}, mode="claim")["ship"] == [{"line": "1", "quantity": 2}]
    refused(asking.goods(number, "despatched", {"1": 1}, mode="claim"), "order-on-hold", open=0, held=1, cancelled=0)


def test_the_only_open_case_holds_everything_and_no_word_is_said_of_cancelling(asking: Shop) -> None:
    number = asking.order(stage="packed")
    asking.cancel(number)
    refused(asking.goods(number, "despatched", mode="claim"), "order-on-hold", open=0, held=3, cancelled=0)


def test_more_than_is_open_is_cancelled_when_no_case_holds_it(shop: Shop) -> None:
    number = shop.order()
    shop.cancel(number, 1)
    refused(shop.goods(number, "despatched", {"1": 3}, mode="claim"), "order-cancelled", open=2, held=0, cancelled=1)


def test_grace_held_units_cannot_be_released_or_claimed(site: Site) -> None:
    shop = site.shop(grace="PT1H")
    number = shop.order()
    shop.cancel(number)
    for event in ("released", "picking", "despatched"):
        refused(shop.goods(number, event, mode="claim"), "order-cancelled", open=0, held=3, cancelled=0)
    number = shop.order()
    shop.cancel(number, 1)
    refused(shop.goods(number, "released", mode="claim"), "lines-changed", open=2, held=1, cancelled=0)


def test_a_claim_of_a_stage_raises_it_and_ships_nothing(shop: Shop) -> None:
    number = shop.order()
    assert shop.told(number, "picking", mode="claim")["ship"] == [{"line": "1", "quantity": 3}]
    assert shop.view(number)["fulfilment_orders"][0]["stage"] == "picking" and shop.line(number) == (3, 0, 0, 0)


def test_a_withdrawn_claim_opens_the_units_until_a_scan_confirms_them(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched", mode="claim")
    shop.told(number, "claim_withdrawn")
    assert shop.line(number) == (3, 0, 0, 0)
    assert shop.cancel(number, 1)["lines"][0]["outcome"] != "declined"
    shop.told(number, "despatched", {"1": 2}, mode="claim")
    shop.told(number, "despatched")
    assert shop.goods(number, "claim_withdrawn").status_code == 409


def test_a_report_after_a_granted_claim_confirms_the_claimed_units(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched", {"1": 2}, mode="claim")
    shop.told(number, "despatched", {"1": 2}, tracking_number=f"T{number}", carrier="DHL")
    assert shop.line(number) == (1, 0, 0, 2)
    parcel = shop.view(number)["parcels"][0]
    assert parcel["tracking_number"] == f"T{number}" and parcel["stray"] is False and parcel["carrier"] == "DHL"


def test_a_stage_is_never_lowered_and_may_be_skipped(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "packed")
    assert shop.told(number, "picking")["version"]
    assert shop.view(number)["fulfilment_orders"][0]["stage"] == "packed"
    shop.told(number, "delivered")
    assert shop.line(number) == (0, 0, 0, 3)
    assert shop.view(number)["fulfilment_orders"][0]["stage"] == "delivered"


def test_an_applied_event_answers_as_it_did(shop: Shop) -> None:
    number = shop.order()
    first = shop.goods(number, "despatched", {"1": 1}, mode="claim", event_id="once")
    again = shop.goods(number, "despatched", {"1": 1}, mode="claim", event_id="once")
    assert (again.status_code, again.json()) == (200, first.json())
    assert shop.line(number) == (2, 0, 0, 1)


def test_a_refused_claim_may_be_made_again_under_its_own_id(asking: Shop) -> None:
    number = asking.order(stage="packed")
    made = asking.cancel(number)
    assert asking.goods(number, "despatched", mode="claim", event_id="later").status_code == 409
    assert asking.answer(made["lines"][0]["case"], "decline").status_code == 200
    assert asking.goods(number, "despatched", mode="claim", event_id="later").status_code == 200


def test_a_report_of_asked_units_overtakes_the_case_and_declines_with_the_next_step(asking: Shop) -> None:
    number = asking.order(stage="packed")
    made = asking.cancel(number)
    asking.told(number, "despatched")
    seen = asking.request(made)
    line = seen["lines"][0]
    assert seen["state"] == "declined" and line["reason"] == "already_despatched"
    assert line["next_step"] == "refuse_on_delivery" and line["goods"] == "refuse_on_delivery_advised"
    assert asking.line(number) == (0, 0, 0, 3)
    case = asking.cases(number)[0]
    assert case["state"] == "overtaken"
    late = asking.answer(case["id"], "approve")
    assert late.status_code == 409 and slug(late) == "case-closed"


def test_goods_reported_for_some_units_split_the_part(asking: Shop) -> None:
    number = asking.order(stage="packed")
    made = asking.cancel(number, 2)
    asking.told(number, "despatched", {"1": 2})  # one was open, one was held
    seen = asking.request(made)
    assert sorted((each["state"], each["quantity"]) for each in seen["lines"]) == [
        ("awaiting_approval", 1), ("declined", 1),
    ]
    assert asking.cases(number)[0]["state"] == "open" and asking.line(number) == (0, 1, 0, 2)


def test_a_cancelled_order_that_ships_is_a_stray_and_its_refund_goes_on_once(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    told = shop.told(number, "despatched", tracking_number=f"S{number}")
    assert told["ship"] == [] and told["do_not_ship"] == [{"line": "1", "quantity": 3}]
    view = shop.view(number)
    assert view["parcels"][0]["stray"] is True and shop.line(number) == (0, 0, 3, 0)
    assert view["requests"][0]["lines"][0]["goods"] == "stray"
    shop.told(number, "refused", tracking_number=f"S{number}")
    shop.told(number, "returned", tracking_number=f"S{number}")
    view = shop.view(number)
    assert view["parcels"][0]["state"] == "returned" and view["requests"][0]["lines"][0]["goods"] == "returned"
    assert shop.payment(number)["refunded"] == 4465 and len(shop.refunds(number)) == 1
    assert view["requests"][0]["state"] == "completed"


def test_a_stray_that_is_delivered_is_on_the_worklist_and_moves_no_money(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    shop.told(number, "despatched")
    shop.told(number, "delivered")
    assert shop.view(number)["requests"][0]["lines"][0]["goods"] == "delivered"
    assert shop.payment(number)["refunded"] == 4465
    assert any(each["order"] == number for each in shop.get("/worklist?limit=200")["items"])


def test_too_late_goods_that_are_refused_and_come_back_are_refunded_once(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched")
    made = shop.cancel(number)
    line = made["lines"][0]
    assert made["state"] == "declined" and line["reason"] == "already_despatched" and line["until"] == NOW
    assert line["next_step"] == "refuse_on_delivery" and line["outcome"] == "declined"
    assert made["money"]["refund"] == 0 and made["money"]["when"] == "nothing_due"
    for event, goods in (("refused", "refused"), ("returning", "returning")):
        shop.told(number, event)
        assert shop.request(made)["lines"][0]["goods"] == goods and shop.request(made)["state"] == "declined"
    shop.told(number, "returned")
    made = shop.until(made, "completed")
    assert made["lines"][0]["goods"] == "returned" and made["money"]["refund"] == 4465
    shop.told(number, "returned")
    assert shop.payment(number)["refunded"] == 4465 and len(shop.refunds(number)) == 1


def test_too_late_goods_that_are_lost_are_refunded_and_found_again_not_twice(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched")
    made = shop.cancel(number, 1)
    shop.told(number, "lost", {"1": 1})
    made = shop.until(made, "completed")
    assert made["lines"][0]["goods"] == "lost" and shop.payment(number)["refunded"] == 1290
    shop.told(number, "returned", {"1": 1})
    assert shop.request(made)["lines"][0]["goods"] == "returned" and shop.payment(number)["refunded"] == 1290


def test_a_return_nobody_asked_for_is_work_and_no_money(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "delivered")
    shop.told(number, "returned", {"1": 1})
    assert shop.refunds(number) == [] and shop.payment(number)["refunded"] == 0
    assert [each["kind"] for each in shop.view(number)["work"]] == ["unexpected_return"]


def test_delivered_goods_are_answered_with_the_return_route(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "delivered")
    line = shop.cancel(number)["lines"][0]
    assert line["next_step"] == "return_on_arrival" and line["reason"] == "already_despatched"


def test_a_stop_that_a_person_confirms_waits_for_the_stopped_event(asking: Shop) -> None:
    asking.policy(automatic_until="packed")
    number = asking.order(stage="packed")
    made = asking.cancel(number)
    assert made["state"] == "executing" and made["money"]["when"] == "at_once"
    assert asking.line(number) == (0, 3, 0, 0) and asking.payment(number)["refunded"] == 0
    asking.told(number, "stopped")
    made = asking.until(made, "completed")
    assert made["lines"][0]["goods"] == "stopped" and asking.payment(number)["refunded"] == 4465
    asking.policy(automatic_until="unreleased")


def test_a_silent_holder_is_given_time_for_a_late_report(site: Site) -> None:
    shop = site.shop(control="none", automatic_until="packed", stop_settle="PT1S")
    number = shop.order(stage="picking")
    made = shop.cancel(number)
    assert shop.line(number) == (0, 3, 0, 0)
    shop.until(made, "completed")
    number = shop.order(stage="picking")
    made = shop.cancel(number)
    shop.told(number, "despatched")
    assert shop.request(made)["lines"][0]["reason"] == "already_despatched"


def test_units_are_taken_from_the_earliest_stage_first(shop: Shop) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
            {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]}]
    number = shop.order(fulfilment_orders=rows)
    made = shop.cancel(number, 2)
    assert [(each["fulfilment_order"], each["outcome"], each["quantity"]) for each in made["lines"]] == [
        ("F2", "approved", 1), ("F1", "awaiting_approval", 1),
    ]


def test_a_withdrawal_takes_despatched_goods_and_pays_when_they_are_back(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "delivered")
    made = shop.cancel(number, kind="withdrawal", reason=None)
    line, money = made["lines"][0], made["money"]
    assert (made["state"], line["outcome"], line["state"]) == ("executing", "approved", "executing")
    assert line["goods"] in ("too_late", "refuse_on_delivery_advised", "delivered")
    assert money["when"] == "after_goods_return" and money["refund"] == 4465 and money["fee"] == 0
    days = instant(money["due_by"]) - instant(made["created_at"])
    assert days == timedelta(days=14)
    assert money["parts"][0]["state"] == "not_due" and shop.line(number) == (0, 0, 0, 3)
    assert shop.cancel(number)["lines"][0]["outcome"] == "declined"
    shop.told(number, "returned")
    assert shop.until(made, "completed")["lines"][0]["goods"] == "returned"
    assert shop.payment(number)["refunded"] == 4465


def test_held_withdrawn_goods_that_left_stay_executing_and_are_never_too_late(asking: Shop) -> None:
    number = asking.order(stage="packed")
    made = asking.cancel(number, kind="withdrawal", reason=None)
    assert made["lines"][0]["outcome"] == "approved"
    asking.told(number, "despatched")
    seen = asking.request(made)
    assert seen["state"] == "executing" and seen["money"]["when"] == "after_goods_return"
    asking.told(number, "returned")
    assert asking.until(made, "completed")["money"]["refund"] == 4465


def test_parts_of_several_lines_are_named_when_only_some_can_ship(shop: Shop) -> None:
    number = shop.order(lines=[mug(), plain("2", 2, 100)], paid=4665)
    shop.cancel(number, ("2", 2))
    answer = shop.goods(number, "despatched", {"1": 3, "2": 1}, mode="claim")
    assert slug(answer) == "order-cancelled"
    assert {each["line"]: (each["open"], each["cancelled"]) for each in answer.json()["lines"]} == {
        "1": (3, 0), "2": (0, 2),
    }
    assert shop.told(number, "despatched", {"1": 3}, mode="claim")["ship"] == [{"line": "1", "quantity": 3}]


def test_withdrawn_goods_that_nobody_paid_for_are_still_awaited(shop: Shop) -> None:
    number = shop.order(payments=[])
    shop.told(number, "delivered")
    made = shop.cancel(number, kind="withdrawal", reason=None)
    assert made["state"] == "executing" and made["money"]["when"] == "nothing_due"
    shop.shell("verify")
    shop.told(number, "returned")
    shop.until(made, "completed")


def test_a_stray_of_withdrawn_goods_holds_up_neither_money_nor_request(shop: Shop) -> None:
    number = shop.order()
    shop.pay(number, "dispute_opened", 100, reference="dp_stray")
    made = shop.cancel(number, kind="withdrawal", reason=None)
    shop.told(number, "despatched")
    assert shop.request(made)["lines"][0]["goods"] == "stray" and shop.request(made)["state"] == "executing"
    shop.pay(number, "dispute_closed", 100, reference="dp_stray")
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 4465
