"""What the shell asks of a store, and the one way to write an order. Implemented by sqlite.py and postgres.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from countermand.model.event import AuditEntry, Message
from countermand.model.order import Order
from countermand.model.plan import Step


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for one effect. `scope` = method and path; `digest` = SHA-256 of the body."""

    scope: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """An event from outside, applied at most once per (merchant, provider, event id)."""

    provider: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told: an HTTP status and the JSON body, ready to be stored and replayed to the letter."""

    status: int
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A runner's time-limited right to one request's saga. `number` is the fencing number."""

    merchant: str
    order: str
    request: str
    number: int


@dataclass(frozen=True, slots=True)
class Change:
    """All that one use case writes, in one commit under the order's version.

    `before` None = a new order. `after.version` is `before.version + 1`. The store writes the rows that differ.
    `answer` is kept with `idempotency` and with `inbound`, so that a repetition is told the same.
    `claim`: commit only while this claim holds (fencing).
    """

    before: Order | None
    after: Order
    audit: tuple[AuditEntry, ...] = ()
    messages: tuple[Message, ...] = ()
    idempotency: Idempotency | None = None
    inbound: Inbound | None = None
    answer: Answer | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    version: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody else changed the order first (or, for a new order, the number exists; or the claim has lapsed)."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The idempotency key or the inbound event was applied before; this is what was answered then."""

    answer: Answer
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The database refused the rows (class 22 or 23): our own mistake, so nothing of this change was written."""

    detail: str


Result = Committed | Lost | Replayed | Broken


class OrderStore(Protocol):
    """The part of a store that the way of a request uses."""

    engine: str  # "sqlite" or "postgresql"

    async def load(self, merchant: str, number: str) -> Order | None:
        """The whole aggregate, in one statement."""
        ...

    async def commit(self, changes: Sequence[Change]) -> list[Result]:
        """The one write path. Answers in the order of `changes`; at most one change an order in one call."""
        ...

    async def find_answer(self, merchant: str, idempotency: Idempotency) -> Replayed | None: ...

    async def find_inbound(self, merchant: str, inbound: Inbound) -> Replayed | None: ...

    async def order_of_request(self, merchant: str, request: str) -> str | None: ...

    async def order_of_case(self, merchant: str, case: str) -> str | None: ...

    async def recent_requests(self, merchant: str, email: str, since: datetime) -> int:
        """How many requests orders of this customer have had since then (velocity)."""
        ...

    async def claim_due(
        self, node: str, limit: int, per_merchant: int, expiry: timedelta, now: datetime
    ) -> list[Claim]:
        """Claim sagas whose `due_at` has come and that nobody holds, by compare-and-set."""
        ...

    async def keep(self, claims: Sequence[Claim], expiry: timedelta) -> None:
        """Heartbeat: hold these claims for another `expiry`."""
        ...

    async def holds(self, claim: Claim) -> bool:
        """Does this claim still hold: same number, not expired?"""
        ...

    async def release(self, claim: Claim, retry_at: datetime | None = None) -> None:
        """Give a claim up. `retry_at`: do not take it up again before then."""
        ...

    async def journal(self, claim: Claim, steps: Sequence[Step]) -> bool:
        """Write the state and attempt of steps without touching the order; False = the claim has lapsed.

        A step that an event settled meanwhile stays settled.
        """
        ...
