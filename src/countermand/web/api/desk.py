"""The desk where every API call arrives: who is it, is it well-formed, has it been answered before, then the call."""

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from countermand.context import Context
from countermand.errors import Problem
from countermand.store.directory_port import AlreadyAnswered
from countermand.store.port import Idempotency, Replayed
from countermand.web.api.call import JSON, Call, Incoming, Reply, read
from countermand.web.auth import Keys
from countermand.web.idempotency import REPLAYED, Twins, same_body
from countermand.web.metrics import Metrics

PREFIX = "/api/v1"
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Desk:
    """Serves the calls of one process."""

    def __init__(self, ctx: Context, keys: Keys, metrics: Metrics) -> None:
        self._ctx = ctx
        self._keys = keys
        self._metrics = metrics
        self._twins = Twins()

    def route(self, call: Call) -> HTTPRouteHandler:
        """The call as a Litestar handler; a GET answers HEAD too."""

        async def handle(request: Request[Any, Any, Any]) -> Response[bytes | None]:
            return await self._timed(call, request)

        path = litestar_path(call.path)
        methods = ["GET", "HEAD"] if call.method == "GET" else [call.method]
        return HTTPRouteHandler(
            path, http_method=methods, status_code=200, include_in_schema=False, name=f"{call.method} {path}",  # type: ignore[arg-type]
            request_max_body_size=call.body_limit,
        )(handle)

    async def _timed(self, call: Call, request: Request[Any, Any, Any]) -> Response[bytes | None]:
        started = self._ctx.host.clock.monotonic()
        status = 500
        try:
            reply = await self._serve(call, request)
            status = reply.status
        except Problem as problem:
            status = int(problem.status)
            raise
        finally:
            self._metrics.calls[(call.method, call.path, status)] += 1
            self._metrics.seconds += self._ctx.host.clock.monotonic() - started
        return Response(
            content=reply.body or None, status_code=reply.status, media_type=JSON,
            headers={**PRIVATE, **reply.headers},
        )

    async def _serve(self, call: Call, request: Request[Any, Any, Any]) -> Reply:
        caller, secret = await self._keys.caller(request.headers.get("authorization"))
        caller.must(call.scope, call.sides)
        incoming = await read(call, request, self._ctx, caller, secret)
        if incoming.idempotency is None:
            return await call.handler(incoming)
        async with self._twins.alone(caller.merchant, incoming.idempotency):
            return await self._once(call, incoming)

    async def _once(self, call: Call, incoming: Incoming) -> Reply:
        """The effect, or the answer it had: what came first is told again even if it would be refused by now."""
        assert incoming.idempotency is not None, "only calls with a key come here"
        try:
            reply = await call.handler(incoming)
        except AlreadyAnswered as before:
            reply = told_before(before.replayed, incoming.idempotency)
        except Problem:
            stored = await self._ctx.store.find_answer(incoming.merchant, incoming.idempotency)
            if stored is None:
                raise
            reply = told_before(stored, incoming.idempotency)
        if not reply.replayed:
            return reply
        self._metrics.replays += 1
        return Reply(reply.status, reply.body, {**reply.headers, REPLAYED: "true"})


def litestar_path(path: str) -> str:
    """A call's path below the prefix, its names as Litestar writes them."""
    return PREFIX + path.replace("}", ":str}")


def told_before(stored: Replayed, mine: Idempotency) -> Reply:
    """The stored answer, to the letter. Errors: IdempotencyKeyReused if it was given to another body."""
    answer = same_body(stored, mine).answer
    return Reply(answer.status, answer.body, replayed=True)
