"""The policy: versions, faults, windows, limits, askers, fees, and what differs per seller, country and tag."""

import pytest

from tests.contract.world import Shop, Site, faults, instant, mug, plain


@pytest.fixture(scope="session")
def own_shop(running_site: Site) -> Shop:
    made = running_site.shop()
    running_site.shell("sellers", "create", "lamps", "--merchant", made.merchant)
    return made


@pytest.fixture
def ruled(site: Site, own_shop: Shop) -> Shop:
    """A shop whose policy tests may set; each sets all that it reads."""
    return own_shop


PLAIN = {
    "window": None, "automatic_until": "unreleased", "ask_until": "packed", "partial_allowed": True, "fee": {},
    "refund_timing": "after_remaining_despatched", "overrides": [], "value_limit": None, "velocity_limit": None,
    "grace": "PT0S", "askers": ["customer", "merchant", "support", "seller", "platform", "system"],
}


def ruling(shop: Shop, **changes: object) -> None:
    shop.policy(**{**PLAIN, **changes})


def test_a_new_merchants_policy_is_the_documents(site: Site) -> None:
    policy = site.shop().get("/policy")
    expected = {
        "version": 1, "window": None, "automatic_until": "unreleased", "ask_until": "packed",
        "answer_within": "PT4H", "on_silence": "decline", "partial_allowed": True,
        "refund_timing": "after_remaining_despatched", "partial_refund_at_latest": "P14D", "grace": "PT0S",
    }
    assert {name: policy[name] for name in expected} == expected
    assert policy["fee"]["fixed"] == 0 and policy["overrides"] == []


def test_a_put_makes_a_new_version_and_a_request_keeps_the_one_it_met(ruled: Shop) -> None:
    ruling(ruled)
    version = ruled.get("/policy")["version"]
    made = ruled.cancel(ruled.order(), 1)
    assert ruled.policy(answer_within="PT3H")["version"] == version + 1
    assert made["policy_version"] == version and ruled.request(made)["policy_version"] == version


def test_every_fault_of_a_policy_is_named(ruled: Shop) -> None:
    document = {**ruled.get("/policy"), "window": "soon", "ask_until": "delivered", "colour": "red", "grace": -1}
    before = ruled.get("/policy")["version"]
    answer = ruled.call("PUT", "/policy", document)
    assert faults(answer).keys() >= {"window", "ask_until", "colour", "grace"}
    assert ruled.get("/policy")["version"] == before


def test_the_window_closes_for_the_customer_with_its_instant_and_not_for_the_merchant(ruled: Shop) -> None:
    ruling(ruled, window="PT1H")
    number = ruled.order(placed_at="2026-01-01T10:00:00Z")
    line = ruled.cancel(number, 1)["lines"][0]
    assert (line["outcome"], line["reason"], line["next_step"]) == ("declined", "window_closed", "contact_shop")
    assert instant(line["until"]) == instant("2026-01-01T11:00:00Z")
    made = ruled.cancel(number, 1, asker={"role": "merchant"}, reason="out_of_stock")
    assert made["lines"][0]["outcome"] == "approved"


def test_partial_not_allowed_offers_the_whole_order(ruled: Shop) -> None:
    ruling(ruled, partial_allowed=False)
    number = ruled.order()
    line = ruled.cancel(number, 1)["lines"][0]
    assert (line["reason"], line["next_step"]) == ("partial_not_allowed", "cancel_whole_order")
    assert ruled.cancel(number)["lines"][0]["outcome"] == "approved"


def test_who_may_ask_is_the_policys(ruled: Shop) -> None:
    ruling(ruled, askers=["merchant", "support"])
    number = ruled.order()
    assert ruled.cancel(number, 1)["lines"][0]["reason"] == "asker_not_allowed"
    assert ruled.cancel(number, 1, asker={"role": "support"})["lines"][0]["outcome"] == "approved"


def test_stages_of_automatic_approval_and_of_asking(ruled: Shop) -> None:
    ruling(ruled, automatic_until="released", ask_until="picking")
    outcomes = {}
    for stage in ("unreleased", "released", "picking", "packed", "despatched"):
        line = ruled.cancel(ruled.order(stage=stage))["lines"][0]
        outcomes[stage] = (line["outcome"], line["reason"])
    assert outcomes == {
        "unreleased": ("approved", None), "released": ("approved", None), "picking": ("awaiting_approval", None),
        "packed": ("declined", "too_late"), "despatched": ("declined", "already_despatched"),
    }


def test_soft_limits_ask_the_merchant(ruled: Shop) -> None:
    ruling(ruled, value_limit=1500)
    number = ruled.order()
    assert ruled.cancel(number, 1)["lines"][0]["outcome"] == "approved"
    assert ruled.cancel(number, 2)["lines"][0]["outcome"] == "awaiting_approval"
    ruling(ruled, velocity_limit=2)
    customer = {"name": "Often", "email": "often@example.com"}
    outcomes = [ruled.cancel(ruled.order(customer=customer))["lines"][0]["outcome"] for _ in range(3)]
    assert outcomes == ["approved", "approved", "awaiting_approval"]


def test_at_once_refunds_a_partial_without_waiting(ruled: Shop) -> None:
    ruling(ruled, refund_timing="at_once")
    number = ruled.order()
    made = ruled.done(number, 1)
    assert made["money"]["when"] == "at_once" and ruled.payment(number)["refunded"] == 1290


def test_terms_differ_per_seller_country_and_tag_and_later_ones_win(ruled: Shop) -> None:
    ruling(ruled, overrides=[
        {"tag": "final_sale", "terms": {"cancellable": False}},
        {"seller": "lamps", "terms": {"automatic_until": None, "answer_within": "PT30M"}},
        {"country": "FR", "terms": {"automatic_until": "packed"}},
    ])
    lines = [mug(), plain("2", 1, 100, tags=["final_sale"]), plain("3", 1, 100, seller="lamps")]
    made = ruled.cancel(ruled.order(lines=lines, paid=4665))
    assert {each["line"]: (each["outcome"], each["reason"]) for each in made["lines"]} == {
        "1": ("approved", None), "2": ("declined", "not_cancellable"), "3": ("awaiting_approval", None),
    }
    assert (instant(made["answer_by"]) - instant(made["created_at"])).total_seconds() == 1800
    made = ruled.cancel(ruled.order(lines=lines, paid=4665, ship_to={"country": "FR"}))
    assert {each["line"]: each["outcome"] for each in made["lines"]} == {
        "1": "approved", "2": "declined", "3": "approved",
    }
    made = ruled.cancel(ruled.order(stage="packed", ship_to=None, customer={"name": "A", "country": "FR"}))
    assert made["lines"][0]["outcome"] == "approved"


def test_a_fixed_fee_is_kept_once_per_order(ruled: Shop) -> None:
    ruling(ruled, fee={"fixed": 200})
    number = ruled.order()
    made = [ruled.cancel(number, 1) for _ in range(3)]
    assert [(each["money"]["refund"], each["money"]["fee"]) for each in made] == [(1090, 200), (1290, 0), (1885, 0)]
    for each in made:
        ruled.until(each, "completed")
    assert ruled.payment(number)["refunded"] == 4265


def test_a_fixed_fee_above_the_first_refund_takes_the_rest_from_the_next(ruled: Shop) -> None:
    ruling(ruled, fee={"fixed": 2000})
    number = ruled.order()
    made = [ruled.cancel(number, 1) for _ in range(3)]
    assert [(each["money"]["refund"], each["money"]["fee"]) for each in made] == [(0, 1290), (580, 710), (1885, 0)]
    for each in made:
        ruled.until(each, "completed")
    assert ruled.payment(number)["refunded"] == 2465  # refunded + fee = captured


def test_a_percentage_is_of_the_goods_value(ruled: Shop) -> None:
    ruling(ruled, fee={"percent_basis_points": 1000})
    number = ruled.order()
    made = ruled.done(number)
    # 10 % of 3870 = 387; the shipping goes back whole.
    assert (made["money"]["refund"], made["money"]["fee"]) == (4078, 387)
    assert ruled.payment(number)["refunded"] == 4078


def test_a_fee_by_stage_counts_for_parts_at_that_stage_or_later(ruled: Shop) -> None:
    ruling(ruled, automatic_until="packed", fee={"by_stage": [{"stage": "picking", "fixed": 300}]})
    assert ruled.cancel(ruled.order(stage="released"))["money"]["fee"] == 0
    for stage in ("picking", "packed"):
        money = ruled.cancel(ruled.order(stage=stage))["money"]
        assert (money["refund"], money["fee"]) == (4165, 300)


def test_no_fee_when_the_fault_is_not_the_customers_or_nothing_is_captured(ruled: Shop) -> None:
    ruling(ruled, fee={"fixed": 200})
    made = ruled.cancel(ruled.order(), reason="arriving_too_late")
    assert (made["money"]["refund"], made["money"]["fee"]) == (4465, 0)
    made = ruled.cancel(ruled.order(), reason="out_of_stock", asker={"role": "merchant"})
    assert (made["money"]["refund"], made["money"]["fee"]) == (4465, 0)
    payment = {"id": "p1", "provider": "sandbox", "reference": "pi_nofee", "state": "authorised", "authorised": 4465}
    made = ruled.done(ruled.order(payments=[payment]))
    assert (made["money"]["void"], made["money"]["fee"], made["money"]["refund"]) == (4465, 0, 0)


def test_a_fee_is_never_above_the_refund(ruled: Shop) -> None:
    ruling(ruled, fee={"fixed": 9999})
    number = ruled.order()
    made = ruled.done(number)
    assert (made["money"]["refund"], made["money"]["fee"]) == (0, 4465)
    assert ruled.payment(number)["refunded"] == 0 and made["money"]["parts"] == []
    assert [each for each in ruled.refunds(number) if each["amount"]] == []


def test_a_reason_of_the_shops_own_is_offered_and_stored(ruled: Shop) -> None:
    ruling(ruled, reasons=[
        {"code": "ordered_by_mistake"},
        {"code": "too_blue", "askers": ["customer"], "fault": "none", "labels": {"en": "It is too blue"}},
    ])
    number = ruled.order()
    offered = ruled.get(f"/orders/{number}/cancellation-options")["reasons"]
    assert {"code": "too_blue", "label": "It is too blue"}.items() <= {
        name: value for each in offered if each["code"] == "too_blue" for name, value in each.items()
    }.items()
    assert ruled.cancel(number, 1, reason="too_blue")["reason"] == "too_blue"
    assert "reason" in faults(ruled.ask(number, 1, reason="changed_mind"))
    ruling(ruled, reasons=None)


def test_the_named_commands_show_check_and_put_a_policy(site: Site) -> None:
    shop = site.shop()
    shown = site.shell("policy", "show", "--merchant", shop.merchant)
    assert shown.json["version"] == 1 and shown.json["on_silence"] == "decline"
    file = site.shell.folder / f"{shop.merchant}.json"
    file.write_text('{"grace": "PT5M"}', encoding="utf-8")
    site.shell("policy", "check", file)
    site.shell("policy", "put", file, "--merchant", shop.merchant)
    file.write_text('{"grase": "PT5M"}', encoding="utf-8")
    assert "grase" in site.shell("policy", "check", file, code=2).out
    policy = shop.get("/policy")
    assert policy["grace"] == "PT5M" and policy["version"] == 2
