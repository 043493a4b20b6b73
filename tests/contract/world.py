"""The product as a shop meets it: served on each engine, tenancies made by the named commands, plain HTTP."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.cli.test_serving import PLACE, running
from tests.cli.world import Shell

Json = dict[str, Any]
NOW = "2026-11-21T12:00:00Z"
PATIENCE_SECONDS = 20
_events = count(1)


@dataclass
class Shop:
    """One merchant with the holder `main`, its key, and a client. `keys`: further keys by name."""

    merchant: str
    client: httpx.Client
    key: str
    shell: Shell
    keys: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """`by=name` calls with another key; further headers are written with underscores."""
        key = self.keys[headers.pop("by")] if "by" in headers else self.key
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        more: Json = {} if body is None else {"content": json.dumps(body)}
        return self.client.request(
            method, "/api/v1" + path, headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json",
                                               **sent}, **more
        )

    def get(self, path: str, **headers: str) -> Any:
        answer = self.call("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return self.call("POST", path, {} if body is None else body, **headers)

    def order(self, **changes: Any) -> str:
        """Take an order in; gives its number."""
        number = str(changes.pop("number", f"N{next(self.numbers)}"))
        answer = self.post("/orders", an_order(number, **changes))
        assert answer.status_code == 201, answer.text
        return number

    def view(self, number: str) -> Json:
        seen: Json = self.get(f"/orders/{number}")
        return seen

    def line(self, number: str, line: str = "1") -> tuple[int, int, int, int]:
        """Open, held, cancelled and despatched units of a line."""
        row = next(each for each in self.view(number)["lines"] if each["id"] == line)
        return row["open"], row["held"], row["cancelled"], row["despatched"]

    def payment(self, number: str, payment: str = "p1") -> Json:
        found: Json = next(each for each in self.view(number)["payments"] if each["id"] == payment)
        return found

    def ask(self, number: str, *wanted: int | tuple[str, int], **more: Any) -> httpx.Response:
        """A cancellation request; a bare number means so many units of line 1, nothing means everything."""
        body: Json = {"reason": "ordered_by_mistake", **more}
        pairs = [("1", each) if isinstance(each, int) else each for each in wanted]
        if pairs:
            body["lines"] = [{"line": line, "quantity": units} for line, units in pairs]
        return self.post(f"/orders/{number}/cancellation-requests", body)

    def cancel(self, number: str, *wanted: int | tuple[str, int], **more: Any) -> Json:
        answer = self.ask(number, *wanted, **more)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def preview(self, number: str, *wanted: int, **more: Any) -> Json:
        body: Json = {"lines": [{"line": "1", "quantity": each} for each in wanted], **more}
        answer = self.post(f"/orders/{number}/cancellation-previews", body if wanted else more)
        assert answer.status_code == 200, answer.text
        seen: Json = answer.json()
        return seen

    def request(self, request: Json) -> Json:
        seen: Json = self.get(f"/cancellation-requests/{request['id']}")
        return seen

    def until(self, request: Json, state: str) -> Json:
        """The request as soon as it is in this state."""
        return waited(lambda: self.request(request), lambda seen: seen["state"] == state)

    def done(self, number: str, *wanted: int | tuple[str, int], **more: Any) -> Json:
        """A request that was carried out to its end."""
        return self.until(self.cancel(number, *wanted, **more), "completed")

    def goods(
        self, number: str, event: str, lines: dict[str, int] | None = None, mode: str = "report", **more: Any
    ) -> httpx.Response:
        """A fulfilment event of F1."""
        by = {"by": more.pop("by")} if "by" in more else {}
        body: Json = {"event_id": f"e{next(_events)}", "fulfilment_order": "F1", "event": event, "mode": mode,
                      "occurred_at": NOW, **more}
        if lines is not None:
            body["lines"] = [{"line": line, "quantity": units} for line, units in lines.items()]
        return self.post(f"/orders/{number}/fulfilment-events", body, **by)

    def told(self, number: str, event: str, lines: dict[str, int] | None = None, **more: Any) -> Json:
        answer = self.goods(number, event, lines, **more)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    def pay(self, number: str, event: str, amount: int, **more: Any) -> None:
        """A payment event of p1, or of another `payment`."""
        body = {"event_id": f"e{next(_events)}", "payment": "p1", "type": event, "amount": amount,
                "reference": f"pi_{number}", "occurred_at": NOW, **more}
        answer = self.post(f"/orders/{number}/payment-events", body)
        assert answer.status_code == 200, answer.text

    def refunds(self, number: str) -> list[Json]:
        items: list[Json] = self.get(f"/refunds?order={number.replace('#', '%23')}")["items"]
        return items

    def cases(self, number: str) -> list[Json]:
        items: list[Json] = self.get(f"/cases?order={number}")["items"]
        return items

    def answer(self, case: str, answer: str, **more: Any) -> httpx.Response:
        by = {"by": more.pop("by")} if "by" in more else {}
        return self.post(f"/cases/{case}/answer", {"answer": answer, **more}, **by)

    def policy(self, **changes: Any) -> Json:
        """Put the current policy with these fields changed."""
        answer = self.call("PUT", "/policy", {**self.get("/policy"), **changes})
        assert answer.status_code == 200, answer.text
        put: Json = answer.json()
        return put


@dataclass
class Site:
    """A served process. `shop()` makes a tenancy by the command line."""

    shell: Shell
    client: httpx.Client
    names: Iterator[int] = field(default_factory=lambda: count(1))

    def shop(self, control: str = "gate", **policy: Any) -> Shop:
        """A new merchant whose default holder is `main`, with these policy fields."""
        name = f"shop{next(self.names)}"
        self.shell("merchants", "create", name)
        self.shell("holders", "create", "main", "--merchant", name, "--control", control)
        made = Shop(name, self.client, self.new_key(name), self.shell)
        if policy:
            made.policy(**policy)
        return made

    def new_key(self, merchant: str, *words: str) -> str:
        printed = self.shell("keys", "create", "--merchant", merchant, *words).out
        assert printed.count("\n") == 1, "the key and nothing else"
        return printed.strip()


@contextmanager
def served(command: str, folder: Path, database: str) -> Iterator[Site]:
    shell = Shell(command, folder, database)
    shell("migrate")
    with running(shell, "serve", "--port", "0") as (_, line):
        found = PLACE.search(line)
        assert found is not None, line
        with httpx.Client(base_url=found[0], timeout=30) as client:
            yield Site(shell, client)


def waited(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What is seen as soon as it is good."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not good(seen := look()):
        assert time.monotonic() < ends, f"never came: {seen}"
        time.sleep(0.02)
    return seen


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def mug(**changes: Any) -> Json:
    return {"id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300, "tax": 570,
            **changes}


def plain(line: str, quantity: int, price: int, **changes: Any) -> Json:
    """A line without tax or discount."""
    return {"id": line, "sku": f"SKU{line}", "title": f"Thing {line}", "quantity": quantity, "unit_price": price,
            **changes}


def an_order(number: str, **changes: Any) -> Json:
    """The order of DESIGN section 7; `stage` is F1's, `paid` what p1 captured."""
    stage, lines = changes.pop("stage", "unreleased"), changes.pop("lines", [mug()])
    paid = changes.pop("paid", 4465)
    units = [{"line": each["id"], "quantity": each["quantity"]} for each in lines]
    body: Json = {
        "number": number, "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "prices_include_tax": False,
        "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
        "ship_to": {"city": "Bonn", "postcode": "53111", "country": "DE"}, "lines": lines,
        "shipping": {"amount": 500, "tax": 95},
        "payments": [{"id": "p1", "provider": "sandbox", "reference": f"pi_{number}", "state": "captured",
                      "authorised": paid, "captured": paid, "refunded": 0, "method": "Visa 4242"}],
        "fulfilment_orders": [{"id": "F1", "holder": "main", "stage": stage, "lines": units}],
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def slug(answer: httpx.Response) -> str:
    """The stable name of a problem."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
    body = answer.json()
    assert body["status"] == answer.status_code and body["title"] and body["type"], body
    name: str = body["type"].rpartition("/")[2]
    return name


def faults(answer: httpx.Response) -> dict[str, str]:
    """The faulty fields of a 422 with what is said of each."""
    assert answer.status_code == 422, answer.text
    slug(answer)
    return {each["field"]: each["message"] for each in answer.json()["errors"]}
