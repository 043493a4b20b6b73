"""What happened, as data: one event a transition, for the audit, the outbox and the live pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Scalar = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused a commit: a role and, where there is one, the id of the account, key, holder or runner."""

    role: str
    id: str | None = None
    name: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One transition. `type`: `subject.verb`, e.g. `part.approved`; `subject`: the row's id within the order.

    `personal`: texts about a person (comment, name); the audit keeps a keyed digest and stores them beside itself.
    """

    type: str
    subject: str
    data: tuple[tuple[str, Scalar], ...] = ()
    request: str | None = None
    personal: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of an order's chain. `digest` = SHA-256 over the previous digest and the canonical JSON of the rest.

    `sealed`: the events as the chain sees them, canonical JSON with keyed digests in the place of personal texts; it
    is stored to the letter. The texts themselves (`Event.personal`) are stored beside and can be erased.
    """

    sequence: int
    at: datetime
    actor: Actor
    events: tuple[Event, ...]
    previous: str
    digest: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. `dedupe` makes it leave once. A mail is written when it leaves, from what is true then.

    `kind` mail: `template` and `request` say what about. `kind` webhook: `template` is the event's type, `body` JSON.
    """

    kind: Literal["mail", "webhook"]
    template: str
    dedupe: str
    due_at: datetime
    request: str | None = None
    case: str | None = None
    audience: str = "customer"
    body: str | None = None
