"""One file of orders taken, with a progress bar and a file for what is put aside."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from countermand.cli.import_files import Entry, csv_head
from countermand.cli.import_orders import Importer, PutAside, Tally
from countermand.cli.output import Quit, note, progress
from countermand.cli.runtime import known_merchant
from countermand.context import Context

MOST_SHOWN = 20
"""How many orders that were put aside are named on the screen; all are in the file."""


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


async def take_file(
    ctx: Context, merchant: str, file: Path, entries: Iterable[Entry], as_csv: bool, create_sellers: bool
) -> Tally:
    """Import a file's entries, with a progress bar on a terminal and a file for what is put aside."""
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
