"""The sandbox misbehaves exactly as told, and its books are right whatever it says."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from countermand.model.money import Money
from countermand.model.plan import StepLine
from countermand.plugins.protocols import Failure, PluginError, Standing
from countermand.plugins.sandbox.behaviour import ALWAYS, Behaviour
from countermand.plugins.sandbox.events import SandboxEvent
from countermand.plugins.sandbox.fulfilment import SandboxFulfilment
from countermand.plugins.sandbox.payment import Books, SandboxPayment
from countermand.plugins.sandbox.platform import SandboxPlatform
from countermand.plugins.sandbox.world import Sandbox

KEY = "acme/cr_1/refund/rf_1-1/1"
LINES = (StepLine("1", "MUG", 2),)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture
async def captured(payments: SandboxPayment) -> SandboxPayment:
    """One payment, pi_1, of 44.65 that was captured."""
    await payments.introduce("pi_1", euros(4465), euros(4465), euros(0), order="acme/1042")
    return payments


async def failure_of(call) -> Failure:
    with pytest.raises(PluginError) as raised:
        await call
    return raised.value.failure


async def test_a_slow_provider_takes_its_time_and_then_answers(captured: SandboxPayment, time) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(delay=7.0))
    await captured.refund("pi_1", euros(100), key=KEY)
    assert time.slept == [7.0]


@pytest.mark.parametrize("how", [Behaviour(timeout_after_work=30.0), Behaviour(lose_answer=1)])
async def test_an_answer_that_is_lost_leaves_the_work_done(captured: SandboxPayment, how: Behaviour) -> None:
    await captured.sandbox.behave("payment.refund", how)
    assert await failure_of(captured.refund("pi_1", euros(100), key=KEY)) is Failure.UNKNOWN
    found = await captured.find("pi_1", key=KEY)
    assert found is not None
    assert found.amount == euros(100)
    assert await captured.sandbox.effects("payment.refund") == 1


async def test_a_lost_answer_is_given_at_the_next_try_with_the_same_key(captured: SandboxPayment) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(lose_answer=1))
    assert await failure_of(captured.refund("pi_1", euros(100), key=KEY)) is Failure.UNKNOWN
    await captured.refund("pi_1", euros(100), key=KEY)
    assert await captured.sandbox.calls("payment.refund", key=KEY) == 2
    assert await captured.sandbox.effects("payment.refund", key=KEY) == 1
    assert await captured.books("pi_1", "EUR") == Books(4465, 4465, 100)


async def test_answers_can_be_lost_for_ever(captured: SandboxPayment) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(lose_answer=ALWAYS))
    for _ in range(3):
        assert await failure_of(captured.refund("pi_1", euros(100), key=KEY)) is Failure.UNKNOWN
    assert await captured.sandbox.effects() == 1


async def test_a_refusal_is_definite_and_has_the_providers_code(captured: SandboxPayment) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(refuse="charge_disputed"), subject="pi_1")
    with pytest.raises(PluginError) as raised:
        await captured.refund("pi_1", euros(100), key=KEY)
    assert (raised.value.failure, raised.value.code) == (Failure.PERMANENT, "charge_disputed")
    assert await captured.sandbox.effects() == 0


async def test_what_is_told_for_one_payment_holds_for_no_other(captured: SandboxPayment) -> None:
    await captured.introduce("pi_2", euros(500), euros(500), euros(0), order="acme/1043")
    await captured.sandbox.behave("payment.refund", Behaviour(refuse="charge_disputed"), subject="pi_1")
    assert (await captured.refund("pi_2", euros(100), key=KEY)).standing is Standing.DONE


async def test_transient_failures_end_after_so_many_times_and_did_nothing(captured: SandboxPayment) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(transient=2))
    for _ in range(2):
        assert await failure_of(captured.refund("pi_1", euros(100), key=KEY)) is Failure.TRANSIENT
        assert await captured.find("pi_1", key=KEY) is None
    assert (await captured.refund("pi_1", euros(100), key=KEY)).standing is Standing.DONE


async def test_a_pending_refund_completes_later_and_says_so(captured: SandboxPayment, time) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(pending=3600))
    assert (await captured.refund("pi_1", euros(100), key=KEY)).standing is Standing.PENDING
    assert await captured.sandbox.events() == []
    time.pass_by(3600)
    assert [(event.type, event.amount) for event in await captured.sandbox.events()] == [("refunded", euros(100))]
    found = await captured.find("pi_1", key=KEY)
    assert found is not None
    assert found.standing is Standing.DONE


async def test_a_pending_refund_can_be_completed_by_hand(captured: SandboxPayment) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(pending=86400))
    await captured.refund("pi_1", euros(100), key=KEY)
    await captured.sandbox.complete(KEY)
    found = await captured.find("pi_1", key=KEY)
    assert found is not None
    assert found.standing is Standing.DONE


@pytest.mark.parametrize("how", [Behaviour(pending=60, pending_fails=True), Behaviour(bounces=60)])
async def test_a_refund_that_fails_later_leaves_the_money_where_it_was(
    captured: SandboxPayment, time, how: Behaviour
) -> None:
    await captured.sandbox.behave("payment.refund", how)
    await captured.refund("pi_1", euros(100), key=KEY)
    time.pass_by(61)
    assert (await captured.sandbox.events())[-1].type == "refund_failed"
    assert await captured.books("pi_1", "EUR") == Books(4465, 4465, 0)
    assert await captured.find("pi_1", key=KEY) is None


async def test_events_leave_late_and_doubled_under_one_event_id(captured: SandboxPayment, time) -> None:
    await captured.sandbox.behave("payment.refund", Behaviour(event_delay=300, event_copies=2))
    await captured.refund("pi_1", euros(100), key=KEY)
    sent: list[SandboxEvent] = []

    async def send(event: SandboxEvent) -> None:
        sent.append(event)

    assert await captured.sandbox.deliver_events(send) == 0
    time.pass_by(300)
    assert await captured.sandbox.deliver_events(send) == 2
    assert len({event.event_id for event in sent}) == 1
    assert await captured.sandbox.deliver_events(send) == 0


async def test_an_event_whose_delivery_fails_is_sent_the_next_time(captured: SandboxPayment) -> None:
    await captured.refund("pi_1", euros(100), key=KEY)
    heard: list[str] = []

    async def refuse(event: SandboxEvent) -> None:
        raise ConnectionError("nobody listens")

    async def hear(event: SandboxEvent) -> None:
        heard.append(event.type)

    with pytest.raises(ConnectionError):
        await captured.sandbox.deliver_events(refuse)
    assert await captured.sandbox.deliver_events(hear) == 1
    assert heard == ["refunded"]


async def test_without_honoured_keys_a_repetition_pays_twice(captured: SandboxPayment) -> None:
    await captured.sandbox.honour_keys(timedelta(0))
    forgetful = SandboxPayment(captured.sandbox)
    assert forgetful.idempotency_lasts == timedelta(0)
    await forgetful.refund("pi_1", euros(100), key=KEY)
    await forgetful.refund("pi_1", euros(100), key=KEY)
    assert await forgetful.sandbox.effects("payment.refund", key=KEY) == 2


async def test_a_key_is_honoured_as_long_as_was_said(captured: SandboxPayment, time) -> None:
    await captured.sandbox.honour_keys(timedelta(hours=24))
    first = await captured.refund("pi_1", euros(100), key=KEY)
    time.pass_by(23 * 3600)
    assert (await captured.refund("pi_1", euros(100), key=KEY)).reference == first.reference
    time.pass_by(2 * 3600)
    assert (await captured.refund("pi_1", euros(100), key=KEY)).reference != first.reference


async def test_introducing_a_payment_twice_changes_nothing(captured: SandboxPayment) -> None:
    await captured.refund("pi_1", euros(100), key=KEY)
    await captured.introduce("pi_1", euros(4465), euros(4465), euros(0), order="acme/1042")
    assert await captured.books("pi_1", "EUR") == Books(4465, 4465, 100)


async def test_a_payment_of_two_orders_is_as_large_as_both(captured: SandboxPayment) -> None:
    await captured.introduce("pi_1", euros(1000), euros(1000), euros(0), order="acme/1043")
    assert await captured.books("pi_1", "EUR") == Books(5465, 5465, 0)


async def test_an_order_may_state_later_that_more_was_captured(payments: SandboxPayment) -> None:
    await payments.introduce("pi_3", euros(3465), euros(0), euros(0), order="acme/1042")
    await payments.introduce("pi_3", euros(3465), euros(3465), euros(0), order="acme/1042")
    assert await payments.books("pi_3", "EUR") == Books(3465, 3465, 0)


async def test_what_we_are_told_moves_the_sandboxs_payment(payments: SandboxPayment) -> None:
    await payments.introduce("pi_4", euros(1000), euros(0), euros(0))
    await payments.observe("pi_4", "captured", euros(600))
    assert await payments.books("pi_4", "EUR") == Books(1000, 600, 0)
    await payments.observe("pi_4", "refunded", euros(200), reference="re_by_the_shop")
    assert await payments.books("pi_4", "EUR") == Books(1000, 600, 200)
    await payments.observe("pi_4", "expired", euros(400))
    assert await payments.books("pi_4", "EUR") == Books(1000, 600, 200, released=400)
    await payments.observe("pi_4", "refund_failed", euros(200), reference="re_by_the_shop")
    assert await payments.books("pi_4", "EUR") == Books(1000, 600, 0, released=400)


async def test_a_refund_seen_before_its_capture_raises_the_capture(payments: SandboxPayment) -> None:
    await payments.introduce("pi_5", euros(1000), euros(0), euros(0))
    await payments.observe("pi_5", "refunded", euros(300))
    assert await payments.books("pi_5", "EUR") == Books(1000, 300, 300)


async def test_our_own_refund_told_back_to_us_is_not_counted_again(captured: SandboxPayment) -> None:
    receipt = await captured.refund("pi_1", euros(100), key=KEY)
    await captured.observe("pi_1", "refunded", euros(100), reference=receipt.reference)
    assert await captured.books("pi_1", "EUR") == Books(4465, 4465, 100)


async def test_a_doubled_notice_is_followed_once(payments: SandboxPayment) -> None:
    await payments.introduce("pi_8", euros(1000), euros(0), euros(0))
    for event_id in ("e1", "e1", "e2"):
        await payments.observe("pi_8", "captured", euros(300), event_id=event_id)
    assert await payments.books("pi_8", "EUR") == Books(1000, 600, 0)


async def test_an_event_about_a_payment_nobody_introduced_changes_nothing(payments: SandboxPayment) -> None:
    await payments.observe("pi_6", "captured", euros(600))
    await payments.introduce("pi_6", euros(600), euros(600), euros(0))
    assert await payments.books("pi_6", "EUR") == Books(600, 600, 0)


async def test_an_authorisation_let_go_cannot_be_captured(payments: SandboxPayment) -> None:
    await payments.introduce("pi_7", euros(1000), euros(0), euros(0))
    receipt = await payments.void("pi_7", key="acme/cr_1/void/rf_1-1/1")
    assert receipt.amount == euros(1000)
    assert await payments.books("pi_7", "EUR") == Books(1000, 0, 0, released=1000)


async def test_a_stop_that_is_pending_comes_too_late_when_the_goods_leave(warehouse: SandboxFulfilment) -> None:
    key = "acme/cr_1/stop/F1/1"
    await warehouse.sandbox.behave("fulfilment.cancel", Behaviour(pending=600))
    assert (await warehouse.cancel("1042", "F1", LINES, key=key)).standing is Standing.PENDING
    await warehouse.despatch("acme", "1042", "F1")
    found = await warehouse.find("1042", "F1", key=key)
    assert found is not None
    assert found.standing is Standing.ALREADY_DESPATCHED


async def test_a_fulfilment_order_is_held_released_and_stopped(warehouse: SandboxFulfilment) -> None:
    assert await warehouse.state("acme", "1042", "F1") == "working"
    await warehouse.hold("1042", "F1", LINES, key="acme/cr_1/hold/F1/1")
    assert await warehouse.state("acme", "1042", "F1") == "held"
    await warehouse.release("1042", "F1", key="acme/cr_1/release_hold/F1/1")
    assert await warehouse.state("acme", "1042", "F1") == "working"
    await warehouse.cancel("1042", "F1", LINES, key="acme/cr_2/stop/F1/1")
    assert await warehouse.state("acme", "1042", "F1") == "cancelled"
    assert await warehouse.stopped("acme", "1042", "F1") == {"1": 2}
    assert [event.type for event in await warehouse.sandbox.events()] == ["stopped"]


async def test_two_merchants_may_use_one_order_number(warehouse: SandboxFulfilment, shop: SandboxPlatform) -> None:
    await warehouse.despatch("acme", "1042", "F1")
    assert await warehouse.state("other", "1042", "F1") == "working"
    await shop.return_stock("1042", LINES, key="acme/cr_1/release_stock/F1/1")
    assert await shop.stock("other", "1042") == {}


async def test_the_platform_remembers_the_newest_capture_limit(shop: SandboxPlatform) -> None:
    await shop.limit_capture("1042", "pi_1", euros(2175), key="acme/cr_1/limit_capture/rf_1-1/1")
    await shop.limit_capture("1042", "pi_1", euros(500), key="acme/cr_2/limit_capture/rf_2-1/1")
    assert await shop.capture_limit("acme", "1042", "pi_1") == euros(500)


async def test_the_books_outlive_the_process_that_opened_them(captured: SandboxPayment, time) -> None:
    await captured.refund("pi_1", euros(100), key=KEY)
    reopened = Sandbox(captured.sandbox.ledger.path, time, time.sleep)
    found = await SandboxPayment(reopened).find("pi_1", key=KEY)
    assert found is not None
    reopened.close()


REFUND_ONCE_EACH = """
import asyncio, sys
from datetime import UTC, datetime
from countermand.model.money import Money
from countermand.plugins.sandbox.payment import SandboxPayment
from countermand.plugins.sandbox.world import Sandbox

class Clock:
    def now(self):
        return datetime(2026, 11, 21, tzinfo=UTC)

async def main():
    payments = SandboxPayment(Sandbox(sys.argv[1], Clock(), asyncio.sleep))
    none = Money(0, "EUR")
    await payments.introduce("pi_1", Money(1000, "EUR"), Money(1000, "EUR"), none, order="acme/1042")
    for number in range(20):
        await payments.refund("pi_1", Money(10, "EUR"), key=f"acme/cr_1/refund/{number}/1")
    payments.sandbox.close()

asyncio.run(main())
"""


async def test_two_processes_on_a_new_file_do_each_act_once(tmp_path: Path, time) -> None:
    path = str(tmp_path / "new" / "sandbox.sqlite")
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", REFUND_ONCE_EACH, path) for _ in range(2)
    ]
    assert [await process.wait() for process in started] == [0, 0]
    payments = SandboxPayment(Sandbox(path, time, time.sleep))
    assert await payments.books("pi_1", "EUR") == Books(1000, 1000, 200)
    assert await payments.sandbox.calls("payment.refund") == 40
    assert await payments.sandbox.effects("payment.refund") == 20
    payments.sandbox.close()
