"""Is the process alive, is it ready, and what has it done: for load balancers and monitors, without a key."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from countermand.context import Context
from countermand.web.metrics import MEDIA_TYPE, Metrics
from countermand.web.problem import NotReady, answer

JSON = "application/json"
ANY_REQUEST = Request[Any, Any, Any]
READING = ["GET", "HEAD"]


def health_routes(ctx: Context, metrics: Metrics) -> list[HTTPRouteHandler]:
    """`/healthz`, `/readyz` and `/metrics`."""

    async def healthz() -> Response[bytes]:
        return plain_json({"status": "ok"})

    async def readyz() -> Response[bytes]:
        try:
            ready = await ctx.store.is_ready()
        except Exception:  # whatever the driver raises, the answer to "are you ready" is no
            return answer(NotReady("The database cannot be reached."))
        if not ready:
            return answer(NotReady("The database is not migrated; run `countermand migrate`."))
        return plain_json({"status": "ready", "engine": ctx.store.engine})

    async def show_metrics() -> Response[bytes]:
        text = metrics.text(ctx.host.clock.monotonic())
        return Response(content=text.encode(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    return [
        reading("/healthz")(healthz), reading("/readyz")(readyz), reading("/metrics")(show_metrics),
    ]


def reading(path: str) -> HTTPRouteHandler:
    """A handler for GET and HEAD that Litestar's own document leaves out."""
    return HTTPRouteHandler(path, http_method=READING, status_code=200, include_in_schema=False)  # type: ignore[arg-type]


def plain_json(value: object) -> Response[bytes]:
    return Response(content=msgspec.json.encode(value), media_type=JSON, headers={"Cache-Control": "no-store"})
