"""The contract suite: what every plugin must do, as plain async functions that any test runner can await.

A plugin's author gives a bench (the plugin and a way to make something for it to act on) and awaits each check of
`PAYMENT_CHECKS`, `FULFILMENT_CHECKS`, `PLATFORM_CHECKS` or `NOTIFICATION_CHECKS`. A check that fails raises
AssertionError and says what the product relies on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from countermand.model.money import Money
from countermand.model.plan import StepLine
from countermand.plugins.protocols import (
    Failure,
    FulfilmentPlugin,
    Letter,
    NotificationPlugin,
    PaymentPlugin,
    PlatformPlugin,
    PluginError,
    Receipt,
    Standing,
)


@dataclass(frozen=True, slots=True)
class PaymentBench:
    """`new_payment(authorised, captured)` makes a payment at the provider and answers its reference."""

    plugin: PaymentPlugin
    new_payment: Callable[[Money, Money], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class FulfilmentBench:
    """`new_order()` makes an order with one fulfilment order; `despatch` sends it."""

    plugin: FulfilmentPlugin
    new_order: Callable[[], Awaitable[tuple[str, str]]]
    despatch: Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PlatformBench:
    """`stock(order)` reads the units put back for sale, per line."""

    plugin: PlatformPlugin
    new_order: Callable[[], Awaitable[str]]
    stock: Callable[[str], Awaitable[dict[str, int]]]


@dataclass(frozen=True, slots=True)
class NotificationBench:
    """`received()` reads the message ids that arrived, in order."""

    plugin: NotificationPlugin
    received: Callable[[], Awaitable[list[str]]]


LINES = (StepLine("1", "MUG", 2), StepLine("2", "APRON", 1))


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def proves(receipt: Receipt) -> None:
    assert receipt.reference, "a receipt carries the provider's own reference"


async def refuses_for_good(call: Awaitable[Receipt], because: str) -> None:
    try:
        await call
    except PluginError as refused:
        failure = refused.failure
    else:
        raise AssertionError(f"{because}: it must be refused")
    assert failure is Failure.PERMANENT, f"{because}: the refusal is definite, not {failure}"


async def one_key_refunds_once(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(1000))
    first = await bench.plugin.refund(payment, euros(400), key="m/r/refund/d1/1")
    proves(first)
    assert first.standing in (Standing.DONE, Standing.PENDING)
    if bench.plugin.idempotency_lasts is not None and not bench.plugin.idempotency_lasts:
        return
    again = await bench.plugin.refund(payment, euros(400), key="m/r/refund/d1/1")
    assert again.reference == first.reference, "the same key answers with the same act"
    await bench.plugin.refund(payment, euros(600), key="m/r/refund/d2/1")
    await refuses_for_good(bench.plugin.refund(payment, euros(1), key="m/r/refund/d3/1"), "all of it went back")


async def two_keys_are_two_refunds(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(1000))
    first = await bench.plugin.refund(payment, euros(300), key="m/r/refund/d1/1")
    second = await bench.plugin.refund(payment, euros(300), key="m/r/refund/d2/1")
    assert first.reference != second.reference


async def nobody_gets_back_more_than_was_taken(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(700))
    await refuses_for_good(bench.plugin.refund(payment, euros(701), key="m/r/refund/d1/1"), "more than was captured")
    receipt = await bench.plugin.refund(payment, euros(700), key="m/r/refund/d1/2")
    assert receipt.amount in (None, euros(700))


async def a_refund_is_found_by_its_key(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(1000))
    assert await bench.plugin.find(payment, key="m/r/refund/d1/1") is None, "nothing happened under this key yet"
    receipt = await bench.plugin.refund(payment, euros(250), key="m/r/refund/d1/1")
    found = await bench.plugin.find(payment, key="m/r/refund/d1/1")
    assert found is not None, "what was done is found"
    assert found.reference == receipt.reference
    assert await bench.plugin.find(payment, key="m/r/refund/d2/1") is None, "another key is another act"


async def an_authorisation_is_let_go(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(0))
    receipt = await bench.plugin.void(payment, key="m/r/void/d1/1")
    proves(receipt)
    assert receipt.standing in (Standing.DONE, Standing.PENDING)
    found = await bench.plugin.find(payment, key="m/r/void/d1/1")
    assert found is not None
    assert found.reference == receipt.reference


async def a_captured_payment_is_not_let_go(bench: PaymentBench) -> None:
    payment = await bench.new_payment(euros(1000), euros(1000))
    receipt = await bench.plugin.void(payment, key="m/r/void/d1/1")
    assert receipt.standing is Standing.ALREADY_CAPTURED
    assert receipt.amount == euros(1000), "it says how much was captured, so that it can be refunded"


async def an_unknown_payment_is_refused(bench: PaymentBench) -> None:
    await refuses_for_good(
        bench.plugin.refund("nobody_knows_this", euros(1), key="m/r/refund/d1/1"), "nobody knows the payment"
    )


async def units_are_stopped_once(bench: FulfilmentBench) -> None:
    order, fulfilment_order = await bench.new_order()
    key = f"m/{order}/stop/1"
    first = await bench.plugin.cancel(order, fulfilment_order, LINES, key=key)
    proves(first)
    assert first.standing in (Standing.DONE, Standing.PENDING)
    again = await bench.plugin.cancel(order, fulfilment_order, LINES, key=key)
    assert again.reference == first.reference, "the same key answers with the same act"
    found = await bench.plugin.find(order, fulfilment_order, key=key)
    assert found is not None
    assert found.reference == first.reference


async def a_hold_can_be_undone(bench: FulfilmentBench) -> None:
    order, fulfilment_order = await bench.new_order()
    held = await bench.plugin.hold(order, fulfilment_order, LINES, key=f"m/{order}/hold/1")
    assert held.standing in (Standing.DONE, Standing.PENDING)
    released = await bench.plugin.release(order, fulfilment_order, key=f"m/{order}/release/1")
    assert released.standing in (Standing.DONE, Standing.PENDING)


async def what_has_left_cannot_be_stopped(bench: FulfilmentBench) -> None:
    order, fulfilment_order = await bench.new_order()
    await bench.despatch(order, fulfilment_order)
    late = await bench.plugin.cancel(order, fulfilment_order, LINES, key=f"m/{order}/stop/1")
    assert late.standing is Standing.ALREADY_DESPATCHED, "too late is an answer, not an error"


async def nothing_is_found_before_it_happens(bench: FulfilmentBench) -> None:
    order, fulfilment_order = await bench.new_order()
    assert await bench.plugin.find(order, fulfilment_order, key=f"m/{order}/stop/1") is None


async def stock_goes_back_once(bench: PlatformBench) -> None:
    order = await bench.new_order()
    key = f"m/{order}/stock/1"
    assert await bench.plugin.find(order, key=key) is None
    first = await bench.plugin.return_stock(order, LINES, key=key)
    again = await bench.plugin.return_stock(order, LINES, key=key)
    assert again.reference == first.reference
    assert await bench.stock(order) == {"1": 2, "2": 1}, "each unit is put back once"
    found = await bench.plugin.find(order, key=key)
    assert found is not None
    assert found.reference == first.reference


async def lines_are_closed_once(bench: PlatformBench) -> None:
    order = await bench.new_order()
    first = await bench.plugin.cancel_lines(order, LINES, key=f"m/{order}/close/1")
    again = await bench.plugin.cancel_lines(order, LINES, key=f"m/{order}/close/1")
    assert again.reference == first.reference


async def captures_are_limited(bench: PlatformBench) -> None:
    order = await bench.new_order()
    proves(await bench.plugin.limit_capture(order, None, euros(2175), key=f"m/{order}/limit/1"))
    proves(await bench.plugin.limit_capture(order, "p1", euros(0), key=f"m/{order}/limit/2"))


async def a_letter_arrives(bench: NotificationBench) -> None:
    letter = Letter("ana@example.com", "Order 1042", "Hello", "<p>Hello</p>", "<one@shop.example>", "en")
    proves(await bench.plugin.send(letter, key="mail/1"))
    assert await bench.received() == ["<one@shop.example>"]


async def a_second_copy_can_be_recognised(bench: NotificationBench) -> None:
    letter = Letter("ana@example.com", "Order 1042", "Hello", "<p>Hello</p>", "<two@shop.example>", "en")
    await bench.plugin.send(letter, key="mail/2")
    await bench.plugin.send(letter, key="mail/2")
    assert set(await bench.received()) == {"<two@shop.example>"}, "every copy carries the same message id"


async def a_letter_without_an_address_is_refused(bench: NotificationBench) -> None:
    letter = Letter("no address", "Order 1042", "Hello", "<p>Hello</p>", "<three@shop.example>", "en")
    await refuses_for_good(bench.plugin.send(letter, key="mail/3"), "this is no mail address")
    assert await bench.received() == []


PAYMENT_CHECKS: tuple[Callable[[PaymentBench], Awaitable[None]], ...] = (
    one_key_refunds_once, two_keys_are_two_refunds, nobody_gets_back_more_than_was_taken,
    a_refund_is_found_by_its_key, an_authorisation_is_let_go, a_captured_payment_is_not_let_go,
    an_unknown_payment_is_refused,
)
FULFILMENT_CHECKS: tuple[Callable[[FulfilmentBench], Awaitable[None]], ...] = (
    units_are_stopped_once, a_hold_can_be_undone, what_has_left_cannot_be_stopped,
    nothing_is_found_before_it_happens,
)
PLATFORM_CHECKS: tuple[Callable[[PlatformBench], Awaitable[None]], ...] = (
    stock_goes_back_once, lines_are_closed_once, captures_are_limited,
)
NOTIFICATION_CHECKS: tuple[Callable[[NotificationBench], Awaitable[None]], ...] = (
    a_letter_arrives, a_second_copy_can_be_recognised, a_letter_without_an_address_is_refused,
)
