"""The sandbox's warehouse: it works on a fulfilment order, holds it, stops units of it, or has sent it."""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime

from countermand.model.plan import StepLine
from countermand.plugins.config import PluginConfig
from countermand.plugins.protocols import Receipt, Standing, Told
from countermand.plugins.sandbox.behaviour import Behaviour
from countermand.plugins.sandbox.events import owe_event
from countermand.plugins.sandbox.ledger import end_act, honoured_act, note_act, open_acts
from countermand.plugins.sandbox.units import add_units, read_units, subject_of
from countermand.plugins.sandbox.world import Sandbox, open_sandbox

WORKING, HELD, CANCELLED, DESPATCHED = "working", "held", "cancelled", "despatched"


class SandboxFulfilment:
    """Fits `FulfilmentPlugin`. An order that it never heard of is being worked on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def hold(self, order: str, fulfilment_order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        return await self._move("fulfilment.hold", order, fulfilment_order, HELD, lines, key)

    async def release(self, order: str, fulfilment_order: str, *, key: str) -> Receipt:
        return await self._move("fulfilment.release", order, fulfilment_order, WORKING, (), key)

    async def cancel(self, order: str, fulfilment_order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        return await self._move("fulfilment.cancel", order, fulfilment_order, CANCELLED, lines, key)

    async def find(self, order: str, fulfilment_order: str, *, key: str) -> Receipt | None:
        return await self.sandbox.find("fulfilment.find", subject_of(key, order, fulfilment_order), key)

    async def _move(
        self, call: str, order: str, fulfilment_order: str, to: str, lines: tuple[StepLine, ...], key: str
    ) -> Receipt:
        subject = subject_of(key, order, fulfilment_order)

        def work(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt:
            landed = honoured_act(connection, subject, key, now)
            if landed is not None:
                return landed.receipt
            if read_state(connection, subject) == DESPATCHED:
                return Receipt(subject, Standing.ALREADY_DESPATCHED)
            pending = behaviour.pending if to == CANCELLED else None  # only a stop takes people and time
            act = note_act(
                connection, now, call, subject, key, pending=pending, fails=behaviour.pending_fails,
            )
            write_state(connection, subject, to)
            if to == CANCELLED:
                add_units(connection, subject, CANCELLED, lines)
                if pending is None:
                    owe_event(connection, now, "fulfilment", "stopped", act, behaviour)
            return act.receipt

        return await self.sandbox.act(call, subject, key, work)

    async def deliver_events(self, send: Callable[[Told], Awaitable[None]]) -> int:
        """`TellsEvents`: what happened to the goods."""
        return await self.sandbox.tell(send, "fulfilment")

    def close(self) -> None:
        self.sandbox.close()

    async def despatch(self, merchant: str, order: str, fulfilment_order: str) -> None:
        """The goods leave the building, whatever was asked: stops that were on their way come too late."""
        subject = f"{merchant}/{order}/{fulfilment_order}"

        def leave(connection: sqlite3.Connection) -> None:
            write_state(connection, subject, DESPATCHED)
            for act in open_acts(connection, subject):
                end_act(connection, act, Standing.ALREADY_DESPATCHED)

        await self.sandbox.ledger.run(leave)

    async def state(self, merchant: str, order: str, fulfilment_order: str) -> str:
        """working, held, cancelled (some unit was stopped) or despatched; for demos and tests."""
        subject = f"{merchant}/{order}/{fulfilment_order}"
        return await self.sandbox.ledger.run(lambda connection: read_state(connection, subject))

    async def stopped(self, merchant: str, order: str, fulfilment_order: str) -> dict[str, int]:
        """Units stopped per line; for demos and tests."""
        subject = f"{merchant}/{order}/{fulfilment_order}"
        return await self.sandbox.ledger.run(lambda connection: read_units(connection, subject, CANCELLED))


def load(config: PluginConfig) -> SandboxFulfilment:
    """The entry point `sandbox` of countermand.fulfilment."""
    return SandboxFulfilment(open_sandbox(config))


def read_state(connection: sqlite3.Connection, subject: str) -> str:
    row = connection.execute("SELECT state FROM fulfilments WHERE subject = ?", (subject,)).fetchone()
    return WORKING if row is None else str(row[0])


def write_state(connection: sqlite3.Connection, subject: str, state: str) -> None:
    connection.execute(
        "INSERT INTO fulfilments (subject, state) VALUES (?, ?) "
        "ON CONFLICT (subject) DO UPDATE SET state = excluded.state",
        (subject, state),
    )
