"""Do the stored rows keep the invariants? Reads only, on a live database, in constant memory."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from countermand.store.base import SqlStore
from countermand.store.directory_port import AuditRow, Store
from countermand.store.invariants import AUDIT_PAGE, INVARIANTS
from countermand.store.lists import audit_row

MOST_ROWS = 100
"""Offending rows told for one invariant; the first hundred say what is wrong."""

PAGE = 2_000

LinkDigest = Callable[[AuditRow], str]
"""What the digest of an entry must be, from its content and `previous` (inform/audit.py)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One offending row: `row` names it within the order, `detail` says what is wrong."""

    invariant: str
    says: str
    merchant: str
    order: str
    row: str
    detail: str


async def verify(
    store: Store, merchant: str | None = None, link_digest: LinkDigest | None = None
) -> AsyncIterator[Violation]:
    """Every row that breaks an invariant. `merchant` None = all; `link_digest` None = chains are not rehashed."""
    assert isinstance(store, SqlStore), "a store of ours"
    for each in INVARIANTS:
        for row in await store.read(each.text(store.engine), merchant=merchant, limit=MOST_ROWS):
            yield Violation(each.number, each.says, *(str(cell) for cell in row[:4]))
    if link_digest is not None:
        async for violation in verify_chains(store, merchant, link_digest):
            yield violation


async def verify_chains(store: SqlStore, merchant: str | None, link_digest: LinkDigest) -> AsyncIterator[Violation]:
    """Hash every link again, a page at a time."""
    after, order, head, expected = ("", "", 0), ("", ""), "", 1
    while True:
        rows = await store.read(
            AUDIT_PAGE, merchant=merchant, limit=PAGE, after_merchant=after[0], after_number=after[1],
            after_sequence=after[2],
        )
        for row in rows:
            if (row[0], row[1]) != order:
                order, head, expected = (row[0], row[1]), "", 1
            entry = audit_row(row[2:], {})
            wrong = fault_of(entry, head, expected, link_digest)
            if wrong:
                yield Violation("INV-05", "the audit chain is whole", *order, f"entry {entry.sequence}", wrong)
            head, expected = entry.digest, entry.sequence + 1
        if len(rows) < PAGE:
            return
        after = (rows[-1][0], rows[-1][1], rows[-1][2])


def fault_of(entry: AuditRow, head: str, expected: int, link_digest: LinkDigest) -> str | None:
    if entry.sequence != expected:
        return f"entry {expected} is missing"
    if entry.previous != head:
        return "it does not follow the entry before it"
    return None if link_digest(entry) == entry.digest else "its content does not give its digest"
