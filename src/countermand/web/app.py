"""The whole of it as one ASGI application: the API, the pages, and, where wanted, the work in the background."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import BeforeMessageSendHookHandler, ControllerRouterHandler, Message, Scope

from countermand.ask.batch import BatchWorker
from countermand.context import Context
from countermand.errors import Problem
from countermand.execute.runner import Runner
from countermand.execute.told import EventPost
from countermand.inform.outbox import OutboxSender
from countermand.web import problem
from countermand.web.api.routes import api_routes
from countermand.web.customer.views import customer_router
from countermand.web.demo.entrance import Demo
from countermand.web.demo.views import demo_router
from countermand.web.health import health_routes
from countermand.web.merchant.views import merchant_router
from countermand.web.metrics import Metrics
from countermand.web.pages.assets import static_router
from countermand.web.pages.errors import page_for, unexpected_page
from countermand.web.partner.views import partner_router

AnyRequest = Request[Any, Any, Any]
Told = Callable[[AnyRequest, Any], Response[bytes]]
MACHINES = ("/api/", "/healthz", "/readyz", "/metrics")
"""Paths whose readers are programs, whatever they say they accept."""
STOPPING_SECONDS = 10.0
"""How long work in the background may take to end before it is left to the journal."""


def create_app(ctx: Context, *, run_background: bool = False, demo: Demo | None = None) -> Litestar:
    """The application over one context. `run_background`: sagas, mail and batches run in this process too.

    The context stays the caller's: it is opened before and closed after.
    """
    metrics = Metrics(started=ctx.host.clock.monotonic())
    pages: list[ControllerRouterHandler] = [customer_router, merchant_router, partner_router, static_router]
    if demo is not None:
        pages.append(demo_router(demo))
    return Litestar(
        route_handlers=[
            *health_routes(ctx, metrics), *api_routes(ctx, metrics, version("countermand")), *pages,
        ],
        openapi_config=None,
        exception_handlers={
            Problem: fitting(problem.ours, page_for),
            HTTPException: fitting(problem.litestars, page_for),
            Exception: fitting(problem.unexpected(ctx.host), unexpected_page(ctx.host)),
        },
        before_send=[counted(metrics)],
        lifespan=[lambda _: background(ctx)] if run_background else [],
        state=State({"ctx": ctx}),
        logging_config=None,
        debug=False,
    )


def fitting(for_machines: Told, for_people: Told) -> Told:
    """A problem for programs; a page for a browser that is not at the API."""

    def told(request: AnyRequest, error: Any) -> Response[bytes]:
        machine = request.url.path.startswith(MACHINES) or "text/html" not in request.headers.get("accept", "")
        return for_machines(request, error) if machine else for_people(request, error)

    return told


def counted(metrics: Metrics) -> BeforeMessageSendHookHandler:
    """Counts every answer, also those of routes that do not exist."""

    async def count(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            metrics.count_answer(str(scope.get("method", "")), message["status"])

    return count


@asynccontextmanager
async def background(ctx: Context) -> AsyncIterator[None]:
    """Sagas, mail, batches and what providers tell, worked off while the block runs.

    What cannot end in time is left to the journal.
    """
    stop = asyncio.Event()
    workers = (Runner(ctx, ctx.config.node), OutboxSender(ctx), BatchWorker(ctx), EventPost(ctx))
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        ctx.bell.ring()
        _, late = await asyncio.wait(tasks, timeout=STOPPING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
