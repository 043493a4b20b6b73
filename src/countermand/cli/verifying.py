"""The check of all stored rows, for `verify` and for the end of a replay."""

from dataclasses import dataclass

from countermand.context import Context


@dataclass(frozen=True, slots=True)
class Violation:
    """One row that breaks an invariant of docs/architecture.md."""

    invariant: str
    row: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The names of the checks that ran, and what they found."""

    checks: tuple[str, ...]
    violations: tuple[Violation, ...]


async def verify_rows(ctx: Context, merchant: str | None = None) -> Verified:
    """Run every check over the rows of one merchant, or of all."""
    raise NotImplementedError(ctx, merchant)
