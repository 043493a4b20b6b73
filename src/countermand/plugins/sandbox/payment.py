"""The sandbox's payment provider: it learns a payment when it is introduced, and then keeps its own books."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from countermand.model.money import Money
from countermand.plugins.config import PluginConfig
from countermand.plugins.protocols import Failure, PluginError, Receipt, Standing, Told
from countermand.plugins.sandbox.behaviour import Behaviour
from countermand.plugins.sandbox.events import owe_event
from countermand.plugins.sandbox.ledger import acts_of, end_act, honoured_act, note_act
from countermand.plugins.sandbox.world import Sandbox, open_sandbox

OWN_ACTS = frozenset({"refunded", "voided"})
"""Notices that tell the sandbox's own acts back to it."""


@dataclass(frozen=True, slots=True)
class Books:
    """One payment as the sandbox sees it, in minor units. `released`: authorised, and let go uncaptured."""

    authorised: int
    captured: int
    refunded: int
    released: int = 0

    @property
    def capturable(self) -> int:
        return self.authorised - self.captured - self.released

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded


class SandboxPayment:
    """Fits `PaymentPlugin`. A key is honoured for ever, unless the file says otherwise when it is opened."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._keys_last = sandbox.keys_last()

    @property
    def idempotency_lasts(self) -> timedelta | None:
        return self._keys_last

    async def introduce(
        self, payment: str, authorised: Money, captured: Money, refunded: Money, *, order: str = ""
    ) -> None:
        """Learn the payment from the order. A second order on the same reference adds its amounts: it pays both."""
        currency = authorised.currency
        stated = Books(max(authorised.minor, captured.minor), captured.minor, refunded.minor)
        await self.sandbox.ledger.run(lambda connection: introduce(connection, payment, currency, stated, order))

    async def void(self, payment: str, *, key: str) -> Receipt:
        def work(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt:
            landed = honoured_act(connection, payment, key, now)
            if landed is not None:
                return landed.receipt
            currency, books = read_books(connection, payment)
            if books.capturable == 0 and books.captured > 0:
                return Receipt(payment, Standing.ALREADY_CAPTURED, Money(books.captured, currency))
            amount = Money(books.capturable, currency)
            move(connection, payment, currency, released=amount.minor)
            act = note_act(
                connection, now, "payment.void", payment, key,
                amount=amount, pending=behaviour.pending, fails=behaviour.pending_fails,
            )
            if act.standing is Standing.DONE:
                owe_event(connection, now, "payment", "voided", act, behaviour)
            return act.receipt

        return await self.sandbox.act("payment.void", payment, key, work)

    async def refund(self, payment: str, amount: Money, *, key: str) -> Receipt:
        def work(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt:
            landed = honoured_act(connection, payment, key, now)
            if landed is not None:
                return landed.receipt
            currency, books = read_books(connection, payment, amount.currency)
            if amount.minor <= 0 or amount.minor > books.refundable:
                raise PluginError(
                    Failure.PERMANENT,
                    f"{amount.minor} {currency} cannot be refunded: {books.refundable} is left.", "amount_too_large",
                )
            move(connection, payment, currency, refunded=amount.minor)
            act = note_act(
                connection, now, "payment.refund", payment, key,
                amount=amount, pending=behaviour.pending, fails=behaviour.pending_fails, bounces=behaviour.bounces,
            )
            if act.standing is Standing.DONE:
                owe_event(connection, now, "payment", "refunded", act, behaviour)
            return act.receipt

        return await self.sandbox.act("payment.refund", payment, key, work)

    async def find(self, payment: str, *, key: str) -> Receipt | None:
        return await self.sandbox.find("payment.find", payment, key)

    async def observe(
        self, payment: str, event: str, amount: Money, *, reference: str | None = None, event_id: str | None = None
    ) -> None:
        """Follow what was told about a payment. Our own act told back, a notice seen before, and a payment that
        nobody introduced: nothing."""
        def follow(connection: sqlite3.Connection) -> None:
            if find_books(connection, payment, amount.currency) is None:
                return
            if reference is not None and is_ours(connection, payment, reference, event):
                return
            if event_id is None or is_new(connection, payment, event_id):
                observe(connection, payment, event, amount)
                if event == "refund_failed" and reference is not None:
                    forget_act(connection, payment, reference)

        await self.sandbox.ledger.run(follow)

    async def deliver_events(self, send: Callable[[Told], Awaitable[None]]) -> int:
        """`TellsEvents`: what happened to the money."""
        return await self.sandbox.tell(send, "payment")

    def close(self) -> None:
        self.sandbox.close()

    async def books(self, payment: str, currency: str) -> Books | None:
        """The payment as it stands, for demos and tests."""
        return await self.sandbox.ledger.run(lambda connection: find_books(connection, payment, currency))


def load(config: PluginConfig) -> SandboxPayment:
    """The entry point `sandbox` of countermand.payment."""
    return SandboxPayment(open_sandbox(config))


def find_books(connection: sqlite3.Connection, payment: str, currency: str) -> Books | None:
    row = connection.execute(
        "SELECT authorised, captured, refunded, released FROM payments WHERE reference = ? AND currency = ?",
        (payment, currency),
    ).fetchone()
    return None if row is None else Books(*row)


def read_books(connection: sqlite3.Connection, payment: str, currency: str | None = None) -> tuple[str, Books]:
    """The payment and its currency.

    Errors: PluginError PERMANENT if it was never introduced.
    """
    row = connection.execute(
        "SELECT currency, authorised, captured, refunded, released FROM payments "
        "WHERE reference = ? AND (?2 IS NULL OR currency = ?2)",
        (payment, currency),
    ).fetchone()
    if row is None:
        raise PluginError(Failure.PERMANENT, f"There is no payment {payment} here.", "no_such_payment")
    return str(row[0]), Books(*row[1:])


def move(
    connection: sqlite3.Connection, payment: str, currency: str, *,
    authorised: int = 0, captured: int = 0, refunded: int = 0, released: int = 0,
) -> None:
    connection.execute(
        "UPDATE payments SET authorised = authorised + ?, captured = captured + ?, refunded = refunded + ?, "
        "released = released + ? WHERE reference = ? AND currency = ?",
        (authorised, captured, refunded, released, payment, currency),
    )


def introduce(connection: sqlite3.Connection, payment: str, currency: str, stated: Books, order: str) -> None:
    """Add what this order states, once; if only this order knows the payment, later statements may raise it."""
    known = [row[0] for row in connection.execute(
        "SELECT introduced_for FROM introductions WHERE reference = ? AND currency = ?", (payment, currency)
    )]
    books = find_books(connection, payment, currency)
    if order not in known:
        connection.execute("INSERT INTO introductions VALUES (?, ?, ?)", (payment, currency, order))
        connection.execute(
            "INSERT OR IGNORE INTO payments (reference, currency, authorised, captured, refunded) "
            "VALUES (?, ?, 0, 0, 0)", (payment, currency),
        )
        move(connection, payment, currency, authorised=stated.authorised, captured=stated.captured,
             refunded=stated.refunded)
    elif len(known) == 1 and books is not None:
        captured = max(0, stated.captured - books.captured)
        authorised = max(stated.authorised, books.captured + captured + books.released)
        move(connection, payment, currency, authorised=max(0, authorised - books.authorised), captured=captured)


def observe(connection: sqlite3.Connection, payment: str, event: str, amount: Money) -> None:
    """Move the payment as the event says; words of disputes move nothing here."""
    _, books = read_books(connection, payment, amount.currency)
    minor = amount.minor
    if event == "authorised":
        move(connection, payment, amount.currency, authorised=minor)
    elif event == "captured":
        short = max(0, minor - books.capturable)
        move(connection, payment, amount.currency, authorised=short, captured=minor)
    elif event in ("voided", "expired"):
        move(connection, payment, amount.currency, released=books.capturable)
    elif event == "refunded":
        short = max(0, minor - books.refundable)  # a refund seen before its capture raises captured with it
        move(connection, payment, amount.currency, authorised=max(0, short - books.capturable), captured=short,
             refunded=minor)
    elif event == "refund_failed":
        move(connection, payment, amount.currency, refunded=-min(minor, books.refunded))


def is_new(connection: sqlite3.Connection, payment: str, event_id: str) -> bool:
    """Keep the notice's id; False if it was kept before."""
    cursor = connection.execute("INSERT OR IGNORE INTO observed VALUES (?, ?)", (payment, event_id))
    return cursor.rowcount == 1


def is_ours(connection: sqlite3.Connection, payment: str, reference: str, event: str) -> bool:
    """Whether the sandbox itself did this: its own refund or void, or any notice of its own that says the same."""
    if event in OWN_ACTS and any(act.reference == reference for act in acts_of(connection, payment)):
        return True
    row = connection.execute(
        "SELECT 1 FROM events WHERE subject = ? AND reference = ? AND type = ? LIMIT 1", (payment, reference, event)
    ).fetchone()
    return row is not None


def forget_act(connection: sqlite3.Connection, payment: str, reference: str) -> None:
    """A refund of ours came to nothing: no receipt proves it any more."""
    for act in acts_of(connection, payment):
        if act.reference == reference:
            end_act(connection, act, None)
