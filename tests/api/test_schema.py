"""Whatever the document allows is answered as the document says, and nothing that is sent makes us fail."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from countermand.store import open_store
from tests.api.conftest import client_over, context_over
from tests.api.world import World, furnish

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
"""Of each call, kind of body and engine: some hundreds in all."""


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_every_call_keeps_to_the_document(loop: asyncio.Runner, migrated_url: str, tmp_path: Path) -> None:
    store: Any = loop.run(opened(migrated_url))
    ctx = context_over(store, tmp_path)
    client = client_over(ctx)
    world = loop.run(furnish(ctx, client))
    known = loop.run(some_things(world))
    document = loop.run(client.get("/api/openapi.json")).json()
    calls = schemathesis.openapi.from_dict(document)
    for each in calls.get_all_operations():
        operation = each.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            run_some(loop, world, operation, mode, known)
    loop.run(client.aclose())
    loop.run(store.close())


async def opened(url: str) -> Any:
    return await open_store(url)


async def some_things(world: World) -> dict[str, dict[str, str]]:
    """Names that exist, by the first part of the path they stand in."""
    number = await world.order(stage="packed", holder="north")
    made = await world.cancel(number, ("1", 1))
    return {
        "orders": {"number": await world.order()}, "cancellation-requests": {"id": made["id"]},
        "cases": {"id": made["lines"][0]["case"]},
    }


def run_some(
    loop: asyncio.Runner, world: World, operation: Any, mode: GenerationMode, known: dict[str, dict[str, str]]
) -> None:
    real = known.get(operation.path.split("/")[3]) if "{" in operation.path else None
    places = st.sampled_from([None, real] if real else [None])

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        place = data.draw(places)
        try:
            case = data.draw(operation.as_strategy(generation_mode=mode, path_parameters=place))
        except schemathesis.errors.SchemathesisError:
            return  # a call with nothing to get wrong
        answer = loop.run(sent(world, case))
        case.validate_response(answer, checks=CHECKS)

    check()


async def sent(world: World, case: Any) -> httpx.Response:
    """The case as a request with a good key."""
    wanted = case.as_transport_kwargs(base_url="https://shop.example")
    headers = {**wanted.get("headers", {}), "Authorization": f"Bearer {world.keys['acme']}"}
    encoded = {name: value.encode() for name, value in headers.items()}
    more = {name: wanted[name] for name in ("params", "json") if wanted.get(name) is not None}
    if wanted.get("data") is not None:
        more["content"] = wanted["data"]
    answer: httpx.Response = await world.client.request(wanted["method"], wanted["url"], headers=encoded, **more)
    return answer
