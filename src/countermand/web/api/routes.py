"""Every call of the API as routes, its OpenAPI document, and the pages that explain both."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from countermand.context import Context
from countermand.web.api import batches, cases, happenings, money, orders, requests, settings
from countermand.web.api.call import JSON
from countermand.web.api.desk import Desk, litestar_path
from countermand.web.api.docs import page
from countermand.web.api.openapi import document
from countermand.web.auth import Keys
from countermand.web.health import reading
from countermand.web.metrics import Metrics
from countermand.web.problem import explained

CALLS = (
    *orders.CALLS, *requests.CALLS, *cases.CALLS, *happenings.CALLS, *money.CALLS, *batches.CALLS, *settings.CALLS,
)
HTML = "text/html"
PLAIN_PAGE = {
    "Content-Security-Policy":
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def api_routes(ctx: Context, metrics: Metrics, version: str) -> list[HTTPRouteHandler]:
    """All routes below `/api`, and `/problems/{slug}`."""
    desk = Desk(ctx, Keys(ctx, metrics), metrics)
    described = document(CALLS, version)
    as_json = msgspec.json.encode(described)
    as_page = page(described).encode()

    async def openapi_json() -> Response[bytes]:
        return Response(content=as_json, media_type=JSON)

    async def docs() -> Response[bytes]:
        return Response(content=as_page, media_type=HTML, headers=PLAIN_PAGE)

    async def problem_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(content=explained(request.path_params["slug"]).encode(), media_type=HTML, headers=PLAIN_PAGE)

    return [
        *(options_route(path) for path in dict.fromkeys(call.path for call in CALLS)),
        *(desk.route(call) for call in CALLS),
        reading("/api/openapi.json")(openapi_json),
        reading("/api/docs")(docs),
        reading("/problems/{slug:str}")(problem_page),
    ]


def options_route(path: str) -> HTTPRouteHandler:
    """OPTIONS for one path, naming every method it has; must be registered first, or Litestar makes its own."""
    methods = {call.method for call in CALLS if call.path == path} | {"OPTIONS"}
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))

    async def options() -> Response[None]:
        return Response(content=None, status_code=204, headers={"Allow": allowed, "Cache-Control": "no-store"})

    return HTTPRouteHandler(
        litestar_path(path), http_method=["OPTIONS"], status_code=204, include_in_schema=False
    )(options)
