"""What an order is worth with some of its units gone: the goods kept, and the charges that stay due.

Everything is computed from stored amounts, cumulatively, so that no sequence of cancels gains or loses a minor unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from countermand.decide.gone import Gone, Row
from countermand.model.money import share
from countermand.model.order import Charge, ChargeKind, ChargeRule, Line, Order


@dataclass(frozen=True, slots=True)
class Scope:
    """A charge with what it is for: `rows`, their `units` and their net `value`."""

    charge: Charge
    total: int
    rows: frozenset[Row]
    units: int
    value: int


@dataclass(frozen=True, slots=True)
class Prices:
    """An order's stored amounts, made ready for asking often. Minor units of the order's currency.

    `lines`: per line its net total and the units that total speaks of.
    """

    lines: Mapping[str, tuple[int, int]]
    scopes: tuple[Scope, ...]
    total: int

    def kept(self, gone: Gone) -> int:
        """What stays due, without fees: units that are not gone, charges that stay, accepted excess."""
        goods = sum(self.units_value(line, units) for line, units in per_line(gone.units).items())
        return self.total - goods - sum(self._goes_back(scope, gone) for scope in self.scopes)

    def units_value(self, line: str, units: int) -> int:
        """The value of the first `units` units of a line, rounded half to even (DESIGN section 4, "Units")."""
        total, of = self.lines.get(line, (0, 0))
        return share(total, min(units, of), of) if of else 0

    def _goes_back(self, scope: Scope, gone: Gone) -> int:
        here = {row: units for row, units in gone.units.items() if row in scope.rows}
        withdrawn = {row: gone.withdrawn.get(row, 0) for row in here}
        if scope.charge.surcharge:
            here = {row: units - withdrawn[row] for row, units in here.items()}
        units, rule = sum(here.values()), scope.charge.refund
        if units == 0:
            return 0
        if units == scope.units:
            if rule is not ChargeRule.NEVER:
                return scope.total
            # Directive 2011/83/EU, Art. 13(2): standard delivery goes back whatever the shop's own rule is.
            standard = scope.charge.kind is ChargeKind.SHIPPING and not scope.charge.surcharge
            return scope.total if standard and sum(withdrawn.values()) == scope.units else 0
        if rule is not ChargeRule.IN_PROPORTION:
            return 0
        if scope.value <= 0:
            return share(scope.total, units, scope.units)
        value = sum(self.units_value(line, count) for line, count in per_line(here).items())
        return share(scope.total, min(max(value, 0), scope.value), scope.value)


def per_line(rows: Mapping[Row, int]) -> dict[str, int]:
    """Units per line, over all fulfilment orders."""
    found: dict[str, int] = {}
    for (line, _), units in rows.items():
        found[line] = found.get(line, 0) + units
    return found


def line_total(order: Order, line: Line) -> int:
    """A line's net total with tax, in minor units: for its units that the shop did not take out."""
    net = line.unit_price * (line.quantity - line.removed) - line.discount
    return net if order.prices_include_tax else net + line.tax


def charge_total(order: Order, charge: Charge) -> int:
    """A charge with its tax, in minor units."""
    return charge.amount if order.prices_include_tax else charge.amount + charge.tax


def order_total(order: Order) -> int:
    """What the whole order is worth with nothing gone, in minor units; without accepted excess."""
    goods = sum(line_total(order, line) for line in order.lines if line.quantity > line.removed)
    return goods + sum(charge_total(order, charge) for charge in order.charges)


def prices(order: Order) -> Prices:
    """The order's amounts, ready for `Prices.kept`."""
    lines = {
        line.id: (line_total(order, line), line.quantity - line.removed)
        for line in order.lines
        if line.quantity > line.removed
    }
    units: dict[Row, int] = {
        (row.line, holder.id): row.quantity - row.removed
        for holder in order.fulfilment_orders
        for row in holder.lines
        if row.line in lines
    }
    sellers = {line.id: line.seller for line in order.lines}
    scopes = tuple(_scope(order, charge, lines, units, sellers) for charge in order.charges)
    return Prices(lines, scopes, order_total(order) + order.accepted_excess)


def _scope(
    order: Order,
    charge: Charge,
    lines: Mapping[str, tuple[int, int]],
    units: Mapping[Row, int],
    sellers: Mapping[str, str | None],
) -> Scope:
    def within(row: Row) -> bool:
        if charge.seller is not None:
            return sellers[row[0]] == charge.seller
        if charge.fulfilment_order is not None:
            return row[1] == charge.fulfilment_order
        return not charge.lines or row[0] in charge.lines

    rows = {row: count for row, count in units.items() if within(row)}
    value = 0
    for line, count in per_line(rows).items():
        total, of = lines[line]
        value += share(total, min(count, of), of)
    return Scope(charge, charge_total(order, charge), frozenset(rows), sum(rows.values()), value)
