"""The sandbox's shop platform: lines shown as cancelled, stock put back once per key, and a limit on captures."""

import sqlite3
from datetime import datetime

from countermand.model.money import Money
from countermand.model.plan import StepLine
from countermand.plugins.config import PluginConfig
from countermand.plugins.protocols import Receipt
from countermand.plugins.sandbox.behaviour import Behaviour
from countermand.plugins.sandbox.ledger import honoured_act, note_act
from countermand.plugins.sandbox.units import add_units, read_units, subject_of
from countermand.plugins.sandbox.world import Sandbox, open_sandbox

CLOSED, STOCK = "closed", "stock"


class SandboxPlatform:
    """Fits `PlatformPlugin`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def cancel_lines(self, order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        return await self._count("platform.cancel_lines", order, CLOSED, lines, key)

    async def return_stock(self, order: str, lines: tuple[StepLine, ...], *, key: str) -> Receipt:
        return await self._count("platform.return_stock", order, STOCK, lines, key)

    async def limit_capture(self, order: str, payment: str | None, limit: Money, *, key: str) -> Receipt:
        subject = subject_of(key, order)

        def work(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt:
            landed = honoured_act(connection, subject, key, now)
            if landed is not None:
                return landed.receipt
            connection.execute(
                "INSERT INTO capture_limits (subject, payment, amount, currency) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (subject, payment) DO UPDATE SET amount = excluded.amount, currency = excluded.currency",
                (subject, payment or "", limit.minor, limit.currency),
            )
            return note_act(connection, now, "platform.limit_capture", subject, key, amount=limit).receipt

        return await self.sandbox.act("platform.limit_capture", subject, key, work)

    async def find(self, order: str, *, key: str) -> Receipt | None:
        return await self.sandbox.find("platform.find", subject_of(key, order), key)

    async def _count(self, call: str, order: str, word: str, lines: tuple[StepLine, ...], key: str) -> Receipt:
        subject = subject_of(key, order)

        def work(connection: sqlite3.Connection, now: datetime, behaviour: Behaviour) -> Receipt:
            landed = honoured_act(connection, subject, key, now)
            if landed is not None:
                return landed.receipt
            add_units(connection, subject, word, lines)
            return note_act(connection, now, call, subject, key).receipt

        return await self.sandbox.act(call, subject, key, work)

    def close(self) -> None:
        self.sandbox.close()

    async def closed(self, merchant: str, order: str) -> dict[str, int]:
        """Units shown as cancelled, per line; for demos and tests."""
        return await self._read(merchant, order, CLOSED)

    async def stock(self, merchant: str, order: str) -> dict[str, int]:
        """Units put back for sale, per line; for demos and tests."""
        return await self._read(merchant, order, STOCK)

    async def _read(self, merchant: str, order: str, word: str) -> dict[str, int]:
        return await self.sandbox.ledger.run(
            lambda connection: read_units(connection, f"{merchant}/{order}", word)
        )

    async def capture_limit(self, merchant: str, order: str, payment: str | None = None) -> Money | None:
        """The limit that holds; for demos and tests."""
        row = await self.sandbox.ledger.run(lambda connection: connection.execute(
            "SELECT amount, currency FROM capture_limits WHERE subject = ? AND payment = ?",
            (f"{merchant}/{order}", payment or ""),
        ).fetchone())
        return None if row is None else Money(*row)


def load(config: PluginConfig) -> SandboxPlatform:
    """The entry point `sandbox` of countermand.platform."""
    return SandboxPlatform(open_sandbox(config))
