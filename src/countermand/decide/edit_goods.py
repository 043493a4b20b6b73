"""Where the units of an edited order stand: what was taken out, added or moved to another holder.

Units that are held, cancelled or despatched stay where they are; only open ones move. Taken out first are those at
the earliest stage, as in a cancellation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from countermand.model.fulfilment import FulfilmentLine, FulfilmentOrder, Stage
from countermand.model.order import Order

Row = tuple[str, str]
"""A line at a fulfilment order."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The fulfilment orders after an edit; `removed`: units that the shop took out, per row."""

    fulfilment_orders: tuple[FulfilmentOrder, ...]
    removed: Mapping[Row, int]

    def removed_of(self, line: str) -> int:
        return sum(units for (named, _), units in self.removed.items() if named == line)

    def stage_of(self, fulfilment_order: str) -> Stage:
        return next(each.stage for each in self.fulfilment_orders if each.id == fulfilment_order)


def place_units(order: Order, incoming: Order, stated: bool) -> Placed:
    """Put the shop's quantities onto the fulfilment orders. `stated`: the shop itself says who sends what."""
    homes = _stated_homes(order, incoming) if stated else _kept_homes(order, incoming)
    rows = {(row.line, home.id): row for home in order.fulfilment_orders for row in home.lines}
    wanted = {line.id: line.quantity for line in incoming.lines}
    named = {(row.line, home.id): row.quantity for home in incoming.fulfilment_orders for row in home.lines}
    removed: dict[Row, int] = {}
    for line in dict.fromkeys((*(line.id for line in order.lines), *wanted)):
        shares = _shares(line, wanted.get(line, 0), homes, rows, named if stated else None)
        removed |= _apply(line, shares, homes, rows)
    return Placed(tuple(_filled(order, incoming, homes, rows)), removed)


def _kept_homes(order: Order, incoming: Order) -> list[FulfilmentOrder]:
    """Ours, and one more at the default holder if all have left and units were added."""
    homes = list(order.fulfilment_orders)
    if all(_left(home) for home in homes):
        known = {home.id for home in homes}
        number = next(n for n in range(1, len(homes) + 2) if f"F{n}" not in known)
        homes.append(replace(incoming.fulfilment_orders[0], id=f"F{number}", lines=()))
    return homes


def _stated_homes(order: Order, incoming: Order) -> list[FulfilmentOrder]:
    """Ours with the holder that the shop names now, then new ones. A stage is raised later, by a report."""
    told = {home.id: home for home in incoming.fulfilment_orders}
    homes = []
    for home in order.fulfilment_orders:
        new = told.pop(home.id, None)
        if new is not None and not _left(home) and not any(row.held or row.despatched for row in home.lines):
            home = replace(home, holder=new.holder, control=new.control, plugin=new.plugin)
        homes.append(home)
    return [*homes, *(replace(new, stage=Stage.UNRELEASED, lines=()) for new in told.values())]


def _left(home: FulfilmentOrder) -> bool:
    return home.stage.rank >= Stage.DESPATCHED.rank


def _fixed(row: FulfilmentLine | None) -> int:
    """Units that an edit cannot touch; what the shop took out earlier is no longer counted by the shop."""
    return 0 if row is None else row.held + row.cancelled - row.removed + row.despatched


def _shares(
    line: str, wanted: int, homes: list[FulfilmentOrder], rows: Mapping[Row, FulfilmentLine],
    named: Mapping[Row, int] | None,
) -> dict[str, int]:
    """How many of the line's units each fulfilment order has, `wanted` in all, none below what is fixed there."""
    shares = {}
    for home in homes:
        row = rows.get((line, home.id))
        fixed = _fixed(row)
        present = fixed + (row.open if row is not None else 0)
        frozen = _left(home) or named is None
        shares[home.id] = present if frozen else max(fixed, (named or {}).get((line, home.id), 0))
    surplus = sum(shares.values()) - wanted
    for home in sorted(homes, key=lambda home: home.stage.rank):
        taken = max(0, min(surplus, shares[home.id] - _fixed(rows.get((line, home.id)))))
        shares[home.id] -= taken
        surplus -= taken
    if surplus < 0:
        shares[_home_for_more(line, homes, rows)] -= surplus
    return shares


def _home_for_more(line: str, homes: list[FulfilmentOrder], rows: Mapping[Row, FulfilmentLine]) -> str:
    """Where added units go: beside the same line if that has not left, else to the first that has not."""
    waiting = [home for home in homes if not _left(home)] or homes
    return next((home.id for home in waiting if (line, home.id) in rows), waiting[0].id)


def _apply(
    line: str, shares: Mapping[str, int], homes: list[FulfilmentOrder], rows: dict[Row, FulfilmentLine]
) -> dict[Row, int]:
    """Set the open units of each row. What is missing in all was taken out; what is missing here only, moved."""
    change = {}
    for home in homes:
        row = rows.get((line, home.id))
        change[home.id] = shares[home.id] - _fixed(row) - (row.open if row is not None else 0)
    gone = max(0, -sum(change.values()))
    removed: dict[Row, int] = {}
    for home in sorted(homes, key=lambda home: home.stage.rank):
        key, delta = (line, home.id), change[home.id]
        if delta == 0:
            continue
        row = rows.get(key) or FulfilmentLine(line, 0, 0)
        out = min(gone, max(0, -delta))
        gone -= out
        rows[key] = replace(
            row, quantity=row.quantity + delta + out, open=row.open + delta, cancelled=row.cancelled + out,
            removed=row.removed + out,
        )
        if out:
            removed[key] = out
    return removed


def _filled(
    order: Order, incoming: Order, homes: list[FulfilmentOrder], rows: Mapping[Row, FulfilmentLine]
) -> list[FulfilmentOrder]:
    """The fulfilment orders with their rows. One without any unit is dropped, unless something still points to it."""
    pointed = {part.fulfilment_order for request in order.requests for part in request.parts}
    pointed |= {parcel.fulfilment_order for parcel in order.parcels} | {case.fulfilment_order for case in order.cases}
    pointed |= {charge.fulfilment_order for charge in incoming.charges}
    filled = []
    for home in homes:
        mine = tuple(
            row for (_, home_id), row in rows.items() if home_id == home.id and row.quantity > 0
        )
        if mine or home.id in pointed:
            filled.append(replace(home, lines=mine))
    return filled
