"""`countermand import`: a file of orders into a merchant's tenancy."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from countermand.cli.output import JSON_OPTION, Quit, say, say_json

if TYPE_CHECKING:
    from countermand.cli.import_orders import Tally
    from countermand.context import Context


class Format(StrEnum):
    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"


def chosen_format(path: Path, wanted: Format, columns: Path | None) -> Format:
    """CSV by its ending or because there is a column map; JSON Lines otherwise."""
    if wanted is not Format.AUTO:
        return wanted
    return Format.CSV if columns is not None or path.suffix.lower() in (".csv", ".tsv") else Format.JSONL


def import_file(
    file: Path = typer.Argument(..., help="JSON Lines (one order of POST /orders a line) or CSV."),
    merchant: str = typer.Option(..., "--merchant", "-m", help="The merchant whose orders these are."),
    columns: Path | None = typer.Option(None, "--map", help="A TOML file: which column is which field (CSV)."),
    format: Format = typer.Option(Format.AUTO, "--format", help="What the file is; auto: by its ending."),
    create_sellers: bool = typer.Option(True, help="Create sellers that are named and unknown. Holders never are."),
    json: bool = JSON_OPTION,
) -> None:
    """Import orders. Each is taken whole or not at all; running it again changes nothing.

    What cannot be read is put aside in FILE.rejected.jsonl (or .csv) with its line number and the reason. An order
    whose sums disagree is stored as quarantined: visible, on the worklist, self-service off. An order that exists and
    differs is replaced if its source_updated_at is newer, and put aside otherwise.

    Examples:

      countermand import orders.jsonl --merchant acme

      countermand import export.csv --merchant acme --map columns.toml --json

    A column map, where a row is an order line and rows of one order stand next to each other:

      amounts = "major"                      # 12.50; "minor" (1250) if left out

      [columns]

      number = "Order ID"

      placed_at = "Created at"               # 2026-11-21T10:00:00Z

      "line.sku" = "SKU"

      "line.quantity" = "Qty"

      "line.unit_price" = "Price"

      [defaults]

      currency = "EUR"
    """
    from countermand.cli.import_file import take_file
    from countermand.cli.import_files import ColumnMap, csv_orders, json_lines, read_map
    from countermand.cli.runtime import run_with

    if not file.is_file():
        raise Quit(f"there is no file {file}")
    as_csv = chosen_format(file, format, columns) is Format.CSV
    mapped = read_map(columns) if columns is not None else ColumnMap()
    entries = csv_orders(file, mapped) if as_csv else json_lines(file)

    async def work(ctx: "Context") -> "Tally":
        return await take_file(ctx, merchant, file, entries, as_csv, create_sellers)

    tally = run_with(work)
    if json:
        say_json({"imported": tally.imported, "unchanged": tally.unchanged, "put_aside": tally.put_aside})
    else:
        say_tally(tally, file, as_csv)


def say_tally(tally: "Tally", file: Path, as_csv: bool) -> None:
    """What became of the file, for people."""
    replaced = f" ({tally.replaced:,} replaced)" if tally.replaced else ""
    say(f"{tally.imported:,} imported{replaced}, {tally.unchanged:,} unchanged, {tally.put_aside:,} put aside.")
    if tally.created_sellers:
        say(f"{tally.created_sellers:,} sellers created.")
    if tally.quarantined:
        say(f"{tally.quarantined:,} of those put aside are stored as quarantined: their sums disagree.")
    if tally.put_aside:
        say(f"What was put aside, and why: {file}.rejected.{'csv' if as_csv else 'jsonl'}")
