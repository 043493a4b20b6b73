"""Which stock goes back, how much and where: each cancelled or returned unit once, to the holder that had it."""

from countermand.model.order import Order
from countermand.model.plan import Step, StepKind, StepLine
from countermand.model.request import GoodsState, Request, Role


def units_to_restock(request: Request, fulfilment_order: str) -> dict[str, int]:
    """Units per line that belong back for sale: stopped or returned, unless somebody said not to restock."""
    units: dict[str, int] = {}
    for part in request.parts:
        if part.fulfilment_order != fulfilment_order or not part.restock or request.asker.role is Role.PLATFORM:
            continue
        back = part.returned if part.goods is GoodsState.RETURNED and part.returned else 0
        stopped = part.quantity if part.goods is GoodsState.STOPPED else 0
        if back + stopped:
            units[part.line] = units.get(part.line, 0) + back + stopped
    return units


def units_to_close(request: Request, fulfilment_order: str) -> dict[str, int]:
    """Units per line that the shop must show as cancelled."""
    units: dict[str, int] = {}
    for part in request.parts:
        stopped_here = part.fulfilment_order == fulfilment_order and part.goods is GoodsState.STOPPED
        if stopped_here and request.asker.role is not Role.PLATFORM:
            units[part.line] = units.get(part.line, 0) + part.quantity
    return units


def not_yet(
    order: Order, request: Request, kind: StepKind, fulfilment_order: str, units: dict[str, int]
) -> tuple[StepLine, ...]:
    """What of `units` no step of this kind speaks of yet; a skipped step speaks of nothing."""
    spoken: dict[str, int] = {}
    for step in order.steps:
        if step.request == request.id and step.kind is kind and step.subject == fulfilment_order and _counts(step):
            for line in step.lines:
                spoken[line.line] = spoken.get(line.line, 0) + line.quantity
    return tuple(
        StepLine(line, order.line(line).sku, quantity - spoken.get(line, 0))
        for line, quantity in units.items()
        if quantity > spoken.get(line, 0)
    )


def _counts(step: Step) -> bool:
    return step.state != "skipped"
