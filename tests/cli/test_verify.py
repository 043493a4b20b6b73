"""`verify` ends 0 when the rows are clean, and 1 with the rows named when they are not."""

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from tests.cli.world import Shell, order, written

DAMAGE = "UPDATE orders SET audit_sequence = audit_sequence + 1 WHERE number = '1042'"


def damage(database: str) -> None:
    """Change a row behind the store's back."""
    if database.startswith("sqlite:///"):
        with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
            connection.execute(DAMAGE)
        return

    async def execute() -> None:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(DAMAGE)
        finally:
            await connection.close()

    asyncio.run(execute())


def test_a_row_that_breaks_an_invariant_is_named(acme: Shell, tmp_path: Path) -> None:
    acme("import", written(tmp_path / "orders.jsonl", order("1041"), order("1042")), "--merchant", "acme")
    acme("cancel", "1041", "--merchant", "acme", "--yes")
    assert "clean" in acme("verify").out
    assert acme("verify", "--json").json["violations"] == []
    damage(acme.database)
    ran = acme("verify", "--merchant", "acme", code=1)
    assert "INV-05" in ran.out
    assert "acme/1042" in ran.out
    found = acme("verify", "--json", code=1).json
    assert {each["order"] for each in found["violations"]} == {"1042"}
    assert not found["clean"]
