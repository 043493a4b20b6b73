"""The plugins that ship keep the contract that every plugin is held to."""

from itertools import count

import pytest

from countermand.model.money import Money
from countermand.plugins import testing
from countermand.plugins.config import PluginConfig
from countermand.plugins.load import load_plugins
from countermand.plugins.sandbox.fulfilment import SandboxFulfilment
from countermand.plugins.sandbox.payment import SandboxPayment
from countermand.plugins.sandbox.platform import SandboxPlatform

numbers = count(1)


@pytest.mark.parametrize("check", testing.PAYMENT_CHECKS, ids=lambda check: check.__name__)
async def test_the_sandbox_is_a_payment_provider(check, payments: SandboxPayment) -> None:
    async def new_payment(authorised: Money, captured: Money) -> str:
        name = f"pi_{next(numbers)}"
        await payments.introduce(name, authorised, captured, Money(0, "EUR"), order="m/1042")
        return name

    await check(testing.PaymentBench(payments, new_payment))


@pytest.mark.parametrize("check", testing.FULFILMENT_CHECKS, ids=lambda check: check.__name__)
async def test_the_sandbox_is_a_warehouse(check, warehouse: SandboxFulfilment) -> None:
    async def new_order() -> tuple[str, str]:
        return f"{next(numbers)}", "F1"

    async def despatch(order: str, fulfilment_order: str) -> None:
        await warehouse.despatch("m", order, fulfilment_order)

    await check(testing.FulfilmentBench(warehouse, new_order, despatch))


@pytest.mark.parametrize("check", testing.PLATFORM_CHECKS, ids=lambda check: check.__name__)
async def test_the_sandbox_is_a_shop_platform(check, shop: SandboxPlatform) -> None:
    async def new_order() -> str:
        return f"{next(numbers)}"

    async def stock(order: str) -> dict[str, int]:
        return await shop.stock("m", order)

    await check(testing.PlatformBench(shop, new_order, stock))


async def test_the_suite_catches_a_provider_that_forgets_keys(
    payments: SandboxPayment, config: PluginConfig
) -> None:
    """A suite that passes everything proves nothing."""
    class Forgetful(SandboxPayment):
        async def refund(self, payment, amount, *, key):
            return await super().refund(payment, amount, key=f"{key}#{next(numbers)}")

    async def new_payment(authorised: Money, captured: Money) -> str:
        name = f"pi_{next(numbers)}"
        await payments.introduce(name, authorised, captured, Money(0, "EUR"))
        return name

    bench = testing.PaymentBench(Forgetful(payments.sandbox), new_payment)
    with pytest.raises(AssertionError, match="the same key answers with the same act"):
        await testing.one_key_refunds_once(bench)
    with pytest.raises(AssertionError, match="what was done is found"):
        await testing.a_refund_is_found_by_its_key(bench)


def test_plugins_are_opened_once_and_when_first_asked_for(config: PluginConfig) -> None:
    plugins = load_plugins(config)
    assert plugins.payment("sandbox") is plugins.payment("sandbox")
    assert plugins.payment("paper") is None
    assert plugins.fulfilment("paper") is None
    assert plugins.platform("paper") is None
