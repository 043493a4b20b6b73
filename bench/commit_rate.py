"""How many orders and cancellations a second go through `commit`, on one database that must be empty.

    PYTHONPATH=src:. .venv/bin/python bench/commit_rate.py sqlite:////tmp/rate.db
    PYTHONPATH=src:. .venv/bin/python bench/commit_rate.py postgresql://postgres@127.0.0.1:5432/rate

An order has one line, one charge, one payment, one audit entry and one message; orders go in batches of 200 over two
tasks. A cancellation is read, changed and committed on its own, with audit entry, message, key and answer; 16 tasks
do that.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

from countermand.model.event import Message
from countermand.store import open_store
from countermand.store.directory_port import Store
from countermand.store.port import Answer, Change, Committed, Idempotency
from tests.builders import MERCHANT, NOW, a_tenancy, an_entry, an_order, with_cancellation

BATCH = 200


def imported(number: str) -> Change:
    message = Message("webhook", "order.imported", f"imported:{number}", NOW, body="{}")
    return Change(None, an_order(number), (an_entry(),), (message,))


async def import_orders(store: Store, numbers: list[str]) -> None:
    for start in range(0, len(numbers), BATCH):
        told = await store.commit([imported(number) for number in numbers[start : start + BATCH]])
        assert all(isinstance(each, Committed) for each in told)


async def cancel_orders(store: Store, numbers: list[str]) -> None:
    for number in numbers:
        order = await store.load(MERCHANT, number)
        assert order is not None
        message = Message("mail", "request.created", f"created:{number}", NOW)
        key, answer = Idempotency("POST /cancellation-requests", number, "digest"), Answer(201, b"{}" * 400)
        change = Change(order, with_cancellation(order), (an_entry(2),), (message,), key, answer=answer)
        assert await store.commit([change]) == [Committed(2)]


async def rate(work: Callable[[list[str]], Awaitable[None]], numbers: list[str], tasks: int) -> float:
    """Numbers a second, shared out over so many tasks."""
    started = time.perf_counter()
    await asyncio.gather(*(work(numbers[task::tasks]) for task in range(tasks)))
    return len(numbers) / (time.perf_counter() - started)


async def main(url: str, orders: int, cancellations: int) -> None:
    store = await open_store(url)
    await store.migrate()
    await a_tenancy(store)
    numbers = [f"n{index}" for index in range(orders)]
    print(f"{store.engine}: {await rate(lambda some: import_orders(store, some), numbers, 2):,.0f} orders/s imported")
    chosen = numbers[:cancellations]
    await cancel_orders(store, numbers[-50:])
    print(f"{store.engine}: {await rate(lambda some: cancel_orders(store, some), chosen, 16):,.0f} cancellations/s")
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--cancellations", type=int, default=4_000)
    given = parser.parse_args()
    asyncio.run(main(given.url, given.orders, given.cancellations))
