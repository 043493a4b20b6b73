"""What is not JSON is told so, to the letter."""

import pytest

from countermand.errors import BadJson
from countermand.web.api.strict_json import strict_json


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{]", b'{"a":1}x', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1,"a":2}',
        b"\xff\xfe", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", b"{'a':1}", b'{"a":1,}', b"[" * 100_000, b"1" * 5_000,
        b'{"a":01}', b'"\x01"', b'{"a":{"b":1,"b":1}}',
    ],
)
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadJson):
        strict_json(body)


def test_good_json_is_read() -> None:
    assert strict_json('{"a": [1, 2.5, "ü", null, true], "b": {"a": 1}}'.encode()) == {
        "a": [1, 2.5, "ü", None, True], "b": {"a": 1},
    }
