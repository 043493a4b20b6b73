"""Lists: limits, filters and cursors of a query string; whatever is not known is refused by name."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast
from urllib.parse import parse_qsl

import msgspec

from countermand.errors import BadFields, Fault
from countermand.store.directory_port import Keyset
from countermand.web.api.shape import Schema, Shape, Text, shown

MOST = 200
DEFAULT = 50
LONGEST_QUERY = 8_000
MOST_PARAMETERS = 50
Item = TypeVar("Item")
DIGITS = re.compile(r"[0-9]{1,4}")
LIMIT = "limit"
CURSOR = "cursor"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter."""

    name: str
    shape: Shape
    says: str


@dataclass(frozen=True, slots=True)
class Limit:
    """How many items a page has; a number written in digits."""

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if isinstance(value, str) and DIGITS.fullmatch(value) and 1 <= int(value) <= MOST:
            return int(value)
        faults.append(Fault(path, f"must be a whole number from 1 to {MOST}"))
        return DEFAULT

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page starts: opaque to the caller, base64url of the keyset for us. `kinds`: of its parts."""

    kinds: tuple[type, ...]

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        keyset = read_cursor(value) if isinstance(value, str) else None
        if keyset is not None and tuple(type(each) for each in keyset) != self.kinds:
            keyset = None
        if keyset is None:
            faults.append(Fault(path, "is not a cursor of ours; take next_cursor of the page before"))
        return keyset

    def schema(self) -> Schema:
        return {"type": "string", "maxLength": 500}


SEARCH = Text(200)


def paged(*kinds: type) -> tuple[Parameter, ...]:
    """The parameters of a list whose keyset has parts of these kinds."""
    return (
        Parameter(LIMIT, Limit(), f"Items on a page, 1 to {MOST}; {DEFAULT} if it is left out."),
        Parameter(CURSOR, Cursor(kinds), "`next_cursor` of the page before."),
    )


def read_query(raw: bytes, known: tuple[Parameter, ...]) -> dict[str, object]:
    """The checked parameters; blank ones are left out. Errors: BadFields names every unknown, doubled, wrong one."""
    if len(raw) > LONGEST_QUERY:
        raise BadFields([Fault("query", f"must not be longer than {LONGEST_QUERY} bytes")])
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise BadFields([Fault("query", f"must be UTF-8 with at most {MOST_PARAMETERS} parameters")]) from None
    faults: list[Fault] = []
    shapes: Mapping[str, Shape] = {each.name: each.shape for each in known}
    checked: dict[str, object] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name not in shapes:
            faults.append(Fault(shown(name), "is not a known parameter"))
        elif name in seen:
            faults.append(Fault(name, "stands twice"))
        elif value:
            checked[name] = shapes[name].check(value, name, faults)
        seen.add(name)
    if faults:
        raise BadFields(faults)
    return checked


def write_cursor(keyset: Keyset) -> str:
    """The keyset as URL-safe text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keyset)).rstrip(b"=").decode("ascii")


def read_cursor(cursor: str) -> Keyset | None:
    """The keyset of a cursor; None if we never wrote it."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        keyset = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=tuple[int | str, ...])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None
    fits = all(not isinstance(each, int) or abs(each) < 2**63 for each in keyset)
    clean = all(not isinstance(each, str) or ("\x00" not in each and each.isprintable()) for each in keyset)
    return keyset if keyset and fits and clean else None


def wanted_page(query: Mapping[str, object]) -> tuple[int, Keyset | None]:
    """The limit and where to go on, as the query asks for them."""
    return cast(int, query.get(LIMIT, DEFAULT)), cast(Keyset | None, query.get(CURSOR))


def page(items: Iterable[object], after: Keyset | None) -> dict[str, object]:
    """A page of a list."""
    return {"items": list(items), "next_cursor": None if after is None else write_cursor(after)}


def cut(items: Sequence[Item], query: Mapping[str, object]) -> tuple[Sequence[Item], Keyset | None]:
    """One page of a short list that is read whole; the cursor counts what came before (`paged(int)`)."""
    limit, after = wanted_page(query)
    start = max(0, cast(int, after[0])) if after else 0
    end = start + limit
    return items[start:end], (end,) if end < len(items) else None
