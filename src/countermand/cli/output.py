"""What the command line says: tables for people, JSON for scripts, one line and a hint when something is wrong.

Results go to standard output; notes, progress and errors to standard error, so that a pipe stays clean. Colours and
progress bars only on a terminal; `NO_COLOR` is obeyed (by rich).
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Protocol

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table


class Exit(IntEnum):
    """What an exit code means."""

    OK = 0
    FAILED = 1  # also: verify found rows that break an invariant
    USAGE = 2  # a wrong name, field, file or option
    NOT_ELIGIBLE = 3  # the rules say no
    CONFLICT = 4  # somebody else was first, or it is there already
    UNKNOWN = 5  # we cannot tell whether it happened: look before you repeat


class Quit(Exception):
    """Ends the command with one line and a hint what to do."""

    def __init__(self, message: str, hint: str | None = None, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


JSON_HELP = "Print JSON instead of text."
JSON_OPTION = typer.Option(False, "--json", help=JSON_HELP)


PIPE_WIDTH = 200
"""Columns of a table that does not go to a terminal."""


def out() -> Console:
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)


def err() -> Console:
    return Console(stderr=True, soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """A line of a result."""
    out().print(text, markup=False)


def note(text: str) -> None:
    """Something beside the result."""
    err().print(text, markup=False, style="dim")


def complain(problem: Quit) -> None:
    """One line, and a second one that helps."""
    err().print(f"Error: {problem.message}", markup=False, style="red")
    if problem.hint:
        err().print(f"Hint: {problem.hint}", markup=False)


def say_json(value: object) -> None:
    """One line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = "Nothing here yet.") -> None:
    """A table; numbers stand on the right."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numbers = all(isinstance(row[index], int) and not isinstance(row[index], bool) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out().print(table)


def amount(minor: int, currency: str) -> str:
    """`44.65 EUR`: an amount in minor units as people write it."""
    from countermand.model.money import minor_digits

    digits = minor_digits(currency)
    sign, whole = ("-", -minor) if minor < 0 else ("", minor)
    units, rest = divmod(whole, 10**digits)
    return f"{sign}{units:,}.{rest:0{digits}} {currency}" if digits else f"{sign}{units:,} {currency}"


class Bar(Protocol):
    """Long work on its way."""

    def to(self, done: int) -> None: ...


class _Quiet:
    def to(self, done: int) -> None:
        """Nobody watches."""


class _Shown:
    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task = progress, task

    def to(self, done: int) -> None:
        self._progress.update(self._task, completed=done)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Bar]:
    """A progress bar on standard error, if that is a terminal; else nothing. `total` None = nobody knows."""
    console = err()
    if not console.is_terminal:
        yield _Quiet()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        yield _Shown(shown, shown.add_task(label, total=total))
