"""What is committed is what is loaded, to the last field, whatever the order was before."""

from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countermand.store.directory_port import Store
from countermand.store.port import Change, Committed
from tests.builders import MERCHANT, a_tenancy, an_order, any_order, with_cancellation

numbers = count(1)
many_on_one_store = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@many_on_one_store
@given(data=st.data())
async def test_any_order_is_loaded_as_it_was_committed(store: Store, data: st.DataObject) -> None:
    if await store.find_merchant(MERCHANT) is None:
        await a_tenancy(store)
    number = f"n{next(numbers)}"
    order = data.draw(any_order(number))
    assert await store.commit([Change(None, order)]) == [Committed(1)]
    assert await store.load(MERCHANT, number) == order
    after = data.draw(any_order(number, version=2))
    assert await store.commit([Change(order, after)]) == [Committed(2)]
    assert await store.load(MERCHANT, number) == after


async def test_only_what_differs_is_written(store: Store) -> None:
    await a_tenancy(store)
    order = an_order()
    await store.commit([Change(None, order)])
    after = with_cancellation(order)
    assert await store.commit([Change(order, after)]) == [Committed(2)]
    loaded = await store.load(MERCHANT, order.number)
    assert loaded == after
    renamed = replace(after, version=3, customer=replace(after.customer, name="Ana S."))
    assert await store.commit([Change(after, renamed)]) == [Committed(3)]
    assert await store.load(MERCHANT, order.number) == renamed


async def test_an_unknown_order_is_none(store: Store) -> None:
    assert await store.load(MERCHANT, "1042") is None
