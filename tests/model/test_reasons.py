"""Whoever asks may choose from the reasons of their role, in their language, the ways out last."""

from dataclasses import replace

import pytest

from countermand.model.policy import Fault, ReasonCode
from countermand.model.policy_document import default_policy
from countermand.model.reasons import CANONICAL, LAST, default_reasons, reason_label, reason_of, reasons_for
from countermand.model.request import Decline, Role
from countermand.model.withdrawal_exemptions import EXEMPT_TAGS, EXEMPTIONS, exemption_of

CUSTOMERS = (
    "changed_mind ordered_by_mistake duplicate_order wrong_item_or_variant wrong_quantity wrong_address "
    "wrong_shipping_method wrong_payment_or_promo found_cheaper price_too_high arriving_too_late delay_not_accepted "
    "statutory_withdrawal other_customer not_stated"
).split()


def codes(role: Role, language: str = "en") -> list[str]:
    return [reason.code for reason in reasons_for(default_policy(), role, language)]


def test_a_customer_may_choose_every_customers_reason_and_no_other() -> None:
    assert sorted(codes(Role.CUSTOMER)) == sorted(CUSTOMERS) == sorted(codes(Role.SUPPORT))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ja"])
def test_reasons_are_alphabetical_and_the_ways_out_come_last(language: str) -> None:
    assert codes(Role.CUSTOMER, language)[-2:] == ["other_customer", "not_stated"]
    labels = [reason_label(each, language) for each in reasons_for(default_policy(), Role.CUSTOMER, language)[:-2]]
    if language in ("en", "es"):
        assert labels == sorted(labels, key=str.casefold)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_something_to_choose(role: Role) -> None:
    assert codes(role)


def test_a_merchant_never_chooses_for_the_customer_without_saying_so() -> None:
    assert set(codes(Role.MERCHANT)) & set(CUSTOMERS) == {"duplicate_order"}
    assert codes(Role.MERCHANT)[-1] == "other_merchant"
    assert "suspected_fraud" not in codes(Role.SELLER)


def test_every_reason_has_an_english_label_and_those_of_customers_all_four() -> None:
    for reason in default_reasons():
        assert reason.labels["en"]
        if Role.CUSTOMER in reason.askers:
            assert set(reason.labels) == {"en", "de", "fr", "es"}


def test_the_ways_out_are_canonical_reasons() -> None:
    assert set(LAST) <= set(CANONICAL)


def test_a_label_falls_back_to_the_language_then_english_then_the_code() -> None:
    mind = CANONICAL["changed_mind"]
    assert reason_label(mind, "de-AT") == mind.labels["de"]
    assert reason_label(mind, "ja") == mind.labels["en"]
    assert reason_label(replace(mind, labels={"en": "No more"}), "en") == "No more"
    own = ReasonCode("own", frozenset({Role.CUSTOMER}), Fault.NONE, {})
    assert reason_label(own, "en") == "own"
    assert reason_label(replace(own, labels={"ja": "他"}), "en") == "他"


def test_a_reason_is_found_only_by_those_who_may_choose_it() -> None:
    policy = default_policy()
    assert reason_of(policy, "changed_mind", Role.CUSTOMER) == CANONICAL["changed_mind"]
    assert reason_of(policy, "changed_mind", Role.MERCHANT) is None
    assert reason_of(policy, "nothing", Role.CUSTOMER) is None


def test_every_exemption_declines_with_its_own_name_and_article() -> None:
    assert {each.decline for each in EXEMPTIONS} == {each for each in Decline if each.name.startswith("EXEMPT_")}
    for each in EXEMPTIONS:
        assert each.decline.value == f"exempt_{each.tag}"
        assert each.article.startswith("16(") and each.authority == "Directive 2011/83/EU"
        assert EXEMPT_TAGS[each.tag] is each.decline


def test_the_first_exemption_in_the_order_of_the_articles_speaks() -> None:
    found = exemption_of(("new", "perishable", "personalised"), despatched=True)
    assert found is not None and found.article == "16(c)"
    assert exemption_of(("new",), despatched=True) is None


def test_goods_are_unsealed_only_after_they_arrived() -> None:
    assert {each.tag for each in EXEMPTIONS if each.only_after_delivery} == {"sealed_hygiene", "sealed_media"}
    assert exemption_of(("sealed_hygiene",), despatched=False) is None
    seal_and_date = exemption_of(("sealed_hygiene", "dated_service"), despatched=False)
    assert seal_and_date is not None and seal_and_date.tag == "dated_service"
