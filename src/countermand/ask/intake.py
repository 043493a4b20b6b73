"""Orders come in: taken once, replaced when the shop has something newer, never half of one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from countermand.change import Intent, change_order, json_answer, replay, wake
from countermand.context import Context
from countermand.decide.conclude import conclude
from countermand.decide.edit import CurrencyChanged, UnitsBelowCommitted, edit_order, is_newer
from countermand.decide.intake import order_from_intake, states_fulfilment
from countermand.decide.refusal import Refusal
from countermand.decide.transitions import transitions
from countermand.errors import BadFields, BadJson, Fault, OrderBusy, OrderChanged, OrderExists, UnitsCommitted
from countermand.inform.audit import with_entry
from countermand.inform.messages import messages_for
from countermand.inform.views import order_view
from countermand.model.event import Actor
from countermand.model.faults import IntakeFaults
from countermand.model.fulfilment import Holder
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.port import Answer, Broken, Change, Committed, Idempotency, Lost, Replayed

SHOP = Actor("platform")
"""Whoever sends orders in speaks for the shop."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an order may refer to: the merchant's holders, the default one first, and its sellers."""

    holders: Mapping[str, Holder]
    sellers: frozenset[str]

    @property
    def default_holder(self) -> str | None:
        return next(iter(self.holders), None)


async def known_to(ctx: Context, merchant: str) -> Known:
    """The merchant's holders and sellers."""
    holders = await ctx.store.holders(merchant)
    sellers = await ctx.store.sellers(merchant)
    return Known({holder.id: holder for holder in holders}, frozenset(seller.id for seller in sellers))


def read_order(
    merchant: str, body: bytes, known: Known, *, compare_payments: bool = True
) -> tuple[Order, dict[str, Any]]:
    """The order that a body states, and the body. An edit is not compared with the payments.

    Errors: BadJson; BadFields with every fault named.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJson(f"The body is not JSON: {error}.") from error
    try:
        order = order_from_intake(
            merchant, value, holders=known.holders, default_holder=known.default_holder, sellers=known.sellers,
            compare_payments=compare_payments,
        )
    except IntakeFaults as wrong:
        raise BadFields([Fault(field, message) for field, message in wrong.faults]) from wrong
    return order, value


async def take_order(
    ctx: Context, merchant: str, body: bytes, idempotency: Idempotency | None = None, by: Actor = SHOP
) -> Answer:
    """201 with the order; 200 if the same body is sent again.

    Errors: BadJson, BadFields, OrderExists if an order with this number exists and differs.
    """
    order, _ = read_order(merchant, body, await known_to(ctx, merchant))
    return await _store_new(ctx, order, idempotency, by)


async def _store_new(ctx: Context, order: Order, idempotency: Idempotency | None, by: Actor) -> Answer:
    policies = await ctx.policies.book(ctx.store, order)
    now = ctx.host.now()
    order = conclude(order, policies, now)
    events = transitions(None, order)
    after, entry = with_entry(order, events, by, now, await ctx.policies.digest_key(ctx.store, order.merchant))
    after = replace(after, version=1)
    answer = json_answer(201, order_view(after, policies))
    change = Change(None, after, (entry,), messages_for(None, after, events, now), idempotency, answer=answer)
    await ctx.host.point("ask.intake.before_commit")
    [outcome] = await ctx.store.commit([change])
    match outcome:
        case Committed():
            wake(ctx, change, now)
            return answer
        case Replayed():
            return replay(outcome, idempotency)
        case Broken(detail):
            raise AssertionError(f"the database refused a new order: {detail}")
        case Lost():
            return await _exists(ctx, order, policies)


async def _exists(ctx: Context, order: Order, policies: PolicyBook) -> Answer:
    """An order with this number is there already: the same body is no mistake, another one is."""
    stored = await ctx.store.load(order.merchant, order.number)
    if stored is None:
        raise OrderBusy(f"Order {order.number} is being stored by somebody else.")
    if stored.intake_digest != order.intake_digest:
        raise OrderExists(
            f"Order {order.number} exists and differs. Send PUT to change it.", version=stored.version
        )
    return json_answer(200, order_view(stored, await ctx.policies.book(ctx.store, stored)))


async def replace_order(
    ctx: Context, merchant: str, number: str, body: bytes, idempotency: Idempotency | None = None, by: Actor = SHOP,
    if_match: int | None = None,
) -> Answer:
    """200 with the order as it is then; an equal or older body is ignored; 201 if there was none.

    Errors: BadJson, BadFields (also another number or currency), UnitsCommitted, OrderChanged.
    """
    unknown = await ctx.store.load(merchant, number) is None
    incoming, value = read_order(merchant, body, await known_to(ctx, merchant), compare_payments=unknown)
    if incoming.number != number:
        raise BadFields([Fault("number", f"must be {number}, as in the path")])
    if unknown and if_match is not None:
        raise OrderChanged(f"There is no order {number} at version {if_match}.")
    if unknown:
        return await _store_new(ctx, incoming, idempotency, by)
    request_id = ctx.host.ids.new("cr")
    stated = states_fulfilment(value)

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        if incoming.source_updated_at is None and order.source_updated_at is not None:
            raise BadFields([Fault("source_updated_at", "is required: it says which of two states is newer")])
        if not is_newer(order, incoming):
            return order
        try:
            return edit_order(
                order, incoming, request_id=request_id, policies=policies, now=now, fulfilment_stated=stated
            )
        except UnitsBelowCommitted as short:
            raise UnitsCommitted(
                str(short),
                lines=[
                    {
                        "line": each.line, "wanted": each.wanted, "cancelled": each.cancelled, "held": each.held,
                        "despatched": each.despatched,
                    }
                    for each in short.lines
                ],
            ) from short
        except CurrencyChanged as changed:
            raise BadFields([Fault("currency", str(changed))]) from changed

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        return json_answer(200, order_view(order, policies))

    intent = Intent("ask.replace", rule, render, by, if_match=if_match, idempotency=idempotency)
    return await change_order(ctx, merchant, number, intent)
