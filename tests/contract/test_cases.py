"""Approval cases: one answer wins, silence means what was said, more time once."""

import pytest

from tests.contract.world import Shop, Site, faults, instant, mug, slug, waited


@pytest.fixture(scope="session")
def asking_shop(running_site: Site) -> Shop:
    return running_site.shop(control="confirm")


@pytest.fixture
def asking(site: Site, asking_shop: Shop) -> Shop:
    return asking_shop


def asked(shop: Shop, *wanted: int, **more: object) -> tuple[str, dict[str, object], str]:
    number = shop.order(stage="packed", **more)
    made = shop.cancel(number, *wanted)
    return number, made, made["lines"][0]["case"]


def test_a_late_request_is_asked_with_deadline_and_silence_told_before_and_after(asking: Shop) -> None:
    number = asking.order(stage="packed")
    for told in (asking.preview(number, 1), asking.cancel(number, 1)):
        assert told["on_silence"] == "decline" and told["answer_by"]
        assert told["lines"][0]["outcome"] == "awaiting_approval" and told["money"]["refund"] == 1290
    made = asking.view(number)["requests"][0]
    assert (instant(made["answer_by"]) - instant(made["created_at"])).total_seconds() == 4 * 3600
    case = asking.cases(number)[0]
    assert {name: case[name] for name in ("order", "request", "fulfilment_order", "holder", "state")} == {
        "order": number, "request": made["id"], "fulfilment_order": "F1", "holder": "main", "state": "open",
    }
    assert case["lines"] == [{"line": "1", "quantity": 1}] and case["answered_by"] is None
    assert case["answer_by"] == made["answer_by"] and case["on_silence"] == "decline"


def test_a_yes_is_the_statement_that_the_goods_are_stopped(asking: Shop) -> None:
    number, made, case = asked(asking)
    assert asking.answer(case, "approve").status_code == 200
    seen = asking.until(made, "completed")
    assert seen["lines"][0]["goods"] == "stopped" and asking.payment(number)["refunded"] == 4465


def test_a_no_opens_the_goods_with_its_reason_and_leaves_the_door(asking: Shop) -> None:
    number, made, case = asked(asking)
    answer = asking.answer(case, "decline", reason="loaded")
    assert answer.status_code == 200 and answer.json()["state"] == "answered" and answer.json()["answered_at"]
    seen = asking.request(made)
    assert seen["state"] == "declined" and seen["lines"][0]["reason"] == "loaded"
    assert seen["lines"][0]["next_step"] == "refuse_on_delivery" and asking.line(number) == (3, 0, 0, 0)
    number, made, case = asked(asking)
    asking.answer(case, "decline")
    assert asking.request(made)["lines"][0]["reason"] == "declined_by_holder"
    asking.told(number, "despatched")
    asking.told(number, "refused")
    asking.told(number, "returned")
    asking.until(made, "completed")
    assert asking.payment(number)["refunded"] == 4465


def test_a_second_answer_is_told_who_and_when(asking: Shop) -> None:
    _, _, case = asked(asking)
    first = asking.answer(case, "decline").json()
    second = asking.answer(case, "approve")
    assert second.status_code == 409 and slug(second) == "case-already-answered"
    body = second.json()
    assert (body["answered_by"], body["answered_at"]) == (first["answered_by"], first["answered_at"])
    assert body["answered_by"] and body["answered_at"]


def test_an_approval_of_some_units_splits_the_part(asking: Shop) -> None:
    number, made, case = asked(asking)
    assert asking.answer(case, "approve", lines=[{"line": "1", "quantity": 2}]).status_code == 200
    seen = asking.request(made)
    assert [(each["quantity"], each["outcome"], each["reason"]) for each in seen["lines"]] == [
        (2, "approved", None), (1, "declined", "declined_by_holder"),
    ]
    assert asking.line(number) == (1, 0, 2, 0) and seen["money"]["refund"] == 2580
    assert seen["money"]["when"] == "after_remaining_despatched"
    asking.told(number, "despatched")
    seen = asking.until(made, "completed")
    assert seen["partially"] is True and asking.payment(number)["refunded"] == 2580


def test_the_reason_of_a_partial_answer_is_given_to_the_rest(asking: Shop) -> None:
    _, made, case = asked(asking)
    asking.answer(case, "approve", lines=[{"line": "1", "quantity": 1}], reason="handed_to_carrier")
    assert asking.request(made)["lines"][1]["reason"] == "handed_to_carrier"


def test_wrong_answers_are_refused_with_the_field(asking: Shop) -> None:
    _, _, case = asked(asking, 2)
    assert "answer" in faults(asking.answer(case, "perhaps"))
    assert "reason" in faults(asking.answer(case, "decline", reason="tired"))
    assert faults(asking.answer(case, "approve", lines=[{"line": "1", "quantity": 3}]))
    assert faults(asking.answer(case, "approve", lines=[{"line": "9", "quantity": 1}]))
    assert "extra" in faults(asking.answer(case, "approve", extra=1))
    assert asking.post("/cases/ca_01kq3v5x0me5gb3k8w4rz2yq7n-1/answer", {"answer": "approve"}).status_code == 404


def test_more_time_is_given_once(asking: Shop) -> None:
    _, made, case = asked(asking)
    more = asking.post(f"/cases/{case}/more-time")
    assert more.status_code == 200
    later = instant(more.json()["answer_by"]) - instant(str(made["answer_by"]))
    assert later.total_seconds() == 600
    assert asking.request(made)["answer_by"] == more.json()["answer_by"]
    assert asking.post(f"/cases/{case}/more-time").status_code == 409


def test_a_retraction_closes_the_case(asking: Shop) -> None:
    number, made, case = asked(asking)
    assert asking.post(f"/cancellation-requests/{made['id']}/retraction").json()["state"] == "retracted"
    assert asking.cases(number)[0]["state"] == "overtaken" and asking.line(number) == (3, 0, 0, 0)
    late = asking.answer(case, "approve")
    assert late.status_code == 409 and slug(late) == "case-closed"
    assert asking.post(f"/cancellation-requests/{made['id']}/retraction").status_code == 200


def test_silence_that_declines_opens_the_goods(site: Site) -> None:
    shop = site.shop(control="confirm", answer_within="PT1S")
    number, made, case = asked(shop)
    seen = shop.until(made, "declined")
    assert seen["lines"][0]["reason"] == "answer_overdue" and shop.line(number) == (3, 0, 0, 0)
    late = shop.answer(case, "approve")
    assert late.status_code == 409 and slug(late) == "case-closed" and shop.cases(number)[0]["state"] == "expired"


def test_silence_that_approves_does_not_say_that_the_goods_are_stopped(site: Site) -> None:
    shop = site.shop(control="confirm", answer_within="PT1S", on_silence="approve")
    number, made, _ = asked(shop)
    seen = shop.until(made, "executing")
    assert seen["lines"][0]["outcome"] == "approved" and shop.line(number) == (0, 3, 0, 0)
    assert shop.payment(number)["refunded"] == 0 and shop.cases(number)[0]["state"] == "expired"
    shop.told(number, "stopped")
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 4465


def test_silence_of_a_gate_approves_to_the_end(site: Site) -> None:
    shop = site.shop(answer_within="PT1S", on_silence="approve")
    number, made, _ = asked(shop)
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 4465


def test_silence_escalates_once_to_the_merchant_with_a_last_default(site: Site) -> None:
    shop = site.shop(
        control="confirm", answer_within="PT1S", on_silence="escalate", escalate_for="PT2S", final_default="decline"
    )
    number, made, case = asked(shop)
    shop.keys["main"] = site.new_key(shop.merchant, "--holder", "main")
    escalated = waited(lambda: shop.cases(number)[0], lambda seen: seen["escalated"])
    assert escalated["state"] == "open" and escalated["id"] == case
    assert escalated["on_silence"] == "decline" and escalated["answer_by"] > str(made["answer_by"])
    assert shop.answer(case, "approve", by="main").status_code in (403, 409)
    seen = shop.until(made, "declined")
    assert seen["lines"][0]["reason"] == "answer_overdue" and shop.cases(number)[0]["state"] == "expired"


def test_the_merchant_after_an_escalation_says_yes_but_not_that_the_goods_are_stopped(site: Site) -> None:
    shop = site.shop(control="confirm", answer_within="PT1S", on_silence="escalate", escalate_for="PT1H")
    number, made, case = asked(shop)
    waited(lambda: shop.cases(number)[0], lambda seen: seen["escalated"])
    assert shop.answer(case, "approve").status_code == 200
    assert shop.request(made)["state"] == "executing" and shop.line(number) == (0, 3, 0, 0)
    shop.told(number, "stopped")
    shop.until(made, "completed")


def test_all_or_nothing_asks_all_if_one_is_asked_and_one_no_declines_all(asking: Shop) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
            {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]}]
    for answer, more, state in (
        ("decline", {}, "declined"), ("approve", {"lines": [{"line": "1", "quantity": 1}]}, "declined"),
        ("approve", {}, "completed"),
    ):
        number = asking.order(fulfilment_orders=rows)
        made = asking.cancel(number, all_or_nothing=True)
        assert {each["outcome"] for each in made["lines"]} == {"awaiting_approval"}
        assert asking.line(number) == (0, 3, 0, 0)
        cases = sorted(asking.cases(number), key=lambda case: case["fulfilment_order"])
        asking.answer(cases[1]["id"], "approve")
        assert asking.line(number) == (0, 3, 0, 0)
        asking.answer(cases[0]["id"], answer, **more)
        asking.until(made, state)
        assert asking.line(number) == ((3, 0, 0, 0) if state == "declined" else (0, 0, 3, 0))


def test_approved_parts_never_wait_for_another_parts_answer(asking: Shop) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
            {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]}]
    number = asking.order(fulfilment_orders=rows)
    made = asking.cancel(number)
    assert made["state"] == "awaiting_approval" and asking.line(number) == (0, 2, 1, 0)
    assert made["money"]["refund"] == 4465  # as if every live part ends cancelled
    asking.answer(asking.cases(number)[0]["id"], "decline")
    assert asking.request(made)["money"]["refund"] == 1290


def test_cases_are_found_by_holder_state_and_order(asking: Shop) -> None:
    number, _, case = asked(asking, lines=[mug()])
    for query in (f"order={number}", f"order={number}&state=open", f"order={number}&holder=main"):
        assert [each["id"] for each in asking.get(f"/cases?{query}")["items"]] == [case]
    assert asking.get(f"/cases?order={number}&state=answered")["items"] == []
    assert asking.get("/cases?holder=other")["items"] == []
    assert asking.call("GET", "/cases?state=perhaps").status_code == 422
