"""The way of every call into the sandbox, and the handles by which a demo or a test moves it."""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from countermand.plugins.config import Clock, PluginConfig, Sleep
from countermand.plugins.protocols import Failure, PluginError, Receipt, Standing, Told
from countermand.plugins.sandbox.behaviour import Behaviour, behaviour_now, take_turn, write_behaviour
from countermand.plugins.sandbox.events import SandboxEvent, deliver_events, events_due, owe_event
from countermand.plugins.sandbox.ledger import (
    Act,
    Ledger,
    due_acts,
    end_act,
    find_act,
    instant,
    keys_last,
    note_call,
    note_outcome,
)

Work = Callable[[sqlite3.Connection, datetime, Behaviour], Receipt | None]

EVENT_OF_CALL = {
    "payment.refund": ("payment", "refunded", "refund_failed"),
    "payment.void": ("payment", "voided", "void_failed"),
    "fulfilment.cancel": ("fulfilment", "stopped", "not_stopped"),
}


class Sandbox:
    """One sandbox file, opened. The three plugins call through `call`; everything else is for demos and tests."""

    def __init__(self, path: str, clock: Clock, sleep: Sleep) -> None:
        self.ledger = Ledger(path)
        self._clock = clock
        self._sleep = sleep

    def now(self) -> datetime:
        return self._clock.now().astimezone(UTC)

    async def call(self, call: str, subject: str, key: str, work: Work) -> Receipt | None:
        """One call from outside: behave as told, do the work in one transaction, answer or lose the answer.

        Errors: PluginError, TRANSIENT with nothing done, PERMANENT as refused, UNKNOWN with the work done.
        """
        number, behaviour = await self.ledger.run(lambda connection: self._begin(connection, call, subject, key))
        if behaviour.delay:
            await self._sleep(behaviour.delay)
        if behaviour.transient:
            await self._note(number, "transient")
            raise PluginError(Failure.TRANSIENT, "The sandbox is busy: nothing was done.", "busy")
        if behaviour.refuse is not None:
            await self._note(number, "refused")
            raise PluginError(Failure.PERMANENT, "The sandbox refuses, as it was told to.", behaviour.refuse)
        try:
            receipt = await self.ledger.run(lambda connection: self._work(connection, number, behaviour, work))
        except PluginError as refused:
            await self._note(number, refused.failure.value)
            raise
        if behaviour.timeout_after_work is not None:
            await self._sleep(behaviour.timeout_after_work)
            raise PluginError(Failure.UNKNOWN, "The sandbox did not answer in time.", "timeout")
        if behaviour.lose_answer:
            raise PluginError(Failure.UNKNOWN, "The connection broke before the answer came.", "connection_reset")
        return receipt

    async def act(self, call: str, subject: str, key: str, work: Work) -> Receipt:
        """A call whose work always has a receipt."""
        receipt = await self.call(call, subject, key, work)
        assert receipt is not None, "an act proves itself"
        return receipt

    async def find(self, call: str, subject: str, key: str) -> Receipt | None:
        """What became of a key, from the subject's own list."""
        def look(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt | None:
            act = None if behaviour.blind else find_act(connection, subject, key)
            return act.receipt if act else None

        return await self.call(call, subject, key, look)

    def _begin(self, connection: sqlite3.Connection, call: str, subject: str, key: str) -> tuple[int, Behaviour]:
        number = note_call(connection, self.now(), call, subject, key)
        return number, take_turn(connection, call, subject)

    def _work(
        self, connection: sqlite3.Connection, number: int, behaviour: Behaviour, work: Work
    ) -> Receipt | None:
        now = self.now()
        complete_due(connection, now)
        receipt = work(connection, now, behaviour)
        note_outcome(connection, number, receipt.standing.value if receipt else "nothing")
        return receipt

    async def _note(self, number: int, outcome: str) -> None:
        await self.ledger.run(lambda connection: note_outcome(connection, number, outcome))

    async def behave(self, call: str, behaviour: Behaviour, subject: str = "") -> None:
        """From now on, calls such as `payment.refund` go like this; `subject`: only about this payment or order."""
        await self.ledger.run(lambda connection: write_behaviour(connection, call, subject, behaviour))

    async def honour_keys(self, lasts: timedelta | None) -> None:
        """How long keys are honoured; plugins that are open learn it when they are opened again."""
        value = None if lasts is None else str(lasts.total_seconds())
        await self.ledger.run(lambda connection: connection.execute(
            "INSERT INTO settings (name, value) VALUES ('keys_last_seconds', ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value", (value,),
        ))

    def keys_last(self) -> timedelta | None:
        return self.ledger.run_here(keys_last) if self.ledger.is_there else None

    async def calls(self, call: str | None = None, key: str | None = None) -> int:
        """How many calls came in."""
        return await self._count("calls", call, key)

    async def effects(self, call: str | None = None, key: str | None = None) -> int:
        """How many acts really happened."""
        return await self._count("acts", call, key)

    async def _count(self, table: str, call: str | None, key: str | None) -> int:
        sql = f"SELECT count(*) FROM {table} WHERE (?1 IS NULL OR call = ?1) AND (?2 IS NULL OR key = ?2)"
        row = await self.ledger.run(lambda connection: connection.execute(sql, (call, key)).fetchone())
        return int(row[0])

    async def complete(self, key: str) -> None:
        """Finish a pending act now instead of when its time comes."""
        def hurry(connection: sqlite3.Connection) -> None:
            now = self.now()
            connection.execute(
                "UPDATE acts SET completes_at = ? WHERE key = ? AND completes_at IS NOT NULL", (instant(now), key)
            )
            complete_due(connection, now)

        await self.ledger.run(hurry)

    async def events(self, since: int = 0) -> list[SandboxEvent]:
        """Events with a greater number than `since` whose time has come, sent or not."""
        def read(connection: sqlite3.Connection) -> list[SandboxEvent]:
            complete_due(connection, self.now())
            return events_due(connection, self.now(), since, unsent=False)

        return await self.ledger.run(read)

    async def deliver_events(
        self, send: Callable[[SandboxEvent], Awaitable[None]], kind: str | None = None
    ) -> int:
        """Send the events that are due and were not sent yet; answers how many. `kind`: only these."""
        await self.ledger.run(lambda connection: complete_due(connection, self.now()))
        return await deliver_events(self.ledger, self.now(), send, kind)

    async def tell(self, send: Callable[[Told], Awaitable[None]], kind: str) -> int:
        """`TellsEvents` for the plugin of this kind. A sandbox that nobody used has nothing to tell, and no file."""
        if not self.ledger.is_there:
            return 0
        return await self.deliver_events(lambda event: send(event.told), kind)

    def close(self) -> None:
        self.ledger.close()


def open_sandbox(config: PluginConfig) -> Sandbox:
    return Sandbox(config.sandbox_path, config.clock, config.sleep)


def complete_due(connection: sqlite3.Connection, now: datetime) -> None:
    """End the pending acts whose time has come, and owe their events."""
    for act in due_acts(connection, now):
        kind, good, bad = EVENT_OF_CALL[act.call]
        if act.fails:
            undo_money(connection, act)
        end_act(connection, act, None if act.fails else Standing.DONE)
        owe_event(
            connection, now, kind, bad if act.fails else good, act, behaviour_now(connection, act.call, act.subject)
        )


def undo_money(connection: sqlite3.Connection, act: Act) -> None:
    """A refund or a void that failed at the bank: the money is where it was."""
    if act.amount is None:
        return
    column = "refunded" if act.call == "payment.refund" else "released"
    connection.execute(
        f"UPDATE payments SET {column} = {column} - ? WHERE reference = ? AND currency = ?",
        (act.amount.minor, act.subject, act.amount.currency),
    )
