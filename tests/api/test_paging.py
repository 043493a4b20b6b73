"""Query strings: what is unknown, doubled or wrong is refused by name; cursors survive the round trip only whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.errors import BadFields
from countermand.web.api.paging import paged, read_cursor, read_query, write_cursor

PAGE = paged(int, str)
KEYSET = st.lists(st.integers(-(2**62), 2**62) | st.text("abc123_-.#é", min_size=1), min_size=1, max_size=4)


@given(KEYSET.map(tuple))
def test_a_cursor_comes_back_as_it_was(keyset: tuple[int | str, ...]) -> None:
    cursor = write_cursor(keyset)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert read_cursor(cursor) == keyset


@given(st.text(max_size=40))
def test_text_that_is_no_cursor_never_becomes_one_that_hurts(text: str) -> None:
    keyset = read_cursor(text)
    assert keyset is None or all(isinstance(each, int | str) for each in keyset)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (b"colour=red", "colour"), (b"limit=0", "limit"), (b"limit=201", "limit"), (b"limit=ten", "limit"),
        (b"limit=-1", "limit"), (b"limit=1.5", "limit"), (b"limit=1&limit=2", "limit"), (b"cursor=%00", "cursor"),
        (b"cursor=bm90anNvbg", "cursor"),
        (b"cursor=" + write_cursor((1, 2)).encode(), "cursor"), (b"cursor=" + write_cursor((1,)).encode(), "cursor"),
        (b"limit=%ff", "query"), (b"a=1&" * 60, "query"),
        (b"q=" + b"x" * 9_000, "query"),
    ],
)
def test_a_wrong_query_is_refused_by_name(query: bytes, field: str) -> None:
    with pytest.raises(BadFields) as caught:
        read_query(query, PAGE)
    assert caught.value.faults[0].field == field


def test_blank_parameters_are_absent() -> None:
    assert read_query(b"limit=&cursor=", PAGE) == {}
    assert read_query(b"", PAGE) == {}
    assert read_query(b"limit=200", PAGE) == {"limit": 200}
    assert read_query(b"cursor=" + write_cursor((5, "N1")).encode(), PAGE) == {"cursor": (5, "N1")}
