"""From what is decided to what must be done: the steps of each request's saga, as data. Goods first, money second."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from countermand.decide.pivot import known_stopped, may_stop
from countermand.decide.stock import not_yet, units_to_close, units_to_restock
from countermand.decide.units import holds_units
from countermand.model.fulfilment import FulfilmentOrder, Stage
from countermand.model.order import Order
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.plan import Step, StepKind, StepLine, StepState
from countermand.model.request import GoodsState, Part, PartState, Request

OPEN_STEP = frozenset({StepState.PLANNED, StepState.STARTED})
UNDECIDED = frozenset({PartState.AWAITING_APPROVAL, PartState.APPROVED})
OF_DUTY = {DutyKind.REFUND: StepKind.REFUND, DutyKind.VOID: StepKind.VOID, DutyKind.LIMIT: StepKind.LIMIT_CAPTURE}
UNDER_WAY = frozenset({DutyState.SUBMITTED, DutyState.VOID_PENDING, DutyState.LIMIT_PENDING})
TO_DO = frozenset({DutyState.PLANNED, DutyState.PENDING, DutyState.VOID_PENDING, DutyState.LIMIT_PENDING})


def plan(order: Order, now: datetime) -> Order:
    """The order with every step that what is decided calls for. Idempotent: a step that exists is not added again."""
    for request in order.requests:
        for holder in order.fulfilment_orders:
            order = _goods(order, request, holder, now)
            order = _stock(order, request, holder)
    for duty in order.duties:
        order = _money(order, duty, now)
    for step in order.steps:
        waits = step.state is StepState.STARTED and step.receipt is not None
        if waits and step.due_at is not None and step.due_at > now and _was_told(order, step):
            order = with_step(order, replace(step, due_at=now))
    return order


def _was_told(order: Order, step: Step) -> bool:
    """Has what a step waits for, on a provider's "later", been told by an event? Then it need not wait any longer."""
    if step.kind is StepKind.STOP:
        return not any(
            part.fulfilment_order == step.subject and part.goods is GoodsState.STOP_REQUESTED
            for part in order.request(step.request).parts
        )
    return any(duty.id == step.subject and duty.state not in UNDER_WAY for duty in order.duties)


def _add(order: Order, step: Step) -> Order:
    return replace(order, steps=(*order.steps, step))


def with_step(order: Order, step: Step) -> Order:
    """The order with this step in the place of the one with the same request and number."""
    same = (step.request, step.number)
    return replace(
        order, steps=tuple(step if (each.request, each.number) == same else each for each in order.steps)
    )


def steps_of(order: Order, request_id: str) -> tuple[Step, ...]:
    return tuple(step for step in order.steps if step.request == request_id)


def _number(order: Order, request_id: str) -> int:
    return len(steps_of(order, request_id)) + 1


def _find(order: Order, request_id: str, kind: StepKind, subject: str) -> Iterator[Step]:
    return (
        step for step in order.steps
        if step.request == request_id and step.kind is kind and step.subject == subject
    )


def _any_kept(order: Order, request: Request, kind: StepKind, holder: FulfilmentOrder) -> bool:
    """Is there a step of this kind that was not skipped?"""
    return any(step.state is not StepState.SKIPPED for step in _find(order, request.id, kind, holder.id))


def _goods(order: Order, request: Request, holder: FulfilmentOrder, now: datetime) -> Order:
    """Hold what is undecided, stop what is approved, let go what was given up. Only a plugin needs steps for that."""
    if holder.plugin is None or holder.stage is Stage.UNRELEASED:
        return order
    held = [
        part for part in request.parts
        if part.fulfilment_order == holder.id and part.state in UNDECIDED and holds_units(part)
    ]
    if held and not _any_kept(order, request, StepKind.HOLD, holder):
        step = Step(request.id, _number(order, request.id), StepKind.HOLD, holder.id, lines=_lines(order, held))
        order = _add(order, step)
    stops = [part for part in held if may_stop(request, part, now) and not known_stopped(order, part)]
    if stops and not any(step.state in OPEN_STEP for step in _find(order, request.id, StepKind.STOP, holder.id)):
        generation = 1 + sum(1 for _ in _find(order, request.id, StepKind.STOP, holder.id))
        order = _add(order, Step(
            request.id, _number(order, request.id), StepKind.STOP, holder.id, generation=generation,
            lines=_lines(order, stops),
        ))
    if not held:
        order = _give_up(order, request, holder)
    return order


def _give_up(order: Order, request: Request, holder: FulfilmentOrder) -> Order:
    """Nothing undecided is left here: what has not begun is skipped, and a hold that was set is undone."""
    for kind in (StepKind.HOLD, StepKind.STOP):
        for step in tuple(_find(order, request.id, kind, holder.id)):
            if step.state is StepState.PLANNED and step.attempt == 0:
                order = with_step(order, replace(step, state=StepState.SKIPPED))
    held_once = _any_kept(order, request, StepKind.HOLD, holder)
    stopped = _any_kept(order, request, StepKind.STOP, holder)
    released = any(True for _ in _find(order, request.id, StepKind.RELEASE_HOLD, holder.id))
    cancelled = any(
        part.fulfilment_order == holder.id and part.state not in (PartState.DECLINED, PartState.RETRACTED)
        for part in request.parts
    )
    if held_once and not stopped and not released and not cancelled:
        order = _add(order, Step(request.id, _number(order, request.id), StepKind.RELEASE_HOLD, holder.id))
    return order


def _lines(order: Order, parts: list[Part]) -> tuple[StepLine, ...]:
    units: dict[str, int] = {}
    for part in parts:
        units[part.line] = units.get(part.line, 0) + part.quantity
    return tuple(StepLine(line, order.line(line).sku, quantity) for line, quantity in units.items())


def _stock(order: Order, request: Request, holder: FulfilmentOrder) -> Order:
    """Put stock back and close lines at the shop; an order from the API alone has no platform to tell."""
    if order.platform is None:
        return order
    for kind, units in (
        (StepKind.RELEASE_STOCK, units_to_restock(request, holder.id)),
        (StepKind.CLOSE_LINES, units_to_close(request, holder.id)),
    ):
        missing = not_yet(order, request, kind, holder.id, units)
        if missing:
            generation = 1 + sum(1 for _ in _find(order, request.id, kind, holder.id))
            order = _add(order, Step(
                request.id, _number(order, request.id), kind, holder.id, generation=generation, lines=missing
            ))
    return order


def _money(order: Order, duty: Duty, now: datetime) -> Order:
    """One open step for a duty that waits to be done; none for a duty that no longer does."""
    open_steps = [
        step for step in order.steps
        if step.subject == duty.id and step.request == duty.request and step.state is StepState.PLANNED
    ]
    kind = OF_DUTY[duty.kind]
    if duty.state not in TO_DO:
        for step in open_steps:
            if step.attempt == 0:
                order = with_step(order, replace(step, state=StepState.SKIPPED))
        return order
    fitting = [step for step in open_steps if step.kind is kind]
    for step in open_steps:
        if step.kind is not kind:
            order = with_step(order, replace(step, state=StepState.SKIPPED))
    started = any(
        step.subject == duty.id and step.kind is kind and step.state is StepState.STARTED for step in order.steps
    )
    if not fitting and not started:
        return _add(order, Step(
            duty.request, _number(order, duty.request), kind, duty.id, generation=duty.generation,
            due_at=duty.due_at or now,
        ))
    for step in fitting:
        if step.attempt == 0 and step.due_at != duty.due_at and duty.due_at is not None:
            order = with_step(order, replace(step, due_at=duty.due_at))
    return order


def next_step(order: Order, request_id: str, now: datetime) -> Step | None:
    """The step a runner takes next: due, goods before money, the oldest first."""
    due = [
        step for step in steps_of(order, request_id)
        if step.state in OPEN_STEP and (step.due_at is None or step.due_at <= now)
    ]
    order_of_way = list(StepKind)
    return min(due, key=lambda step: (order_of_way.index(step.kind), step.number), default=None)
