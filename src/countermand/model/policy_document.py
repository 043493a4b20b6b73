"""A merchant's policy as a JSON document, and back. Fields are named as in `Terms`; a missing one is the default."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta

from countermand.model.document_fields import Fields, written_duration
from countermand.model.faults import PolicyFaults
from countermand.model.fulfilment import Stage
from countermand.model.ids import ITEM_ID
from countermand.model.policy import (
    Fault,
    Fee,
    Offer,
    Override,
    Policy,
    ProofOfReturn,
    ReasonCode,
    RefundTiming,
    StageFee,
    Terms,
)
from countermand.model.reasons import CANONICAL, default_reasons
from countermand.model.request import Role, Silence

MOST_OVERRIDES = 500
MOST_REASONS = 200
MOST_LABEL = 200
MOST_OFFER = 500
MOST_INSTRUCTIONS = 5000
MOST_PERCENT = 10_000
MOST_VELOCITY = 10_000
MOMENT = timedelta(seconds=1)
BEFORE_DESPATCH = (Stage.UNRELEASED, Stage.RELEASED, Stage.PICKING, Stage.PACKED)
AT_LAST = (Silence.APPROVE, Silence.DECLINE)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
COUNTRY = re.compile(r"[A-Z]{2}")
LINK = re.compile(r"https?://[^\s<>\"'\\]+")

DURATIONS: dict[str, timedelta] = {
    "answer_within": MOMENT, "escalate_for": MOMENT, "extra_time": timedelta(),
    "partial_refund_at_latest": timedelta(), "refund_within": MOMENT, "grace": timedelta(),
    "stop_settle": timedelta(), "velocity_period": MOMENT,
}
"""Lengths that must be stated, each with the least it may be."""

WHOLE_POLICY = ("reasons", "overrides", "return_instructions", "offers", "version")
"""What is said once for the whole merchant and so cannot stand in an override."""


def default_policy(version: int = 1) -> Policy:
    """A new merchant's policy (DESIGN section 3)."""
    return Policy(version, Terms(), (), default_reasons(), {})


def parse_policy(document: Mapping[str, object], version: int) -> Policy:
    """The policy that the document states. Its own `version` is for reading and is not believed.

    Errors: PolicyFaults, with every faulty field.
    """
    faults: list[tuple[str, str]] = []
    root = Fields(document, "", faults)
    root.whole("version")
    changes = _changes(root)
    terms = replace(Terms(), **changes)  # type: ignore[arg-type]
    _cross_check(root, terms, changes)
    reasons = _reasons(root)
    policy = Policy(
        version, terms, _overrides(root, terms), reasons, root.texts("return_instructions", MOST_INSTRUCTIONS),
        _offers(root, {reason.code for reason in reasons}),
    )
    root.finish()
    if faults:
        raise PolicyFaults(tuple(faults))
    return policy


def policy_document(policy: Policy) -> dict[str, object]:
    """The policy as a JSON-ready document; `parse_policy` reads it back to an equal policy."""
    return {
        "version": policy.version,
        **_written_terms({each.name: getattr(policy.terms, each.name) for each in fields(Terms)}),
        "overrides": [
            {"seller": each.seller, "country": each.country, "tag": each.tag, "terms": _written_terms(each.changes)}
            for each in policy.overrides
        ],
        "reasons": [_written_reason(reason) for reason in policy.reasons],
        "return_instructions": dict(policy.return_instructions),
        "offers": {
            code: {"text": dict(offer.text), "url": offer.url} for code, offer in policy.offers.items()
        },
    }


def _changes(root: Fields) -> dict[str, object]:
    """The rules that this object states. Null says "none" where a rule may have none, else it is absent."""
    read: dict[str, object] = {
        "window": root.duration("window", MOMENT),
        "automatic_until": root.choice("automatic_until", BEFORE_DESPATCH),
        "ask_until": root.choice("ask_until", BEFORE_DESPATCH),
        "value_limit": root.whole("value_limit"),
        "velocity_limit": root.whole("velocity_limit", 1, MOST_VELOCITY),
    }
    changes = {name: value for name, value in read.items() if root.has(name)}
    stated: dict[str, object] = {name: root.duration(name, least) for name, least in DURATIONS.items()}
    stated |= {
        "on_silence": root.choice("on_silence", tuple(Silence)),
        "final_default": root.choice("final_default", AT_LAST),
        "partial_allowed": root.flag("partial_allowed"),
        "cancellable": root.flag("cancellable"),
        "askers": root.choices("askers", tuple(Role)),
        "fee": _fee(root),
        "refund_timing": root.choice("refund_timing", tuple(RefundTiming)),
        "withdrawal_refund_at": root.choice("withdrawal_refund_at", tuple(ProofOfReturn)),
    }
    return changes | {name: value for name, value in stated.items() if value is not None}


def _fee(root: Fields) -> Fee | None:
    value = root.get("fee")
    if value is None:
        return None
    fee = Fields(value, root.path("fee"), root.faults)
    fixed = fee.whole("fixed") or 0
    percent = fee.whole("percent_basis_points", 0, MOST_PERCENT) or 0
    steps: list[StageFee] = []
    for row in fee.objects("by_stage", len(BEFORE_DESPATCH)) or ():
        stage = row.choice("stage", BEFORE_DESPATCH)
        step_fixed = row.whole("fixed") or 0
        step_percent = row.whole("percent_basis_points", 0, MOST_PERCENT) or 0
        row.finish()
        if row.value.get("stage") is None:
            row.fault("stage", "is required")
        elif stage is not None and any(step.stage is stage for step in steps):
            row.fault("stage", "stands here twice; keep one")
        elif stage is not None:
            steps.append(StageFee(stage, step_fixed, step_percent))
    fee.finish()
    return Fee(fixed, percent, tuple(steps))


def _cross_check(root: Fields, terms: Terms, changes: Mapping[str, object]) -> None:
    """Rules that only make sense together. `changes`: what this object itself states."""
    automatic, ask = terms.automatic_until, terms.ask_until
    if automatic is not None and ask is not None and ask.rank < automatic.rank:
        name = "ask_until" if "ask_until" in changes else "automatic_until"
        root.fault(name, f"approval is automatic until {automatic.value} but can be asked only until {ask.value}; "
                         "ask at least as long, or set ask_until to null")


def _overrides(root: Fields, terms: Terms) -> tuple[Override, ...]:
    overrides = []
    for row in root.objects("overrides", MOST_OVERRIDES) or ():
        seller = row.text("seller", 64, ITEM_ID, "a seller's id")
        country = row.text("country", 2, COUNTRY, "a country such as DE")
        tag = row.text("tag", 64)
        if not any(row.value.get(name) for name in ("seller", "country", "tag")):
            row.fault("seller", "name a seller, a country or a tag that this holds for")
        inner = Fields(row.get("terms"), row.path("terms"), root.faults)
        for name in WHOLE_POLICY:
            if inner.has(name):
                inner.get(name)
                inner.fault(name, "holds for the whole policy and cannot be overridden; remove it")
        changes = _changes(inner)
        inner.finish()
        row.finish()
        if not inner.value and isinstance(row.value.get("terms"), Mapping):
            row.fault("terms", "name at least one rule that differs")
        if {"automatic_until", "ask_until"} & changes.keys():
            _cross_check(inner, replace(terms, **changes), changes)  # type: ignore[arg-type]
        overrides.append(Override(changes, seller, country, tag))
    return tuple(overrides)


def _reasons(root: Fields) -> tuple[ReasonCode, ...]:
    rows = root.objects("reasons", MOST_REASONS)
    if rows is None:
        return default_reasons()
    if not rows:
        root.fault("reasons", "name at least one reason, or leave the field out for the canonical ones")
    reasons: dict[str, ReasonCode] = {}
    for row in rows:
        reason = _reason(row)
        if reason is not None and reason.code in reasons:
            row.fault("code", f"{reason.code} stands here twice; keep one")
        elif reason is not None:
            reasons[reason.code] = reason
    return tuple(reasons.values())


def _reason(row: Fields) -> ReasonCode | None:
    """One reason. A canonical code brings its askers, fault and labels; what the document states goes before them."""
    code = row.text("code", 64, CODE, "letters, digits, _ . : or -")
    known = CANONICAL.get(code) if code is not None else None
    askers = row.choices("askers", tuple(Role))
    fault = row.choice("fault", tuple(Fault))
    labels = row.texts("labels", MOST_LABEL)
    scheme = row.text("scheme", 64)
    row.finish()
    if row.value.get("code") is None:
        row.fault("code", "is required")
    if code is None:
        return None
    if known is None:
        for name in ("askers", "fault", "labels"):
            if not row.value.get(name):
                row.fault(name, "is required, because the code is not a canonical one")
        return ReasonCode(code, askers or frozenset(), fault or Fault.NONE, labels, scheme or "countermand")
    return ReasonCode(
        code, askers or known.askers, fault or known.fault, {**known.labels, **labels}, scheme or known.scheme
    )


def _offers(root: Fields, codes: set[str]) -> dict[str, Offer]:
    value = root.get("offers")
    if value is None:
        return {}
    rows = Fields(value, "offers", root.faults)
    offers = {}
    for code in rows.value:
        row = Fields(rows.get(code), rows.path(str(code)), root.faults)
        text = row.texts("text", MOST_OFFER)
        url = row.text("url", 2000, LINK, "a link that begins with https://")
        row.finish()
        if code not in codes:
            rows.fault(str(code), "is not one of this policy's reasons")
        if not row.value.get("text"):
            row.fault("text", "is required, by language")
        offers[str(code)] = Offer(text, url)
    return offers


def _written_terms(changes: Mapping[str, object]) -> dict[str, object]:
    return {name: _written(value) for name, value in changes.items()}


def _written(value: object) -> object:
    match value:
        case timedelta():
            return written_duration(value)
        case Fee():
            return {
                "fixed": value.fixed, "percent_basis_points": value.percent_basis_points,
                "by_stage": [
                    {"stage": each.stage.value, "fixed": each.fixed, "percent_basis_points": each.percent}
                    for each in value.by_stage
                ],
            }
        case frozenset():
            return sorted(str(each) for each in value)
        case str():
            return str(value)
        case _:
            return value


def _written_reason(reason: ReasonCode) -> dict[str, object]:
    return {
        "code": reason.code, "askers": sorted(role.value for role in reason.askers), "fault": reason.fault.value,
        "labels": dict(reason.labels), "scheme": reason.scheme,
    }
