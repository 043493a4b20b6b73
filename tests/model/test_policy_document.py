"""A policy is written as a document and read back to the same policy; a faulty document names every fault."""

import json
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.model.document_fields import read_duration, written_duration
from countermand.model.faults import PolicyFaults
from countermand.model.fulfilment import Stage
from countermand.model.policy import Fault, Fee, ProofOfReturn, RefundTiming, StageFee, Terms
from countermand.model.policy_document import BEFORE_DESPATCH, default_policy, parse_policy, policy_document
from countermand.model.reasons import default_reasons
from countermand.model.request import Role, Silence


def faults_of(document: object) -> dict[str, str]:
    try:
        parse_policy(document, 1)  # type: ignore[arg-type]
    except PolicyFaults as found:
        return dict(found.faults)
    return {}


def test_a_new_merchants_policy_is_the_one_of_the_design() -> None:
    terms = default_policy().terms
    assert (terms.window, terms.automatic_until, terms.ask_until) == (None, Stage.UNRELEASED, Stage.PACKED)
    assert (terms.answer_within, terms.on_silence) == (timedelta(hours=4), Silence.DECLINE)
    assert (terms.partial_allowed, terms.fee, terms.grace) == (True, Fee(), timedelta())
    assert terms.refund_timing is RefundTiming.AFTER_REMAINING_DESPATCHED
    assert terms.partial_refund_at_latest == timedelta(days=14)
    assert default_policy().reasons == default_reasons()


def test_an_empty_document_is_a_new_merchants_policy() -> None:
    assert parse_policy({}, 7) == default_policy(7)
    assert parse_policy({"version": 3, "answer_within": None}, 7) == default_policy(7)


def test_the_document_names_every_rule_there_is() -> None:
    assert {each.name for each in fields(Terms)} <= set(policy_document(default_policy()))


lengths = st.integers(1, 365 * 86_400).map(lambda seconds: written_duration(timedelta(seconds=seconds)))
stages = st.sampled_from([stage.value for stage in BEFORE_DESPATCH])
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
texts = st.dictionaries(st.sampled_from(["en", "de", "pt-BR", "ar"]), words, max_size=3)
fees = st.fixed_dictionaries({}, optional={
    "fixed": st.integers(0, 10**15), "percent_basis_points": st.integers(0, 10_000),
    "by_stage": st.lists(
        st.fixed_dictionaries({"stage": stages, "fixed": st.integers(0, 999)}), max_size=3,
        unique_by=lambda row: row["stage"],
    ),
})
rules: dict[str, st.SearchStrategy[Any]] = {
    "window": st.none() | lengths, "answer_within": lengths | st.integers(1, 10**6), "escalate_for": lengths,
    "on_silence": st.sampled_from([each.value for each in Silence]),
    "final_default": st.sampled_from(["approve", "decline"]), "extra_time": lengths, "partial_allowed": st.booleans(),
    "cancellable": st.booleans(), "grace": lengths, "stop_settle": lengths, "fee": fees,
    "askers": st.lists(st.sampled_from([role.value for role in Role]), min_size=1, unique=True),
    "refund_timing": st.sampled_from([each.value for each in RefundTiming]), "refund_within": lengths,
    "withdrawal_refund_at": st.sampled_from([each.value for each in ProofOfReturn]),
    "partial_refund_at_latest": lengths, "value_limit": st.none() | st.integers(0, 10**15),
    "velocity_limit": st.none() | st.integers(1, 100), "velocity_period": lengths,
}
overrides = st.fixed_dictionaries({
    "seller": st.sampled_from(["potter", None]), "country": st.sampled_from(["DE", None]),
    "tag": st.just("final_sale"),
    "terms": st.fixed_dictionaries({"automatic_until": st.none()}, optional=rules),
})
own_reasons = st.lists(
    st.fixed_dictionaries(
        {"code": st.sampled_from(["changed_mind", "out_of_stock", "not_stated"])},
        optional={"labels": texts, "fault": st.sampled_from([each.value for each in Fault]), "scheme": words},
    ),
    min_size=1, unique_by=lambda row: row["code"],
)
documents = st.fixed_dictionaries({}, optional={
    **rules, "automatic_until": st.sampled_from(["unreleased", None]), "ask_until": st.none() | stages,
    "overrides": st.lists(overrides, max_size=3), "return_instructions": texts, "reasons": own_reasons,
})


@given(documents)
def test_a_policy_survives_being_written_and_read(document: dict[str, Any]) -> None:
    policy = parse_policy(document, 3)
    written = json.loads(json.dumps(policy_document(policy)))
    assert parse_policy(written, 3) == policy
    assert policy_document(parse_policy(written, 3)) == written


@given(st.integers(0, 3000 * 86_400))
def test_a_length_survives_being_written_and_read(seconds: int) -> None:
    assert read_duration(written_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("text", "length"), [
    ("PT4H", timedelta(hours=4)), ("P14D", timedelta(days=14)), ("P2W", timedelta(weeks=2)),
    ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)), (90, timedelta(seconds=90)),
    ("PT0S", timedelta()),
    ("P", None), ("PT", None), ("P1DT", None), ("P1M", None), ("P1Y", None), ("4h", None), ("PT1.5H", None),
    ("-PT1H", None), ("PT１H", None), (-1, None), (1.5, None), (True, None), ("", None), (None, None),
])
def test_a_length_is_iso_8601_or_whole_seconds(text: object, length: timedelta | None) -> None:
    assert read_duration(text) == length


def test_a_fee_and_an_override_are_read() -> None:
    policy = parse_policy({
        "fee": {"fixed": 100, "percent_basis_points": 250, "by_stage": [{"stage": "packed", "fixed": 5}]},
        "overrides": [{"seller": "potter", "terms": {"automatic_until": None, "window": "PT30M"}}],
    }, 1)
    assert policy.terms.fee == Fee(100, 250, (StageFee(Stage.PACKED, 5, 0),))
    assert policy.terms_for("potter", None, ()).automatic_until is None
    assert policy.terms_for("potter", None, ()).window == timedelta(minutes=30)
    assert policy.terms_for("weaver", None, ()).automatic_until is Stage.UNRELEASED


def test_the_offer_beside_a_reason_is_read() -> None:
    document = {"offers": {"wrong_address": {"text": {"en": "Change it"}, "url": "https://shop.example/a"}}}
    offer = parse_policy(document, 1).offers["wrong_address"]
    assert (offer.text, offer.url) == ({"en": "Change it"}, "https://shop.example/a")
    assert policy_document(parse_policy(document, 1))["offers"] == document["offers"]


def override(**terms: object) -> dict[str, Any]:
    return {"overrides": [{"tag": "x", "terms": terms}]}


@pytest.mark.parametrize(("document", "path"), [
    ({"colour": 1}, "colour"), ({"version": "x"}, "version"), ([], "(document)"),
    ({"window": "P1M"}, "window"), ({"window": 0}, "window"), ({"answer_within": "PT0S"}, "answer_within"),
    ({"grace": -1}, "grace"), ({"grace": "P9999D"}, "grace"), ({"automatic_until": "despatched"}, "automatic_until"),
    ({"ask_until": "delivered"}, "ask_until"), ({"automatic_until": "packed", "ask_until": "released"}, "ask_until"),
    ({"ask_until": "unreleased", "automatic_until": "released"}, "ask_until"),
    ({"on_silence": "panic"}, "on_silence"),
    ({"final_default": "escalate"}, "final_default"), ({"partial_allowed": 1}, "partial_allowed"),
    ({"cancellable": "no"}, "cancellable"), ({"askers": []}, "askers"), ({"askers": ["king"]}, "askers"),
    ({"askers": [[]]}, "askers"), ({"fee": 5}, "fee"), ({"fee": {"fixed": -1}}, "fee.fixed"),
    ({"fee": {"fixed": True}}, "fee.fixed"), ({"fee": {"percent_basis_points": 10_001}}, "fee.percent_basis_points"),
    ({"fee": {"percent_basis_points": 2.5}}, "fee.percent_basis_points"), ({"fee": {"x": 1}}, "fee.x"),
    ({"fee": {"by_stage": [{"fixed": 1}]}}, "fee.by_stage[0].stage"),
    ({"fee": {"by_stage": [{"stage": "packed"}, {"stage": "packed"}]}}, "fee.by_stage[1].stage"),
    ({"fee": {"by_stage": [{"stage": "lost"}]}}, "fee.by_stage[0].stage"),
    ({"refund_timing": "never"}, "refund_timing"), ({"refund_within": "PT0S"}, "refund_within"),
    ({"withdrawal_refund_at": "never"}, "withdrawal_refund_at"), ({"value_limit": -1}, "value_limit"),
    ({"velocity_limit": 0}, "velocity_limit"), ({"velocity_period": 0}, "velocity_period"),
    ({"overrides": {}}, "overrides"), ({"overrides": [1]}, "overrides[0]"),
    ({"overrides": [{"terms": {"grace": 1}}]}, "overrides[0].seller"),
    ({"overrides": [{"tag": "x"}]}, "overrides[0].terms"),
    ({"overrides": [{"country": "de", "terms": {"grace": 1}}]}, "overrides[0].country"),
    (override(), "overrides[0].terms"), (override(reasons=[]), "overrides[0].terms.reasons"),
    (override(overrides=[]), "overrides[0].terms.overrides"),
    (override(fee={"fixed": -1}), "overrides[0].terms.fee.fixed"),
    (override(automatic_until="packed", ask_until="released"), "overrides[0].terms.ask_until"),
    ({"ask_until": "released", **override(automatic_until="packed")}, "overrides[0].terms.automatic_until"),
    ({"reasons": []}, "reasons"), ({"reasons": [{}]}, "reasons[0].code"),
    ({"reasons": [{"code": "a b"}]}, "reasons[0].code"),
    ({"reasons": [{"code": "x"}]}, "reasons[0].labels"), ({"reasons": [{"code": "x"}]}, "reasons[0].askers"),
    ({"reasons": [{"code": "not_stated"}, {"code": "not_stated"}]}, "reasons[1].code"),
    ({"reasons": [{"code": "not_stated", "labels": {"English": "x"}}]}, "reasons[0].labels.English"),
    ({"reasons": [{"code": "not_stated", "labels": {"en": ""}}]}, "reasons[0].labels.en"),
    ({"reasons": [{"code": "not_stated", "fault": "nobody"}]}, "reasons[0].fault"),
    ({"reasons": [{"code": "not_stated", "x": 1}]}, "reasons[0].x"),
    ({"return_instructions": "x"}, "return_instructions"),
    ({"return_instructions": {"en": "a\0"}}, "return_instructions.en"),
    ({"return_instructions": {"en": "\ud800"}}, "return_instructions.en"),
    ({"offers": {"nothing": {"text": {"en": "x"}}}}, "offers.nothing"),
    ({"offers": {"not_stated": {}}}, "offers.not_stated.text"),
    ({"offers": {"not_stated": {"text": {"en": "x"}, "url": "javascript:alert(1)"}}}, "offers.not_stated.url"),
])
def test_a_faulty_rule_is_named(document: object, path: str) -> None:
    assert path in faults_of(document)


def test_every_fault_is_named_at_once() -> None:
    assert set(faults_of({"grace": "x", "fee": {"fixed": -1}, "colour": 1})) == {"grace", "fee.fixed", "colour"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5,
)


others = ["automatic_until", "overrides", "reasons", "offers", "return_instructions"]


@given(st.sampled_from([*rules, *others]), json_values)
def test_no_value_of_a_rule_makes_the_reader_stumble(name: str, value: object) -> None:
    faults_of({name: value})
    faults_of(override(**{name: value}))
    faults_of({"reasons": [value], "offers": {"not_stated": value}})
