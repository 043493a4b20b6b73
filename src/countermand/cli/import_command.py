"""`countermand import`: a file of orders into a merchant's tenancy."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec
import typer

from countermand.cli.import_files import ColumnMap, Entry, csv_head, csv_orders, json_lines, read_map
from countermand.cli.import_orders import Importer, PutAside, Tally
from countermand.cli.output import JSON_OPTION, Quit, note, progress, say, say_json
from countermand.context import Context

MOST_SHOWN = 20
"""How many orders that were put aside are named on the screen; all are in the file."""


class Format(StrEnum):
    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(slots=True)
class AsideFile:
    """Where orders go that were not taken as they are: beside the input, made only if there is one."""

    source: Path
    as_csv: bool
    stack: ExitStack
    count: int = 0
    _file: IO[str] | None = field(default=None)

    @property
    def path(self) -> Path:
        return self.source.with_name(f"{self.source.name}.rejected.{'csv' if self.as_csv else 'jsonl'}")

    def add(self, each: PutAside) -> None:
        self.count += 1
        if self.count <= MOST_SHOWN:
            note(f"line {each.line}: {each.reason}")
        elif self.count == MOST_SHOWN + 1:
            note("… and more: see the file of what was put aside.")
        if self._file is None:
            self._file = self.stack.enter_context(self.path.open("w", encoding="utf-8"))
            if self.as_csv:
                self._file.write(f"{csv_head(self.source)},rejected_line,rejected_reason\n")
        reason = msgspec.json.encode(each.reason).decode()
        if self.as_csv:
            quoted = '"' + each.reason.replace('"', '""') + '"'
            self._file.writelines(f"{row},{each.line},{quoted}\n" for row in each.raw.split("\n"))
        else:
            raw = msgspec.json.encode(each.raw).decode()
            quarantined = "true" if each.quarantined else "false"
            self._file.write(
                f'{{"line":{each.line},"reason":{reason},"quarantined":{quarantined},"order":{raw}}}\n'
            )


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
    from countermand.cli.runtime import run_with

    if not file.is_file():
        raise Quit(f"there is no file {file}")
    as_csv = chosen_format(file, format, columns) is Format.CSV
    mapped = read_map(columns) if columns is not None else ColumnMap()
    entries = csv_orders(file, mapped) if as_csv else json_lines(file)

    async def work(ctx: Context) -> Tally:
        return await take_file(ctx, merchant, file, entries, as_csv, create_sellers)

    tally = run_with(work)
    if json:
        say_json({"imported": tally.imported, "unchanged": tally.unchanged, "put_aside": tally.put_aside})
        return
    replaced = f" ({tally.replaced:,} replaced)" if tally.replaced else ""
    say(f"{tally.imported:,} imported{replaced}, {tally.unchanged:,} unchanged, {tally.put_aside:,} put aside.")
    if tally.created_sellers:
        say(f"{tally.created_sellers:,} sellers created.")
    if tally.quarantined:
        say(f"{tally.quarantined:,} of those put aside are stored as quarantined: their sums disagree.")
    if tally.put_aside:
        suffix = "csv" if as_csv else "jsonl"
        say(f"What was put aside, and why: {file}.rejected.{suffix}")


async def take_file(
    ctx: Context, merchant: str, file: Path, entries: Iterable[Entry], as_csv: bool, create_sellers: bool
) -> Tally:
    """Import a file's entries, with a progress bar on a terminal and a file for what is put aside."""
    from countermand.cli.runtime import known_merchant

    await known_merchant(ctx, merchant)
    if not await ctx.store.holders(merchant):
        raise Quit(f"{merchant} has no holder: nobody would send the goods",
                   f"countermand holders create main --merchant {merchant}")
    with ExitStack() as stack:
        aside = AsideFile(file, as_csv, stack)
        aside.path.unlink(missing_ok=True)
        importer = Importer(ctx, merchant, aside.add, create_sellers)
        await importer.start()
        bar = stack.enter_context(progress(f"Importing {file.name}", None))
        return await importer.take(entries, bar.to)
