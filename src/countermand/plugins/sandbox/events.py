"""What the sandbox tells the outside: one event an act, late or doubled if it is told to be."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from countermand.model.money import Money
from countermand.plugins.protocols import Told
from countermand.plugins.sandbox.behaviour import PLAIN, Behaviour
from countermand.plugins.sandbox.ledger import Act, Ledger, instant

MAX_EVENTS = 500


@dataclass(frozen=True, slots=True)
class SandboxEvent:
    """A notice that leaves the sandbox. Copies share the `event_id`, each has its own `number`.

    `key`: the act's. `kind`: payment or fulfilment. `subject`: the payment's reference, or
    `merchant/order/fulfilment order`. `type` is a word of the API's event calls.
    """

    number: int
    event_id: str
    key: str
    kind: str
    subject: str
    type: str
    reference: str
    occurred_at: datetime
    amount: Money | None

    @property
    def told(self) -> Told:
        return Told(
            self.event_id, self.key, self.subject, self.type, self.reference, self.occurred_at, self.amount
        )


def owe_event(
    connection: sqlite3.Connection, now: datetime, kind: str, type_: str, act: Act, behaviour: Behaviour = PLAIN
) -> None:
    """Put an event in the list, as late and as often as `behaviour` says."""
    due_at = instant(now + timedelta(seconds=behaviour.event_delay))
    amount = act.amount
    row = (
        f"{act.reference}_{type_}", act.key, kind, act.subject, type_, act.reference, instant(now), due_at,
        amount.minor if amount else None, amount.currency if amount else None,
    )
    connection.executemany(
        "INSERT INTO events (event_id, key, kind, subject, type, reference, occurred_at, due_at, amount, currency) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row] * behaviour.event_copies,
    )


def events_due(
    connection: sqlite3.Connection, now: datetime, since: int, unsent: bool, kind: str | None = None
) -> list[SandboxEvent]:
    """Events after the number `since` whose time has come, oldest first; `kind`: only payment's or fulfilment's."""
    rows = connection.execute(
        "SELECT number, event_id, key, kind, subject, type, reference, occurred_at, amount, currency FROM events "
        "WHERE number > ?1 AND due_at <= ?2 AND (sent_at IS NULL OR NOT ?3) AND (?4 IS NULL OR kind = ?4) "
        "ORDER BY number LIMIT ?5",
        (since, instant(now), unsent, kind, MAX_EVENTS),
    )
    return [
        SandboxEvent(
            number, event_id, key, kind, subject, type_, reference, datetime.fromisoformat(occurred_at),
            Money(minor, currency) if minor is not None else None,
        )
        for number, event_id, key, kind, subject, type_, reference, occurred_at, minor, currency in rows.fetchall()
    ]


async def deliver_events(
    ledger: Ledger, now: datetime, send: Callable[[SandboxEvent], Awaitable[None]], kind: str | None = None
) -> int:
    """Send every event that is due and was not sent; answers how many. What fails stays for the next time."""
    sent = 0
    for event in await ledger.run(lambda connection: events_due(connection, now, 0, True, kind)):
        await send(event)
        await ledger.run(lambda connection, number=event.number: mark_sent(connection, number, now))  # type: ignore[misc]
        sent += 1
    return sent


def mark_sent(connection: sqlite3.Connection, number: int, now: datetime) -> None:
    connection.execute("UPDATE events SET sent_at = ? WHERE number = ?", (instant(now), number))
