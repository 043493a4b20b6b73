"""Pages of orders, each whole, found through the store's lists; and an order's history."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec

from countermand.context import Context
from countermand.model.order import Order
from countermand.model.request import CaseState, Request, RequestState
from countermand.store.directory_port import Keyset, OrderFilter

PER_PAGE = 25
MOST_CASES = 100
MOST_STOPS = 50


class Cursor:
    """Where a page of a list begins, as it stands in an address. What cannot be read is the beginning."""

    def __init__(self, written: str | None = None, after: Keyset | None = None) -> None:
        self.after = after if written is None else read_keyset(written)

    def link(self, path: str, **query: str) -> str:
        asked = {name: value for name, value in query.items() if value}
        return f"{path}?{urlencode({**asked, 'cursor': '~'.join(typed(part) for part in self.after or ())})}"


def typed(part: int | str) -> str:
    return f"i{part}" if isinstance(part, int) else f"s{part}"


def read_keyset(written: str) -> Keyset | None:
    parts: list[int | str] = []
    for each in written[:300].split("~"):
        kind, value = each[:1], each[1:]
        if kind == "s":
            parts.append(value)
        elif kind == "i" and value.lstrip("-").isdigit() and len(value) < 20:
            parts.append(int(value))
        else:
            return None
    return tuple(parts)


async def loaded(ctx: Context, merchant: str, numbers: Iterable[str]) -> list[Order]:
    """The orders, whole, in this order, each once."""
    found = await asyncio.gather(*(ctx.store.load(merchant, number) for number in dict.fromkeys(numbers)))
    return [order for order in found if order is not None]


async def orders_page(
    ctx: Context, merchant: str, chosen: OrderFilter, cursor: Cursor
) -> tuple[list[Order], Cursor | None]:
    """Newest first."""
    page = await ctx.store.list_orders(merchant, chosen, PER_PAGE, cursor.after)
    orders = await loaded(ctx, merchant, (row.number for row in page.items))
    return orders, Cursor(after=page.after) if page.after else None


async def open_cases(ctx: Context, merchant: str, holders: frozenset[str]) -> list[Order]:
    """Orders with a question to one of these holders, most urgent first."""
    page = await ctx.store.list_cases(merchant, MOST_CASES, holders=holders, state=CaseState.OPEN)
    return await loaded(ctx, merchant, (row.order for row in page.items))


async def orders_to_stop(ctx: Context, merchant: str, holders: frozenset[str]) -> list[Order]:
    """Orders with a request under way at one of these holders: among them are the goods that they have to stop."""
    states = (RequestState.EXECUTING, RequestState.AWAITING_APPROVAL)
    pages = [await ctx.store.list_requests(merchant, MOST_STOPS, state=state, holders=holders) for state in states]
    return await loaded(ctx, merchant, (row.order for page in pages for row in page.items))


async def requests_page(
    ctx: Context, merchant: str, cursor: Cursor
) -> tuple[list[tuple[Order, Request]], Cursor | None]:
    """Newest first, each with its order."""
    page = await ctx.store.list_requests(merchant, PER_PAGE, cursor.after)
    orders = {each.number: each for each in await loaded(ctx, merchant, (row.order for row in page.items))}
    rows = [(orders[row.order], orders[row.order].request(row.id)) for row in page.items if row.order in orders]
    return rows, Cursor(after=page.after) if page.after else None


def sealed_events(sealed: str) -> list[dict[str, Any]]:
    """The events of an audit entry, as they are chained."""
    events: list[dict[str, Any]] = msgspec.json.decode(sealed)
    return events
