"""What a plugin must be able to do. Four small protocols; a plugin fits one, it inherits nothing.

Every call carries a `key` that is the same on every attempt at the same act, and returns a `Receipt` or raises
`PluginError`. A plugin never sees the database and never decides.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from countermand.model.money import Money
from countermand.model.plan import StepLine


class Failure(StrEnum):
    """How the world failed. TRANSIENT: surely not done, try again. PERMANENT: surely refused. UNKNOWN: look it up."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class PluginError(Exception):
    """The world failed. `code` is the provider's own word, for people; a bare timeout or 5xx is UNKNOWN."""

    def __init__(self, failure: Failure, detail: str, code: str | None = None) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail
        self.code = code


class Standing(StrEnum):
    """What a receipt proves: the act is done, it is on its way, or it was overtaken by something else."""

    DONE = "done"
    PENDING = "pending"
    ALREADY_CAPTURED = "already_captured"
    ALREADY_DESPATCHED = "already_despatched"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's proof. `reference` is the provider's id of the act; `amount` what really moved, if money did."""

    reference: str
    standing: Standing = Standing.DONE
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider tells later about an act of ours; copies of one notice share the `event_id`.

    `key`: the act's. `subject`: the provider's reference of the payment, or whatever the goods were asked under.
    `type`: a word of the API's event calls, such as `refunded` or `stopped`. `reference`: the act's receipt.
    """

    event_id: str
    key: str
    subject: str
    type: str
    reference: str
    occurred_at: datetime
    amount: Money | None = None


@runtime_checkable
class TellsEvents(Protocol):
    """What a payment or fulfilment plugin may offer besides: to be asked for what happened since."""

    async def deliver_events(self, send: Callable[[Told], Awaitable[None]]) -> int:
        """Send what is to be told, each at least once; answers how many. What `send` refuses is sent again."""
        ...


@runtime_checkable
class PaymentPlugin(Protocol):
    @property
    def idempotency_lasts(self) -> timedelta | None:
        """How long the provider honours a key; None = for ever, zero = not at all."""
        ...

    async def introduce(
        self, payment: str, authorised: Money, captured: Money, refunded: Money, *, order: str = ""
    ) -> None:
        """What the order (`merchant/number`) states of this payment. A real provider knows better and does nothing;
        the sandbox learns from it a payment that it has never heard of."""
        ...

    async def void(self, payment: str, *, key: str) -> Receipt:
        """Let an authorisation go. ALREADY_CAPTURED (with the captured amount) if there is none left to let go."""
        ...

    async def refund(self, payment: str, amount: Money, *, key: str) -> Receipt:
        """Send captured money back. PENDING if the provider will tell us later."""
        ...

    async def find(self, payment: str, *, key: str) -> Receipt | None:
        """What became of this key, read from the provider's own list for that payment; never a search index."""
        ...

    async def observe(
        self, payment: str, event: str, amount: Money, *, reference: str | None = None, event_id: str | None = None
    ) -> None:
        """A payment event was told to us. A real provider needs no telling and does nothing; the sandbox follows.

        `reference`: the provider's id of the act, so that the sandbox does not count an act of its own again;
        `event_id`: so that it does not count one notice twice.
        """
        ...


@runtime_checkable
class FulfilmentPlugin(Protocol):
    async def hold(self, order: str, fulfilment_order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        """Stop work on these units, reversibly."""
        ...

    async def release(self, order: str, fulfilment_order: str, *, key: str) -> Receipt:
        """Undo a hold."""
        ...

    async def cancel(self, order: str, fulfilment_order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        """Stop these units for good. DONE = they are stopped; PENDING = told later; ALREADY_DESPATCHED = too late."""
        ...

    async def find(self, order: str, fulfilment_order: str, *, key: str) -> Receipt | None:
        """What became of this key."""
        ...


@runtime_checkable
class PlatformPlugin(Protocol):
    async def cancel_lines(self, order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        """Show these units as cancelled in the shop."""
        ...

    async def return_stock(self, order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        """Put these units back for sale, each once."""
        ...

    async def limit_capture(self, order: str, payment: str | None, limit: Money, *, key: str) -> Receipt:
        """Tell the shop that no more than `limit` may still be captured."""
        ...

    async def find(self, order: str, *, key: str) -> Receipt | None:
        """What became of this key."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to leave. `message_id` is the same on every attempt, so that a second copy is recognised."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str
    sender_name: str | None = None
    reply_to: str | None = None


@runtime_checkable
class NotificationPlugin(Protocol):
    async def send(self, letter: Letter, *, key: str) -> Receipt:
        """Hand the letter over. At least once: after a crash it may leave twice, with the same message id."""
        ...
