"""What the provider tells later: late, doubled or lost, it ends the same, and the money moves once."""

from pathlib import Path

import pytest

from countermand.errors import OrderBusy
from countermand.execute import told
from countermand.execute.saga import ASK_AGAIN
from countermand.execute.told import ActKey, EventPost, read_key
from countermand.model.money import Money
from countermand.model.payment import DutyState, PaymentState
from countermand.model.plan import StepKind, StepState
from countermand.model.request import GoodsState, PartState
from countermand.plugins.protocols import TellsEvents, Told
from countermand.plugins.sandbox.behaviour import Behaviour
from countermand.store.port import Answer
from tests.shop import Shop, open_shop

HOUR, DAY = 3600.0, 86400.0
PLAIN = Behaviour()


async def post(shop: Shop) -> int:
    """Bring what the providers have to tell."""
    return await EventPost(shop.ctx).run_once()


async def drop(shop: Shop) -> None:
    """Lose what the providers have to tell."""
    async def lose(event: Told) -> None:
        return

    await shop.payments.deliver_events(lose)
    await shop.warehouse.deliver_events(lose)


async def is_refunded_once(shop: Shop) -> bool:
    order = await shop.load()
    return (
        order.payments[0].refunded == await shop.refunded() == 4465
        and {duty.state for duty in order.duties} == {DutyState.REFUNDED}
        and {part.state for part in order.requests[0].parts} == {PartState.COMPLETED}
    )


async def refund_effects(shop: Shop) -> int:
    return await shop.payments.sandbox.effects("payment.refund")


async def test_C01_a_pending_refund_ends_refunded_once_though_its_event_comes_late_and_twice(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=HOUR, event_delay=DAY, event_copies=2))
    await shop.cancel()
    await shop.work()
    order = await shop.load()
    assert order.duties[0].state is DutyState.SUBMITTED and order.payments[0].refunded == 0
    assert order.requests[0].parts[0].state is PartState.EXECUTING
    await shop.wait(hours=2)
    assert await is_refunded_once(shop), "the runner looked"
    await shop.wait(days=1)
    settled = await shop.load()
    assert await post(shop) == 2
    await shop.work()
    assert await is_refunded_once(shop) and await refund_effects(shop) == 1
    assert (await shop.load()).duties == settled.duties
    assert await post(shop) == 0


async def test_C01_the_event_ends_a_pending_refund_before_we_look(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=60, event_copies=3))
    await shop.cancel()
    await shop.work()
    looks = await shop.payments.sandbox.calls("payment.find")
    shop.clock.instant += ASK_AGAIN / 2
    assert await post(shop) == 3
    assert (await shop.load()).payments[0].refunded == 4465
    await shop.work()
    assert await is_refunded_once(shop) and await refund_effects(shop) == 1
    assert await shop.payments.sandbox.calls("payment.find") == looks, "the event was proof enough"
    [step] = [step for step in (await shop.load()).steps if step.kind is StepKind.REFUND]
    assert (step.state, step.generation) == (StepState.DONE, 1)


async def test_the_event_of_a_refund_that_was_done_at_once_changes_nothing(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(event_copies=2))
    await shop.cancel()
    await shop.work()
    assert await post(shop) == 2
    assert await is_refunded_once(shop)


async def test_C07_a_pending_refund_that_fails_is_open_again_and_sent_under_a_new_key(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=60, pending_fails=True, event_copies=2))
    await shop.cancel()
    await shop.work()
    shop.clock.instant += ASK_AGAIN / 2
    assert await post(shop) == 2
    [duty] = (await shop.load()).duties
    assert (duty.state, duty.generation, duty.failures) == (DutyState.PENDING, 2, 1)
    assert await shop.refunded() == (await shop.load()).payments[0].refunded == 0
    await shop.behave("payment.refund", PLAIN)
    await shop.work()
    assert await is_refunded_once(shop)
    assert await post(shop) == 1 and await is_refunded_once(shop)


async def test_C07_a_refund_that_always_fails_later_ends_with_a_human(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=60, pending_fails=True))
    await shop.cancel()
    for _ in range(6):
        await shop.work()
        shop.clock.instant += ASK_AGAIN / 2
        await post(shop)
    order = await shop.load()
    assert [duty.state for duty in order.duties] == [DutyState.MANUAL_REQUIRED]
    assert order.requests[0].parts[0].state is PartState.NEEDS_ATTENTION
    assert [item.kind for item in order.work if item.closed_at is None] == ["refund_by_hand"]
    assert await shop.refunded() == 0


async def test_C07_a_refund_that_bounces_days_later_is_owed_again(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(bounces=3 * DAY, event_copies=2))
    await shop.cancel()
    await shop.work()
    assert await post(shop) == 2 and await is_refunded_once(shop)
    await shop.behave("payment.refund", PLAIN)
    await shop.wait(days=4)
    assert await post(shop) == 1
    order = await shop.load()
    assert (order.duties[0].state, order.payments[0].refunded) == (DutyState.PENDING, 0)
    assert order.requests[0].parts[0].state is PartState.NEEDS_ATTENTION
    await shop.work()
    assert await is_refunded_once(shop)


async def test_a_lost_event_is_made_up_for_by_our_own_look(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=HOUR))
    await shop.cancel()
    for _ in range(20):
        await shop.wait(minutes=5)
        await drop(shop)
    assert await is_refunded_once(shop) and await refund_effects(shop) == 1


async def test_a_lost_failure_is_made_up_for_under_the_same_key(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=60, pending_fails=True))
    await shop.cancel()
    await shop.work()
    await shop.behave("payment.refund", PLAIN)
    shop.clock.instant += ASK_AGAIN
    await drop(shop)
    await shop.work()
    assert await is_refunded_once(shop)
    [step] = [step for step in (await shop.load()).steps if step.kind is StepKind.REFUND]
    assert step.generation == 1


async def test_looking_often_at_a_slow_provider_is_no_failure(shop: Shop) -> None:
    """After hours of "later" one look that breaks off must not end with a human."""
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=2 * HOUR))
    await shop.cancel()
    for _ in range(20):
        await shop.wait(minutes=5)
    await shop.behave("payment.find", Behaviour(transient=2))
    for _ in range(10):
        await shop.wait(minutes=5)
    assert await is_refunded_once(shop) and await refund_effects(shop) == 1


async def test_a_pending_void_is_confirmed_by_its_event(shop: Shop) -> None:
    await shop.order(payments=[
        {"id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "authorised", "authorised": 4465}
    ])
    await shop.behave("payment.void", Behaviour(pending=60, event_copies=2))
    await shop.cancel()
    await shop.work()
    assert (await shop.load()).duties[0].state is DutyState.VOID_PENDING
    shop.clock.instant += ASK_AGAIN / 2
    assert await post(shop) == 2
    await shop.work()
    order = await shop.load()
    assert (order.duties[0].state, order.payments[0].state) == (DutyState.VOIDED, PaymentState.VOIDED)
    assert order.requests[0].parts[0].state is PartState.COMPLETED


async def pending_stop(wired: Shop, behaviour: Behaviour) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("picking")
    await wired.behave("fulfilment.cancel", behaviour)
    await wired.cancel()
    await wired.work()
    order = await wired.load()
    assert order.requests[0].parts[0].goods is GoodsState.STOP_REQUESTED
    assert order.fulfilment_orders[0].lines[0].cancelled == 0 and await wired.refunded() == 0


async def test_a_pending_stop_is_confirmed_by_its_late_event_and_only_then_the_money_moves(wired: Shop) -> None:
    await pending_stop(wired, Behaviour(pending=60, event_copies=2))
    shop = wired
    shop.clock.instant += ASK_AGAIN / 2
    await shop.work()
    assert await shop.refunded() == 0
    assert await post(shop) == 2
    assert (await shop.load()).requests[0].parts[0].goods is GoodsState.STOPPED
    await shop.work()
    assert await is_refunded_once(shop)
    assert (await shop.load()).fulfilment_orders[0].lines[0].cancelled == 3


async def test_a_pending_stop_whose_event_is_lost_is_found_by_our_own_look(wired: Shop) -> None:
    await pending_stop(wired, Behaviour(pending=60))
    wired.clock.instant += ASK_AGAIN
    await drop(wired)
    await wired.work()
    assert await is_refunded_once(wired)


async def test_a_late_stop_clears_no_goods_of_another_request(wired: Shop) -> None:
    """The first request's stop was found by our own look; its event comes when the second waits for its own."""
    await wired.policy(automatic_until="packed")
    await wired.at_stage("picking")
    await wired.behave("fulfilment.cancel", Behaviour(pending=60, event_delay=DAY, event_copies=2))
    await wired.cancel({"1": 1})
    await wired.work()
    await wired.wait(minutes=10)
    await wired.behave("fulfilment.cancel", Behaviour(pending=30 * DAY))
    wired.clock.instant += 300 * ASK_AGAIN
    await wired.cancel({"1": 2})
    await wired.work()
    assert await post(wired) == 2
    first, second = (await wired.load()).requests
    assert [part.goods for part in first.parts] == [GoodsState.STOPPED]
    assert [part.goods for part in second.parts] == [GoodsState.STOP_REQUESTED]


async def test_a_stop_that_is_told_clears_only_the_goods_of_its_own_request(wired: Shop) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("picking")
    await wired.behave("fulfilment.cancel", Behaviour(pending=DAY))
    await wired.cancel({"1": 1})
    await wired.work()
    await wired.behave("fulfilment.cancel", Behaviour(pending=60))
    await wired.cancel({"1": 1})
    await wired.work()
    wired.clock.instant += ASK_AGAIN / 2
    assert await post(wired) == 1
    first, second = (await wired.load()).requests
    assert [part.goods for part in first.parts] == [GoodsState.STOP_REQUESTED]
    assert [part.goods for part in second.parts] == [GoodsState.STOPPED]


async def test_the_event_of_a_stop_that_was_done_at_once_writes_nothing(wired: Shop) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("picking")
    await wired.cancel({"1": 1})
    await wired.work()
    before = await wired.load()
    assert await post(wired) == 1
    assert await wired.load() == before


async def test_goods_that_left_before_a_pending_stop_are_too_late(wired: Shop) -> None:
    await pending_stop(wired, Behaviour(pending=HOUR))
    await wired.warehouse.despatch("acme", "1042", "F1")
    await wired.wait(hours=2)
    await post(wired)
    await wired.work()
    assert (await wired.load()).requests[0].parts[0].state is PartState.DECLINED
    assert await wired.refunded() == 0


async def test_the_failure_of_an_earlier_act_told_while_we_send_again_pays_once(
    migrated_url: str, tmp_path: Path
) -> None:
    """The event says that the first act failed, at the very moment at which our look has sent it anew."""
    shops: list[Shop] = []

    async def point(name: str) -> None:
        if name == "refund.after_call" and shops:
            assert await post(shops.pop()) == 1

    async with open_shop(migrated_url, tmp_path, point=point) as shop:
        await shop.order()
        await shop.behave("payment.refund", Behaviour(pending=60, pending_fails=True))
        await shop.cancel()
        await shop.work()
        shop.clock.instant += ASK_AGAIN
        await shop.behave("payment.refund", Behaviour(pending=60))
        shops.append(shop)
        await shop.work()
        assert shops == []
        assert (await shop.load()).duties[0].state is DutyState.SUBMITTED
        await shop.wait(minutes=10)
        await post(shop)
        assert await is_refunded_once(shop) and await refund_effects(shop) == 1


async def test_events_that_mean_nothing_here_hold_up_no_others(shop: Shop) -> None:
    await shop.order()
    none = Money(0, "EUR")
    strangers = ("no key of ours", "acme/cr_00000000000000000000000000/void/p1/1")
    for number, key in enumerate(strangers):
        await shop.payments.introduce(f"pi_{number}", Money(100, "EUR"), none, none)
        await shop.payments.void(f"pi_{number}", key=key)
    await shop.behave("payment.refund", Behaviour(pending=60))
    await shop.cancel()
    await shop.work()
    shop.clock.instant += ASK_AGAIN / 2
    assert await post(shop) == 3
    await shop.work()
    assert await is_refunded_once(shop)
    assert await post(shop) == 0


async def test_an_event_of_a_busy_order_is_brought_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(pending=60))
    await shop.cancel()
    await shop.work()
    shop.clock.instant += ASK_AGAIN / 2

    async def busy(*args: object, **named: object) -> Answer:
        raise OrderBusy("others are at it")

    with monkeypatch.context() as patched:
        patched.setattr(told, "payment_event", busy)
        assert await post(shop) == 0
    assert await post(shop) == 1
    await shop.work()
    assert await is_refunded_once(shop)


async def test_asking_a_sandbox_that_nobody_used_makes_no_file(shop: Shop, tmp_path: Path) -> None:
    assert await post(shop) == 0
    assert not (tmp_path / "sandbox.sqlite").exists()
    assert isinstance(shop.payments, TellsEvents) and isinstance(shop.warehouse, TellsEvents)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("acme/cr_1/refund/p1/2", ActKey("acme", "cr_1", "refund", "p1", 2)),
        ("acme/cr_1/refund/shop/pay/1/3", ActKey("acme", "cr_1", "refund", "shop/pay/1", 3)),
        ("acme/cr_1/refund/p1/first", None), ("acme/cr_1/refund/1", None), ("", None), ("acme", None),
    ],
)
def test_a_key_is_read_back(key: str, meant: ActKey | None) -> None:
    assert read_key(key) == meant
