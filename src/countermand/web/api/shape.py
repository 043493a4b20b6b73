"""What a body may look like, said once: the same shapes check a body and describe it in the OpenAPI document.

Unlike a decoder that stops at the first fault, a check goes on and names every one with its path.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from countermand.errors import BadFields, Fault

Schema = dict[str, object]
LARGEST_AMOUNT = 10**15
LARGEST_QUANTITY = 1_000_000
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""NUL and other controls (tab and line ends are fine), and halves of a surrogate pair: no database keeps them."""


class Shape(Protocol):
    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        """The value as the rules want it; each fault is added to `faults`, and then what comes back is nothing."""
        ...

    def schema(self) -> Schema:
        """The same as JSON Schema 2020-12."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string of `least` to `most` characters, whole against `pattern` if there is one."""

    most: int
    least: int = 1
    pattern: re.Pattern[str] | None = None
    example: str | None = None
    says: str | None = None

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        message = self.fault(value)
        if message is not None:
            faults.append(Fault(path, message))
        return value

    def fault(self, value: object) -> str | None:
        if not isinstance(value, str):
            return "must be a string"
        if not self.least <= len(value) <= self.most:
            return f"must have {self.least} to {self.most} characters"
        if UNSTORABLE.search(value):
            return "must not hold control characters or halves of a surrogate pair"
        if self.pattern is not None and not self.pattern.fullmatch(value):
            return self.says or f"must match {self.pattern.pattern}"
        return None

    def schema(self) -> Schema:
        schema: Schema = {"type": "string", "minLength": self.least, "maxLength": self.most}
        if self.pattern is not None:
            schema["pattern"] = f"^(?:{self.pattern.pattern})$"
        return described(schema, self.example)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of words."""

    words: tuple[str, ...]
    example: str | None = None

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if not isinstance(value, str) or value not in self.words:
            faults.append(Fault(path, f"must be one of {', '.join(self.words)}"))
        return value

    def schema(self) -> Schema:
        return described({"type": "string", "enum": list(self.words)}, self.example)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; booleans, fractions (1.0 too) and strings are refused."""

    least: int = 0
    most: int = LARGEST_AMOUNT
    example: int | None = None

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            faults.append(Fault(path, f"must be a whole number from {self.least} to {self.most}"))
        elif not self.least <= value <= self.most:
            faults.append(Fault(path, f"must be from {self.least} to {self.most}"))
        return value

    def schema(self) -> Schema:
        return described({"type": "integer", "minimum": self.least, "maximum": self.most}, self.example)


@dataclass(frozen=True, slots=True)
class Flag:
    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if not isinstance(value, bool):
            faults.append(Fault(path, "must be true or false"))
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Instant:
    """An RFC 3339 instant with an offset; it comes back as an aware datetime in UTC."""

    example: str = "2026-11-21T10:00:00Z"

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if isinstance(value, str) and INSTANT.fullmatch(value):
            try:
                return datetime.fromisoformat(value.upper().replace("Z", "+00:00")).astimezone(UTC)
            except (ValueError, OverflowError):
                pass  # such as the 30th of February: told below like any other wrong instant
        faults.append(Fault(path, "must be an RFC 3339 instant such as 2026-11-21T10:00:00Z"))
        return value

    def schema(self) -> Schema:
        return described({"type": "string", "format": "date-time"}, self.example)


@dataclass(frozen=True, slots=True)
class Many:
    """A list of at most `most`. `unique`: the member of each element that must differ from the others'."""

    of: Shape
    most: int
    least: int = 1
    unique: str | None = None

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if not isinstance(value, list):
            faults.append(Fault(path, "must be a list"))
            return value
        if not self.least <= len(value) <= self.most:
            faults.append(Fault(path, f"must have {self.least} to {self.most} elements"))
            return value
        checked = [self.of.check(each, f"{path}[{index}]", faults) for index, each in enumerate(value)]
        if self.unique is not None:
            self._name_twins(value, path, faults)
        return checked

    def _name_twins(self, value: Sequence[object], path: str, faults: list[Fault]) -> None:
        seen: set[str] = set()
        for index, each in enumerate(value):
            name = each.get(self.unique) if isinstance(each, Mapping) else None
            if isinstance(name, str):
                if name in seen:
                    faults.append(Fault(f"{path}[{index}].{self.unique}", "is named twice"))
                seen.add(name)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.of.schema(), "minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Fields:
    """An object. `needed` and `optional` name its members; null = absent for optional ones; others are refused.

    `name`: under which the OpenAPI document lists it. `closed` False only describes: answers may gain members.
    """

    needed: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    name: str | None = None
    closed: bool = True
    example: object = None

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        if not isinstance(value, dict):
            faults.append(Fault(path or "body", "must be an object"))
            return {}
        dot = f"{path}." if path else ""
        checked: dict[str, object] = {}
        for key in value:
            if key not in self.needed and key not in self.optional:
                faults.append(Fault(f"{dot}{shown(key)}", "is not a known field"))
        for key, shape in self.needed.items():
            if key not in value:
                faults.append(Fault(f"{dot}{key}", "is required"))
            else:
                checked[key] = shape.check(value[key], f"{dot}{key}", faults)
        for key, shape in self.optional.items():
            if value.get(key) is not None:
                checked[key] = shape.check(value[key], f"{dot}{key}", faults)
        return checked

    def schema(self) -> Schema:
        members: Schema = {key: shape.schema() for key, shape in self.needed.items()}
        members |= {key: nullable(shape.schema()) for key, shape in self.optional.items()}
        schema: Schema = {"type": "object", "properties": members}
        if self.needed:
            schema["required"] = list(self.needed)
        if self.closed:
            schema["additionalProperties"] = False
        return described(schema, self.example)


@dataclass(frozen=True, slots=True)
class Told:
    """Only for answers: a schema as it stands, such as a free object or a value that may be null."""

    as_schema: Mapping[str, object]

    def check(self, value: object, path: str, faults: list[Fault]) -> object:
        return value

    def schema(self) -> Schema:
        return dict(self.as_schema)


def checked(shape: Shape, value: object) -> dict[str, Any]:
    """The value of a well-formed body. Errors: BadFields with every fault."""
    faults: list[Fault] = []
    body = shape.check(value, "", faults)
    if faults:
        raise BadFields(faults)
    return cast(dict[str, Any], body)


def described(schema: Schema, example: object) -> Schema:
    """The schema with an example, if there is one."""
    return schema if example is None else {**schema, "examples": [example]}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def shown(key: object) -> str:
    """A key of the caller's, short and without what could not be written back."""
    return UNSTORABLE.sub("\ufffd", str(key))[:80]
