"""Direct checks of one JSON value each, for the intake of orders: fast, and every fault with its path.

Nothing here loops over characters: an import takes thousands of orders a second.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

GREATEST_AMOUNT = 10**15
MOST_QUANTITY = 1_000_000
MOST_FAULTS = 200

Body = Mapping[str, Any]


class Found:
    """The faults found so far; more than MOST_FAULTS are not listed."""

    __slots__ = ("faults",)

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []

    def add(self, path: str, message: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append((path, message))

    def unknown(self, body: Body, known: frozenset[str], at: str) -> None:
        """Refuse fields that this object does not have; called only when there are some."""
        for name in body:
            if name not in known:
                self.add(f"{at}{name}"[:200], "is not a known field; remove it")

    def whole(
        self, body: Body, name: str, at: str, default: int | None = 0, least: int = 0, most: int = GREATEST_AMOUNT
    ) -> int:
        """A whole number. `default` None = it is required. True and 1.0 are no whole numbers."""
        value = body.get(name)
        if type(value) is int and least <= value <= most:
            return value
        if value is None:
            if default is not None:
                return default
            self.add(at + name, "is required")
        elif type(value) is int:
            self.add(at + name, f"must be from {least} to {most}")
        else:
            self.add(at + name, "must be a whole number, without a point and without quotes")
        return default or least

    def text(self, body: Body, name: str, at: str, most: int, required: bool = False) -> str | None:
        """Text that every database can hold. Control and direction characters stay: they are shown inert."""
        value = body.get(name)
        if value is None:
            if required:
                self.add(at + name, "is required")
            return None
        if type(value) is not str:
            self.add(at + name, "must be text")
        elif not value:
            self.add(at + name, "must not be empty")
        elif len(value) > most:
            self.add(at + name, f"must be {most} characters or less")
        elif "\0" in value:
            self.add(at + name, "must not contain the character NUL")
        elif not value.isascii() and not encodable(value):
            self.add(at + name, "contains half of a surrogate pair; send whole characters")
        else:
            return value
        return None

    def name(
        self, body: Body, name: str, at: str, pattern: re.Pattern[str], like: str, required: bool = False
    ) -> str | None:
        """An id that somebody chose, in the letters of `pattern`."""
        value = body.get(name)
        if value is None:
            if required:
                self.add(at + name, "is required")
            return None
        if type(value) is not str:
            self.add(at + name, "must be text")
        elif pattern.fullmatch(value) is None:
            self.add(at + name, f"must be {like}")
        else:
            return value
        return None

    def flag(self, body: Body, name: str, at: str, default: bool) -> bool:
        value = body.get(name)
        if value is None:
            return default
        if type(value) is bool:
            return value
        self.add(at + name, "must be true or false")
        return default

    def choice(self, body: Body, name: str, at: str, choices: Mapping[str, Any], default: Any) -> Any:
        """One of a closed set; `choices` maps its words to its members."""
        value = body.get(name)
        if value is None:
            return default
        if type(value) is str and value in choices:
            return choices[value]
        self.add(at + name, f"must be one of {', '.join(choices)}")
        return default

    def instant(self, body: Body, name: str, at: str, required: bool = False) -> datetime | None:
        """An RFC 3339 instant, as UTC."""
        value = body.get(name)
        if value is None:
            if required:
                self.add(at + name, "is required")
            return None
        read = read_instant(value) if type(value) is str else None
        if read is None:
            self.add(at + name, "must be an instant with its offset, such as 2026-11-21T10:00:00Z")
        return read

    def items(self, body: Body, name: str, at: str, most: int) -> list[tuple[str, Body]]:
        """The objects of a list, each with the path that its fields begin with."""
        values = body.get(name)
        if values is None:
            return []
        if type(values) is not list:
            self.add(at + name, "must be a list")
            return []
        if len(values) > most:
            self.add(at + name, f"must have {most} entries or less")
            return []
        read: list[tuple[str, Body]] = []
        for index, value in enumerate(values):
            if type(value) is dict:
                read.append((f"{at}{name}[{index}].", value))
            else:
                self.add(f"{at}{name}[{index}]", "must be an object")
        return read

    def words(self, body: Body, name: str, at: str, most: int, length: int) -> tuple[str, ...]:
        """A list of short texts, each kept once."""
        values = body.get(name)
        if values is None or values == []:
            return ()
        if type(values) is not list or len(values) > most:
            self.add(at + name, f"must be a list of {most} texts or less")
            return ()
        for index in range(len(values)):
            one = {f"{name}[{index}]": values[index]}
            self.text(one, f"{name}[{index}]", at, length, required=True)
        return tuple(dict.fromkeys(value for value in values if type(value) is str))

    def one_of(self, value: str | None, known: Collection[str], path: str, message: str) -> None:
        if value is not None and value not in known:
            self.add(path, message)


def encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_instant(value: str) -> datetime | None:
    """An instant of RFC 3339, section 5.6, as UTC; None = it is none. Parts of a microsecond are cut off."""
    if not 20 <= len(value) <= 40 or value[10] not in "Tt" or not value.isascii():
        return None
    if value[4] != "-" or value[7] != "-" or value[13] != ":" or value[16] != ":" or value[19] not in ".Z+-z":
        return None
    if value[-1] not in "Zz" and (value[-3] != ":" or value[-6] not in "+-"):
        return None
    try:
        read = datetime.fromisoformat(value.upper())
        return read if read.tzinfo is UTC else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
