"""What a replay did, as numbers: counted on the way, checked at the end, printed as a table or as JSON."""

import resource
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from countermand.cli.output import amount, say, say_table

MOST_NAMED = 20
"""How many differences are named; all are counted."""


@dataclass(slots=True)
class Report:
    """Counters of one replay. Money in minor units of `currency`. `differences`: what a check did not expect."""

    warehouse: str
    currency: str = "GBP"
    orders: int = 0
    lines: int = 0
    requests: int = 0
    units_asked: int = 0
    at_submission: Counter[str] = field(default_factory=Counter)
    at_the_end: Counter[str] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    goods: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unmatched: Counter[str] = field(default_factory=Counter)
    cancellations: int = 0
    units_cancelled: int = 0
    units_returned: int = 0
    orders_refunded: int = 0
    refunded: int = 0
    put_aside: int = 0
    invariants: int = 0
    violations: list[str] = field(default_factory=list)
    ledger_checked: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.violations and not self.differences and not self.put_aside

    def as_json(self) -> dict[str, Any]:
        return {
            "warehouse": self.warehouse, "orders": self.orders, "lines": self.lines, "requests": self.requests,
            "units_asked": self.units_asked, "cancellations": self.cancellations,
            "approved": self.at_submission["approved"], "awaiting": self.at_submission["awaiting_approval"],
            "declined": dict(sorted(self.declined.items())), "states": dict(sorted(self.at_the_end.items())),
            "answers": dict(sorted(self.answers.items())), "goods": dict(sorted(self.goods.items())),
            "left_out": dict(sorted(self.left_out.items())), "unmatched": dict(sorted(self.unmatched.items())),
            "put_aside": self.put_aside,
            "units_cancelled": self.units_cancelled, "units_returned": self.units_returned,
            "orders_refunded": self.orders_refunded, "refunded": self.refunded, "currency": self.currency,
            "ledger_checked": self.ledger_checked, "differences": self.differences[:MOST_NAMED],
            "differences_count": len(self.differences),
            "invariants": self.invariants, "violations": self.violations[:MOST_NAMED],
            "violations_count": len(self.violations),
            "seconds": round(self.seconds, 1), "orders_per_second": self.rate, "peak_rss_mb": peak_rss_mb(),
        }

    @property
    def rate(self) -> int:
        return round(self.orders / self.seconds) if self.seconds else 0


def peak_rss_mb() -> int:
    """The most memory this process ever held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1024) if sys.platform != "darwin" else round(peak / 1024 / 1024)


def say_report(report: Report) -> None:
    """The report for people."""
    rows: list[tuple[str, object]] = [
        ("orders", f"{report.orders:,} with {report.lines:,} lines"),
        ("`C` invoices", f"{report.cancellations:,}"),
        ("requests", f"{report.requests:,} for {report.units_asked:,} units"),
        ("approved at once", f"{report.at_submission['approved']:,}"),
        ("asked of the holder", f"{report.at_submission['awaiting_approval']:,}"),
        ("declined at once", f"{report.at_submission['declined']:,}"),
        *((f"answered: {word}", f"{count:,}") for word, count in sorted(report.answers.items())),
        *((f"parts declined: {word}", f"{count:,}") for word, count in sorted(report.declined.items())),
        *((f"goods: {word}", f"{count:,}") for word, count in sorted(report.goods.items())),
        *((f"requests {word} at the end", f"{count:,}") for word, count in sorted(report.at_the_end.items())),
        ("cancelled", f"{report.units_cancelled:,} units"),
        ("came back", f"{report.units_returned:,} units"),
        ("refunded", f"{amount(report.refunded, report.currency)} on {report.orders_refunded:,} orders"),
        *((f"rows left out: {word}", f"{count:,}") for word, count in sorted(report.left_out.items())),
        *((f"units not matched: {word}", f"{count:,}") for word, count in sorted(report.unmatched.items())),
        ("put aside", f"{report.put_aside:,} orders"),
        ("ledger", f"{report.ledger_checked:,} orders compared" if report.ledger_checked else "not compared"),
        ("verify", f"{report.invariants} invariants checked, {len(report.violations)} broken"),
        ("speed", f"{report.rate:,} orders/s ({report.seconds:,.1f} s), {peak_rss_mb()} MiB at most"),
    ]
    say_table(("", ""), rows)
    for each in (*report.differences[:MOST_NAMED], *report.violations[:MOST_NAMED]):
        say(f"✗ {each}")
    say("Clean." if report.clean else "Not clean.")
