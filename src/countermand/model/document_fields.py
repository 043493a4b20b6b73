"""Reading fields of a JSON document that people write by hand: every fault is kept, with its path and what to do."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
LONGEST = timedelta(days=3660)
MOST_LANGUAGES = 60
GREATEST_AMOUNT = 10**15

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """One JSON object being read. A reader returns None when the field is absent, null or faulty.

    `faults` is shared by all objects of a document. `taken` remembers what was asked for, so that `finish` can
    refuse the rest by name.
    """

    def __init__(self, value: object, at: str, faults: list[tuple[str, str]]) -> None:
        self.at = at
        self.faults = faults
        self.taken: set[str] = set()
        self.value: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self.value = value
        else:
            faults.append((at or "(document)", "must be an object"))

    def path(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def fault(self, name: str, message: str) -> None:
        self.faults.append((self.path(name), message))

    def has(self, name: str) -> bool:
        return name in self.value

    def get(self, name: str) -> object:
        self.taken.add(name)
        return self.value.get(name)

    def finish(self) -> None:
        """Refuse every field that nobody asked for."""
        for name in self.value:
            if name not in self.taken:
                self.fault(str(name), "is not a known field; remove it")

    def whole(self, name: str, least: int = 0, most: int = GREATEST_AMOUNT) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if type(value) is int and least <= value <= most:
            return value
        self.fault(name, f"must be a whole number from {least} to {most}")
        return None

    def flag(self, name: str) -> bool | None:
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.fault(name, "must be true or false")
        return None

    def text(self, name: str, most: int, pattern: re.Pattern[str] | None = None, like: str = "") -> str | None:
        value = self.get(name)
        if value is None:
            return None
        if readable(value, most) and isinstance(value, str) and (pattern is None or pattern.fullmatch(value)):
            return value
        self.fault(name, f"must be {like or 'text'}, at most {most} characters")
        return None

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice | None:
        value = self.get(name)
        if value is None:
            return None
        for each in choices:
            if value == each.value:
                return each
        self.fault(name, f"must be one of {', '.join(each.value for each in choices)}")
        return None

    def choices(self, name: str, choices: Sequence[Choice]) -> frozenset[Choice] | None:
        values = self.get(name)
        if values is None:
            return None
        known = {each.value: each for each in choices}
        if isinstance(values, list) and values and all(isinstance(each, str) and each in known for each in values):
            return frozenset(known[each] for each in values)
        self.fault(name, f"must be a list of one or more of {', '.join(known)}")
        return None

    def duration(self, name: str, least: timedelta = timedelta()) -> timedelta | None:
        value = self.get(name)
        if value is None:
            return None
        length = read_duration(value)
        if length is not None and least <= length <= LONGEST:
            return length
        self.fault(
            name, f"must be a length such as \"PT4H\" or \"P14D\", or whole seconds, from {written_duration(least)} "
            f"to {written_duration(LONGEST)}; months and years have no fixed length",
        )
        return None

    def texts(self, name: str, most: int) -> dict[str, str]:
        """Text per language."""
        value = self.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > MOST_LANGUAGES:
            self.fault(name, f"must be an object of at most {MOST_LANGUAGES} texts by language, such as "
                             "{\"en\": \"…\"}")
            return {}
        read = {}
        for language, text in value.items():
            if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
                self.fault(f"{name}.{language}", "must be a language such as en or pt-BR")
            elif not readable(text, most) or not isinstance(text, str):
                self.fault(f"{name}.{language}", f"must be text, at most {most} characters")
            else:
                read[language] = text
        return read

    def objects(self, name: str, most: int) -> "list[Fields] | None":
        values = self.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) > most:
            self.fault(name, f"must be a list of at most {most} objects")
            return None
        return [Fields(value, self.path(f"{name}[{index}]"), self.faults) for index, value in enumerate(values)]


def readable(value: object, most: int) -> bool:
    """Text that every database and every mail can hold: not empty, no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or not value or len(value) > most or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def read_duration(value: object) -> timedelta | None:
    """A length from ISO 8601 (weeks, days, hours, minutes, seconds) or from whole seconds; None = neither."""
    if type(value) is int:
        return timedelta(seconds=value) if 0 <= value <= 10**9 else None
    if not isinstance(value, str) or value.endswith(("P", "T")):
        return None
    match = DURATION.fullmatch(value)
    if match is None:
        return None
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def written_duration(length: timedelta) -> str:
    """The length in ISO 8601, to the second: `P14D`, `PT4H`, `P1DT30M`, `PT0S`."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{length.days}D" if length.days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{count}{unit}" for count, unit in parts if count)
    if not days and not time:
        return "PT0S"
    return f"P{days}{'T' if time else ''}{time}"
