"""What surrounds the calls: methods, media types, sizes, health, metrics, the document, problems, mistakes."""

import re

import msgspec
import pytest

from countermand.web.problem import kinds
from tests.api.test_auth import EVERY_CALL
from tests.api.world import World, an_order


async def test_what_does_not_exist_is_a_problem(world: World) -> None:
    for path in ("/nothing", "/orders/1/nothing", "/orders/%20", "/orders/a%00b", "/orders/" + "x" * 65):
        answer = await world.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/not-found"


async def test_a_method_that_does_not_exist_names_those_that_do(world: World) -> None:
    for method, path, allowed in (
        ("DELETE", "/orders", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("PATCH", "/orders/1", {"GET", "HEAD", "PUT", "OPTIONS"}),
        ("GET", "/orders/1/cancellation-requests", {"POST", "OPTIONS"}),
    ):
        answer = await world.call(method, path)
        assert answer.status_code == 405
        assert answer.json()["type"] == "/problems/method-not-allowed"
        assert set(answer.headers["allow"].split(", ")) == allowed


async def test_head_and_options_are_sane(world: World) -> None:
    number = await world.order()
    head = await world.call("HEAD", f"/orders/{number}")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", '"1"')
    options = await world.call("OPTIONS", "/orders", by="nobody")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS, POST"


NOT_JSON = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]


async def test_what_is_not_sent_as_json_is_refused(world: World) -> None:
    for media_type in NOT_JSON:
        number = await world.order()
        answer = await world.post(
            f"/orders/{number}/cancellation-requests", content=b"{}", headers={"Content-Type": media_type}
        )
        assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-media-type")


async def test_json_may_name_its_character_set(world: World) -> None:
    content = msgspec.json.encode(an_order("1"))
    answer = await world.post("/orders", content=content, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 201


async def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    number = await world.order()
    content = b'{"comment": "' + b"x" * (1024 * 1024) + b'"}'
    answer = await world.post(f"/orders/{number}/cancellation-requests", content=content)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    batch = b'{"comment": "' + b"x" * (2 * 1024 * 1024) + b'"}'
    assert (await world.post("/cancellation-batches", content=batch)).status_code == 422


async def test_our_own_mistake_gives_an_incident_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(world.ctx.store, "sellers", broken)
    answer = await world.get("/sellers")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert "hunter2" not in answer.text
    assert answer.json()["incident"] in caplog.text
    assert "hunter2" in caplog.text


async def test_health_readiness_and_metrics_need_no_key(world: World) -> None:
    assert (await world.client.get("/healthz")).json() == {"status": "ok"}
    assert (await world.client.get("/readyz")).json() == {"status": "ready", "engine": world.ctx.store.engine}
    await world.get("/orders")
    metrics = await world.client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4; charset=utf-8")
    assert 'countermand_api_calls_total{method="GET",path="/orders",status="200"} 1' in metrics.text


async def test_a_store_that_cannot_be_reached_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no() -> bool:
        return False

    async def broken() -> bool:
        raise OSError("no route to host")

    for answer in (no, broken):
        monkeypatch.setattr(world.ctx.store, "is_ready", answer)
        told = await world.client.get("/readyz")
        assert (told.status_code, told.json()["type"]) == (503, "/problems/not-ready")
        assert "no route" not in told.text
    assert (await world.client.get("/healthz")).status_code == 200


async def test_the_document_describes_every_call_with_its_problems(world: World) -> None:
    document = (await world.client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    described = {
        (method.upper(), re.compile("/api/v1" + re.sub(r"{\w+}", "[^/]+", path.removeprefix("/api/v1"))))
        for path, methods in document["paths"].items()
        for method in methods
        if method != "head"
    }
    assert len(described) == len(EVERY_CALL)
    for method, path in EVERY_CALL:
        assert any(method == each and pattern.fullmatch("/api/v1" + path) for each, pattern in described)
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            assert {"401", "403", "422", "500"} <= set(call["responses"]), (method, path)
            if "requestBody" in call:
                assert {"400", "413", "415"} <= set(call["responses"]), (method, path)
            if "{" in path:
                assert "404" in call["responses"], (method, path)


async def test_the_documents_page_stands_on_its_own(world: World) -> None:
    page = await world.client.get("/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/api/v1/orders/{number}/cancellation-requests" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert 'src="' not in page.text


async def test_every_problem_explains_itself(world: World) -> None:
    for kind in kinds():
        page = await world.client.get(f"/problems/{kind.slug}")
        assert page.status_code == 200
        assert kind.slug in page.text
    assert (await world.client.get("/problems/nothing")).status_code == 404


async def test_a_browser_that_is_lost_gets_a_page_and_a_program_a_problem(world: World) -> None:
    page = await world.client.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    told = await world.client.get("/nowhere", headers={"Accept": "application/json"})
    assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
    api = await world.get("/nowhere", headers={"Accept": "text/html"})
    assert api.headers["content-type"] == "application/problem+json"
