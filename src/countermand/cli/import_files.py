"""Files of orders, read one order at a time: JSON Lines as they are, CSV through a map of its columns.

A CSV file has one row for each order line. Rows of one order stand next to each other; every column of the order must
say the same in each of its rows. Amounts are whole minor units, or decimal numbers with `amounts = "major"`.
"""

import csv
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import msgspec

from countermand.cli.output import Quit
from countermand.model.money import minor_digits

LONGEST_LINE = 4_000_000
"""Characters of one JSON line; a longer one is put aside without being read as an order."""
BUCKETS = 1 << 24

TEXTS = (
    "number", "placed_at", "currency", "source_updated_at", "customer.name", "customer.email", "customer.locale",
    "ship_to.city", "ship_to.postcode", "ship_to.country", "payment.provider", "payment.reference", "payment.state",
    "payment.method", "fulfilment_order.holder", "fulfilment_order.stage",
)
AMOUNTS = (
    "shipping.amount", "shipping.tax", "payment.authorised", "payment.captured", "payment.refunded",
    "accepted_excess",
)
FLAGS = ("prices_include_tax",)
LINE_TEXTS = ("line.id", "line.sku", "line.title", "line.seller", "line.kind", "line.tags", "line.expected_at")
LINE_AMOUNTS = ("line.unit_price", "line.discount", "line.tax")
LINE_COUNTS = ("line.quantity",)
OF_ORDER = (*TEXTS, *AMOUNTS, *FLAGS)
OF_LINE = (*LINE_TEXTS, *LINE_AMOUNTS, *LINE_COUNTS)
FIELDS = (*OF_ORDER, *OF_LINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One order of a file. `raw`: its text as it stood, for whoever corrects it. `fault`: why it is no order."""

    line: int
    raw: str
    body: bytes = b""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column holds which field. `major`: amounts are decimals such as 12.50. `defaults`: where no column is."""

    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    major: bool = False
    delimiter: str = ","

    def column(self, name: str) -> str:
        return self.columns.get(name, name)


def read_map(path: Path) -> ColumnMap:
    """A column map from its TOML file. Errors: Quit that names the wrong key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Quit(f"{path}: {error}", "A column map is TOML; see `countermand import --help`.") from error
    unknown = set(document) - {"columns", "defaults", "amounts", "delimiter"}
    for part in ("columns", "defaults"):
        unknown |= {f"{part}.{each}" for each in document.get(part, {}) if each not in FIELDS}
    if unknown:
        raise Quit(f"{path}: unknown: {', '.join(sorted(unknown))}", f"Fields are {', '.join(FIELDS)}.")
    if document.get("amounts", "minor") not in ("minor", "major"):
        raise Quit(f'{path}: amounts must be "minor" (cents) or "major" (12.50)')
    delimiter = document.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise Quit(f"{path}: delimiter must be one character")
    return ColumnMap(
        columns={key: str(value) for key, value in document.get("columns", {}).items()},
        defaults={key: str(value) for key, value in document.get("defaults", {}).items()},
        major=document.get("amounts") == "major",
        delimiter=delimiter,
    )


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            yield text
    except OSError as error:
        raise Quit(f"{path}: {error.strerror}", "Name a file of JSON Lines or CSV that can be read.") from error


def json_lines(path: Path) -> Iterator[Entry]:
    """One entry for each line that is not empty."""
    with opened(path) as text:
        number = 0
        while line := text.readline(LONGEST_LINE):
            number += 1
            if not line.endswith("\n") and len(line) == LONGEST_LINE:
                while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                    pass
                yield Entry(number, line[:200], fault=f"the line is longer than {LONGEST_LINE:,} characters")
            elif line.strip():
                yield Entry(number, line.rstrip("\r\n"), line.encode())


def csv_orders(path: Path, columns: ColumnMap) -> Iterator[Entry]:
    """One entry for each group of rows with the same number; a number that comes back later is refused throughout."""
    split = split_numbers(path, columns)
    for number, rows in _groups(path, columns):
        raw = "\n".join(row.raw for row in rows)
        if number in split:
            fault = f"rows of order {number} do not stand next to each other: sort the file by order number"
            yield Entry(rows[0].line, raw, fault=fault)
            continue
        try:
            body = msgspec.json.encode(_order(rows, columns))
        except ValueError as error:
            yield Entry(rows[0].line, raw, fault=str(error))
        else:
            yield Entry(rows[0].line, raw, body)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    raw: str
    cells: dict[str, str]


def _groups(path: Path, columns: ColumnMap) -> Iterator[tuple[str, list[_Row]]]:
    name = columns.column("number")
    for number, rows in groupby(_csv_rows(path, columns), key=lambda row: row.cells.get(name, "").strip()):
        yield number, list(rows)


def _csv_rows(path: Path, columns: ColumnMap) -> Iterator[_Row]:
    with opened(path) as text:
        reader = csv.reader(text, delimiter=columns.delimiter)
        head = [cell.strip() for cell in next(reader, [])]
        _check_head(path, head, columns)
        for cells in _readable(reader, path):
            if any(cell.strip() for cell in cells):
                named = dict(zip(head, cells, strict=False))
                if len(cells) > len(head):
                    named["\0"] = f"{len(cells)} cells under {len(head)} columns"
                yield _Row(reader.line_num, columns.delimiter.join(map(_quoted, cells)), named)


def _readable(reader: Any, path: Path) -> Iterator[list[str]]:
    """The rows of a reader. A quote that never closes swallows the rest of the file, so the import ends there."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Quit(f"{path}, line {reader.line_num}: {error}", "Is a quotation mark left open there?") from error
        if cells is None:
            return
        yield cells


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(each in cell for each in ',;\t"\r\n') else cell


def _check_head(path: Path, head: list[str], columns: ColumnMap) -> None:
    missing = [
        columns.column(name) for name in ("number", "line.sku", "line.quantity", "line.unit_price")
        if columns.column(name) not in head and name not in columns.defaults
    ]
    missing += [column for column in columns.columns.values() if column not in head and column not in missing]
    if missing:
        raise Quit(f"{path}: no column {', '.join(missing)}", "Name the columns in a map: --map columns.toml")


def csv_head(path: Path) -> str:
    """The file's first line, for the file of what is put aside."""
    with opened(path) as text:
        return text.readline().rstrip("\r\n")


def split_numbers(path: Path, columns: ColumnMap) -> frozenset[str]:
    """Numbers whose rows are parted by another order's.

    In constant memory: one byte a bucket finds the few numbers that may come twice, and only those are kept.
    """
    begun = bytearray(BUCKETS)
    for number, _ in _groups(path, columns):
        bucket = _bucket(number)
        begun[bucket] = min(begun[bucket] + 1, 2)
    seen: set[str] = set()
    split: set[str] = set()
    for number, _ in _groups(path, columns):
        if begun[_bucket(number)] > 1:
            (split if number in seen else seen).add(number)
    return frozenset(split)


def _bucket(number: str) -> int:
    return zlib.crc32(number.encode()) % BUCKETS


def _order(rows: list[_Row], columns: ColumnMap) -> dict[str, Any]:
    """The rows of one order in the shape of `POST /orders`. Errors: ValueError that names line and column."""
    first = _fields(rows[0], columns, OF_ORDER)
    for row in rows:
        if "\0" in row.cells:
            raise ValueError(f"line {row.line}: {row.cells[chr(0)]}")
        if (here := _fields(row, columns, OF_ORDER)) != first:
            differing = next(name for name in OF_ORDER if here.get(name) != first.get(name))
            raise ValueError(
                f"line {row.line}: column {columns.column(differing)} says {here.get(differing, '')!r},"
                f" line {rows[0].line} of the same order says {first.get(differing, '')!r}"
            )
    currency = first.get("currency", "")
    order = _typed(rows[0], first, columns, currency)
    order["lines"] = [
        {"id": str(index), **_typed(row, _fields(row, columns, OF_LINE), columns, currency).get("line", {})}
        for index, row in enumerate(rows, start=1)
    ]
    return _finished(order)


def _finished(order: dict[str, Any]) -> dict[str, Any]:
    order.setdefault("customer", {})
    for line in order["lines"]:
        line.setdefault("title", line.get("sku", ""))
        if "tags" in line:
            line["tags"] = line["tags"].split()
    if payment := order.pop("payment", None):
        payment.setdefault("provider", "unknown")
        order["payments"] = [{"id": "p1", **payment}]
    if place := order.pop("fulfilment_order", None):
        units = [{"line": line["id"], "quantity": line.get("quantity", 0)} for line in order["lines"]]
        order["fulfilment_orders"] = [{"id": "F1", "stage": "unreleased", **place, "lines": units}]
    return order


def _fields(row: _Row, columns: ColumnMap, names: Iterable[str]) -> dict[str, str]:
    found = ((name, row.cells.get(columns.column(name), "").strip()) for name in names)
    stated = ((name, text or columns.defaults.get(name, "")) for name, text in found)
    return {name: text for name, text in stated if text}


def _typed(row: _Row, texts: Mapping[str, str], columns: ColumnMap, currency: str) -> dict[str, Any]:
    """Dotted names as nested objects, numbers as numbers."""
    nested: dict[str, Any] = {}
    for name, text in texts.items():
        value: object = text
        try:
            if name in AMOUNTS or name in LINE_AMOUNTS:
                value = _minor(text, currency) if columns.major else _whole(text)
            elif name in LINE_COUNTS:
                value = _whole(text)
            elif name in FLAGS:
                value = _flag(text)
        except ValueError as error:
            raise ValueError(f"line {row.line}, column {columns.column(name)}: {error}") from error
        outer, _, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
        else:
            nested[outer] = value
    return nested


def _whole(text: str) -> int:
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _minor(text: str, currency: str) -> int:
    try:
        minor = Decimal(text).scaleb(minor_digits(currency))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not an amount such as 12.50") from error
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise ValueError(f"{text!r} has more digits than {currency or 'the currency'} has")
    return int(minor)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.lower() in ("true", "yes", "1")
