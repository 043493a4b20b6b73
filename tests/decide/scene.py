"""A small stage for the rules: one order, a clock that is a number, and the verbs of the way. No database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from countermand.decide.approval import CaseAnswer, answer, more_time
from countermand.decide.conclude import conclude, tick
from countermand.decide.goods_events import apply_goods_event
from countermand.decide.intake import order_from_intake
from countermand.decide.payment_events import PaymentEvent, PaymentEventType, apply_payment_event
from countermand.decide.refusal import Refusal
from countermand.decide.retract import retract
from countermand.decide.ship_gate import GoodsEvent, Happening, Passed
from countermand.decide.take import take
from countermand.model.fulfilment import Control, Holder
from countermand.model.order import Order, counts
from countermand.model.policy import Override, Policy, PolicyBook, Terms
from countermand.model.policy_document import default_policy
from countermand.model.request import Ask, Asker, Kind, Part, Request, Role, Wanted

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def sample(**changes: Any) -> dict[str, Any]:
    """The order of DESIGN section 7: three mugs and shipping, 44.65 captured."""
    body: dict[str, Any] = {
        "number": "1042", "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "prices_include_tax": False,
        "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
        "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"},
        "lines": [
            {"id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300, "tax": 570}
        ],
        "shipping": {"amount": 500, "tax": 95},
        "payments": [
            {"id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "captured", "authorised": 4465,
             "captured": 4465}
        ],
        "fulfilment_orders": [
            {"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 3}]}
        ],
    }
    return {**body, **changes}


def at_stage(stage: str, **changes: Any) -> dict[str, Any]:
    """The sample order with its goods at this stage."""
    body = sample(**changes)
    return {**body, "fulfilment_orders": [{**body["fulfilment_orders"][0], "stage": stage}]}


class Scene:
    """An order and what happens to it. Every verb ends with `conclude`, as every use case does."""

    def __init__(
        self, body: dict[str, Any] | None = None, *, control: Control = Control.CONFIRM, plugin: str | None = None,
        terms: Terms | None = None, overrides: tuple[Override, ...] = (),
    ) -> None:
        holders = {"main": Holder("acme", "main", "Main", control=control, plugin=plugin)}
        self.now = START
        self.order: Order = order_from_intake(
            "acme", body or sample(), holders=holders, default_holder="main", sellers=("bee",)
        )
        policy = default_policy()
        self.policy: Policy = replace(policy, version=1, terms=terms or policy.terms, overrides=overrides)
        self._count = 0

    @property
    def policies(self) -> PolicyBook:
        return PolicyBook(self.policy, {})

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)
        self.order = tick(self.order, self.policies, self.now)

    def ask(
        self, lines: Mapping[str, int] | None = None, *, role: Role = Role.CUSTOMER, kind: Kind = Kind.CANCELLATION,
        all_or_nothing: bool = False, reason: str | None = None, restock: bool | None = None, recent: int = 0,
    ) -> Request | Refusal:
        self._count += 1
        wanted = None if lines is None else tuple(Wanted(line, units, restock) for line, units in lines.items())
        ask = Ask(Asker(role), kind, wanted, reason, None, all_or_nothing, recent)
        request_id = f"cr_{self._count:026d}"
        taken = take(self.order, ask, self.policy, request_id, self.now)
        if isinstance(taken, Refusal):
            return taken
        self.order = conclude(taken, self.policies, self.now)
        return self.order.request(request_id)

    def request(self, number: int = 1) -> Request:
        return self.order.requests[number - 1]

    def part(self, number: int = 1, request: int = 1) -> Part:
        return next(part for part in self.request(request).parts if part.number == number)

    def retract(self, request: int = 1) -> Refusal | None:
        return self._take_over(retract(self.order, self.request(request).id))

    def answer(self, approve: bool, reason: str | None = None, lines: Mapping[str, int] | None = None,
               case: int = 1) -> Refusal | None:
        given = CaseAnswer(approve, reason, lines)
        return self._take_over(
            answer(self.order, self.order.cases[case - 1].id, given, "Sam", self.policies, self.now)
        )

    def more_time(self, case: int = 1) -> Refusal | None:
        return self._take_over(more_time(self.order, self.order.cases[case - 1].id, self.policies))

    def goods(self, event: str, mode: str = "report", lines: Mapping[str, int] | None = None, *,
              fulfilment_order: str = "F1", of: str | None = None, tracking: str | None = None) -> Passed | Refusal:
        self._count += 1
        told = GoodsEvent(
            f"e{self._count}", fulfilment_order, Happening(event), "claim" if mode == "claim" else "report", self.now,
            lines, of=of, tracking_number=tracking,
        )
        passed = apply_goods_event(self.order, told, self.policies, self.now)
        if isinstance(passed, Passed):
            self.order = conclude(passed.order, self.policies, self.now)
        return passed

    def money(self, kind: str, amount: int, payment: str = "p1", reference: str | None = None) -> None:
        self._count += 1
        event = PaymentEvent(f"m{self._count}", payment, PaymentEventType(kind), amount, reference, self.now)
        self.order = conclude(apply_payment_event(self.order, event, self.now), self.policies, self.now)

    def _take_over(self, result: Order | Refusal) -> Refusal | None:
        if isinstance(result, Refusal):
            return result
        self.order = conclude(result, self.policies, self.now)
        return None

    def units(self, line: str = "1") -> tuple[int, int, int, int]:
        """open, held, cancelled, despatched."""
        tally = counts(self.order, line)
        return tally.open, tally.held, tally.cancelled, tally.despatched
