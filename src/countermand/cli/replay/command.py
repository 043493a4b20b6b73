"""`countermand replay`: real history through the real use cases, and a report."""

import csv
import logging
from enum import StrEnum
from importlib.resources import files as packaged
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from countermand.cli.output import JSON_OPTION, Exit, Quit, progress, say_json


class Warehouse(StrEnum):
    STILL = "still"
    REAL = "real"


def replay(
    files: list[Path] | None = typer.Argument(None, help="Files of UCI Online Retail II; none: the extract."),
    warehouse: Warehouse = typer.Option(
        Warehouse.STILL, "--warehouse", help="still: nothing ships; real: stages move as a real marketplace's do."
    ),
    merchant: str = typer.Option("uci", "--merchant", "-m", help="The merchant to create and to replay into."),
    limit: int | None = typer.Option(None, "--limit", min=1, help="Stop after this many invoices."),
    ledger: Path | None = typer.Option(None, "--ledger", help="What tools/ledger/run.py --out wrote, to compare."),
    seed: int = typer.Option(1, "--seed", help="The chance of --warehouse real."),
    json: bool = JSON_OPTION,
) -> None:
    """Replay the invoices of a real wholesaler: purchases become orders, `C` invoices become requests.

    Everything goes through the same use cases as the API, in time order, on a clock that is set. The rules are in
    docs/replay.md. Ends with `verify`; exit code 1 if anything is not as it should be.

    Examples:

      countermand replay

      countermand replay --warehouse real --seed 7 --json

      countermand replay year1.csv.gz year2.csv.gz --warehouse still --ledger refunds.csv
    """
    from countermand.cli.replay.engine import replay_files
    from countermand.cli.replay.report import say_report
    from countermand.cli.replay.uci import NotTheFormat
    from countermand.cli.runtime import run, settings
    from countermand.cli.setting_up import must_be_slug

    must_be_slug(merchant, "merchant")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    chosen = files or [extract()]
    for path in (*chosen, *([ledger] if ledger else [])):
        if not path.is_file():
            raise Quit(f"there is no file {path}")
    expected = read_ledger(ledger) if ledger else None
    with TemporaryDirectory(prefix="countermand-replay-") as folder, progress("Replaying invoices", limit) as bar:
        work = replay_files(
            settings(), chosen, merchant, still=warehouse is Warehouse.STILL, limit=limit, expected=expected,
            seed=seed, folder=Path(folder), progress=bar.to,
        )
        try:
            report = run(work)
        except NotTheFormat as error:
            raise Quit(str(error), "The files of UCI Online Retail II have these columns.") from error
    if json:
        say_json(report.as_json())
    else:
        say_report(report)
    if not report.clean:
        raise typer.Exit(int(Exit.FAILED))


def extract() -> Path:
    """The extract that ships with Countermand."""
    return Path(str(packaged("countermand.data") / "online_retail_extract.csv.gz"))


def read_ledger(path: Path) -> dict[str, tuple[int, int]]:
    """Units and pence per invoice. Errors: Quit if it is another file."""
    with path.open(encoding="utf-8", newline="") as text:
        try:
            return {row["invoice"]: (int(row["units"]), int(row["amount"])) for row in csv.DictReader(text)}
        except (KeyError, ValueError) as error:
            hint = "Make it with tools/ledger/run.py … --out FILE."
            raise Quit(f"{path} is not a ledger: {error}", hint) from error
