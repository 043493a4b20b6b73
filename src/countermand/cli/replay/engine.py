"""One replay from its files to its report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from countermand.cli.import_orders import Importer
from countermand.cli.output import Exit, Quit
from countermand.cli.replay.history import History, check_orders, meant_orders, tell_of, watch_list
from countermand.cli.replay.matching import Ledger
from countermand.cli.replay.report import Report
from countermand.cli.replay.uci import invoices
from countermand.cli.runtime import Settings, opened
from countermand.cli.tenancy import new_merchant, put_terms
from countermand.cli.verifying import told, verify_rows
from countermand.cli.virtual import SetClock, virtual_host
from countermand.context import Context
from countermand.execute.runner import Runner
from countermand.model.fulfilment import Holder

NODE = "replay"


async def replay_files(
    chosen: Settings, files: list[Path], merchant: str, *, still: bool, limit: int | None,
    expected: dict[str, tuple[int, int]] | None, seed: int, folder: Path, progress: Callable[[int], None],
) -> Report:
    """Replay, check every order that was asked about, verify. `folder`: for the sandbox's own file."""
    report = Report("still" if still else "real")
    ledger = watch_list(files)
    clock = SetClock(next(invoices(files)).at)
    host = virtual_host(clock, seed)
    own = replace(chosen, sandbox=str(folder / "sandbox.sqlite"), smtp=None)
    async with opened(own, host) as ctx:
        await _new_tenancy(ctx, merchant, still)
        importer = Importer(ctx, merchant, tell_of(report))
        await importer.start()
        meant = frozenset[str]() if still else meant_orders(files, Ledger(ledger.watch))
        history = History(ctx, clock, Runner(ctx, NODE), merchant, still, report, importer, ledger, meant)
        started = clock.monotonic()
        await history.replay(files, limit, progress)
        report.seconds = clock.monotonic() - started
        await check_orders(history, expected)
        await _verify(ctx, report)
    return report


async def _verify(ctx: Context, report: Report) -> None:
    found = await verify_rows(ctx)
    report.invariants = found.checks
    report.violations = [told(each) for each in found.violations]


async def _new_tenancy(ctx: Context, merchant: str, still: bool) -> None:
    """The merchant, its one holder, and the policy that docs/replay.md states."""
    if not await new_merchant(ctx, merchant, "UCI Online Retail II"):
        raise Quit(f"merchant {merchant} exists; a replay begins with an empty one",
                   "Name another: --merchant uci-2", Exit.CONFLICT)
    await ctx.store.create_holder(Holder(merchant, "main", "Warehouse"), ctx.host.now())
    if still:
        await put_terms(ctx, merchant, {"refund_timing": "at_once"})
