"""The audit: append-only and hash-chained per order. Personal text stays out of the chain, so that it can be erased.

Source: keyed digests as in NIST SP 800-107r1 (HMAC-SHA-256); canonical JSON with sorted keys and no white space.
"""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime

import msgspec

from countermand.model.event import Actor, AuditEntry, Event
from countermand.model.order import Order

CANONICAL = msgspec.json.Encoder(order="sorted")


def with_entry(
    order: Order, events: tuple[Event, ...], actor: Actor, now: datetime, key: bytes
) -> tuple[Order, AuditEntry]:
    """The order with its chain one link longer, and that link. `key` is the merchant's digest key."""
    if actor.name and events:
        events = (replace(events[0], personal=(*events[0].personal, ("actor", actor.name))), *events[1:])
    sealed = CANONICAL.encode([sealed_event(event, key) for event in events]).decode()
    sequence = order.audit_sequence + 1
    digest = link_digest(sequence, now, actor, sealed, order.audit_head)
    entry = AuditEntry(sequence, now, actor, events, order.audit_head, digest, sealed)
    return replace(order, audit_sequence=sequence, audit_head=digest), entry


def sealed_event(event: Event, key: bytes) -> dict[str, object]:
    """An event as the chain sees it: facts as they are, personal texts as keyed digests."""
    sealed: dict[str, object] = {"type": event.type, "subject": event.subject, "data": dict(event.data)}
    if event.request is not None:
        sealed["request"] = event.request
    if event.personal:
        sealed["personal"] = {name: text_digest(text, key) for name, text in event.personal}
    return sealed


def text_digest(text: str, key: bytes) -> str:
    """The keyed digest that stands for a personal text; without the key nobody can guess the text from it."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def link_digest(sequence: int, at: datetime, actor: Actor, sealed: str, previous: str) -> str:
    """SHA-256 over the previous digest and the canonical JSON of the link."""
    who = [actor.role, actor.id, actor.channel]
    link = CANONICAL.encode([previous, sequence, at.isoformat(timespec="microseconds"), who, sealed])
    return hashlib.sha256(link).hexdigest()
