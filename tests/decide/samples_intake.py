"""The order body of the HTTP contract, and a short way from such a body to an order."""

import copy
from typing import Any

from countermand.decide.intake import order_from_intake
from countermand.model.faults import IntakeFaults
from countermand.model.fulfilment import Control, Holder
from countermand.model.order import Order

SAMPLE: dict[str, Any] = {
    "number": "1042", "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "prices_include_tax": False,
    "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
    "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"},
    "lines": [{
        "id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300, "tax": 570,
        "seller": None, "kind": "goods", "tags": [], "expected_at": None,
    }],
    "shipping": {"amount": 500, "tax": 95}, "charges": [], "accepted_excess": 0,
    "payments": [{
        "id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "captured", "authorised": 4465,
        "captured": 4465, "refunded": 0, "method": "Visa 4242",
    }],
    "fulfilment_orders": [
        {"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 3}]}
    ],
}

HOLDERS = {
    "main": Holder("acme", "main", "Main warehouse"),
    "north": Holder("acme", "north", "North", control=Control.GATE, plugin="sandbox_3pl"),
}
SELLERS = {"potter"}
MISSING = object()


def body(**changes: object) -> dict[str, Any]:
    """The sample with some fields changed; MISSING leaves one out."""
    changed = {**copy.deepcopy(SAMPLE), **changes}
    return {name: value for name, value in changed.items() if value is not MISSING}


def with_at(path: str, value: object) -> dict[str, Any]:
    """The sample with the field at a path such as `lines[0].quantity` changed."""
    changed = copy.deepcopy(SAMPLE)
    steps = path.replace("[", ".").replace("]", "").split(".")
    target: Any = changed
    for step in steps[:-1]:
        target = target[int(step)] if isinstance(target, list) else target[step]
    last: Any = int(steps[-1]) if isinstance(target, list) else steps[-1]
    if value is MISSING:
        del target[last]
    else:
        target[last] = value
    return changed


def read(order: object = None, *, default_holder: str | None = "main", compare_payments: bool = True) -> Order:
    """The order of a body, or of the sample."""
    return order_from_intake(
        "acme", SAMPLE if order is None else order, holders=HOLDERS, default_holder=default_holder, sellers=SELLERS,
        compare_payments=compare_payments,
    )


def faults_of(order: object) -> dict[str, str]:
    """What the intake says of a faulty body, by field."""
    try:
        read(order)
    except IntakeFaults as found:
        return dict(found.faults)
    return {}
