"""The check of all stored rows, for `verify` and for the end of a replay."""

from dataclasses import dataclass

from countermand.context import Context
from countermand.inform.audit import link_digest
from countermand.store.directory_port import AuditRow
from countermand.store.invariants import INVARIANTS
from countermand.store.verify import Violation, verify

MOST_KEPT = 1_000
"""Offending rows that are told; the first thousand say what is wrong."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How many checks ran, and the rows that break one."""

    checks: int
    violations: tuple[Violation, ...]


async def verify_rows(ctx: Context, merchant: str | None = None) -> Verified:
    """Run every check over the rows of one merchant, or of all; the audit's chains are hashed again."""
    found: list[Violation] = []
    async for violation in verify(ctx.store, merchant, _digest):
        found.append(violation)
        if len(found) >= MOST_KEPT:
            break
    return Verified(len(INVARIANTS) + 1, tuple(found))


def _digest(entry: AuditRow) -> str:
    return link_digest(entry.sequence, entry.at, entry.actor, entry.sealed, entry.previous)


def told(violation: Violation) -> str:
    """A row and what is wrong with it, in one line."""
    where = f"{violation.merchant}/{violation.order} {violation.row}"
    return f"{violation.invariant} {where}: {violation.detail} (it should hold that {violation.says})"
