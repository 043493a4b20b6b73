"""JSON to the letter of RFC 8259: what other decoders let pass (NaN, twin keys, a byte order mark) is refused."""

import json
from typing import Any, NoReturn

from countermand.errors import BadJson


def strict_json(body: bytes) -> Any:
    """The value of a JSON text.

    Errors: BadJson for broken JSON, wrong UTF-8, NaN and Infinity, a key named twice in one object, anything after
    the value, and numbers or nesting beyond what a machine can hold.
    """
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise BadJson(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise BadJson("The body is nested too deeply.") from None
    except ValueError:
        raise BadJson("The body holds a number with too many digits.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"The key {twin[:80]!a} stands twice in one object.")
    return members


def _no_number(word: str) -> NoReturn:
    raise BadJson(f"{word} is not JSON.")
