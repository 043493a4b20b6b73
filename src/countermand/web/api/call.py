"""One call of the API as data, and the one way that every call is served.

Order of checks (DESIGN section 7): auth, shape, existence, state conflict, vocabulary. The first two are here.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Request

from countermand.context import Context
from countermand.errors import BadFields, Fault, NotFound, Problem
from countermand.model.ids import ITEM_ID, ORDER_NUMBER, SLUG
from countermand.store.port import Answer, Idempotency
from countermand.web.api.paging import Parameter, read_query
from countermand.web.api.shape import Fields, checked
from countermand.web.api.strict_json import strict_json
from countermand.web.auth import Caller, Scope, Side
from countermand.web.idempotency import HEADER, idempotency
from countermand.web.problem import WrongMediaType

MEBIBYTE = 1024 * 1024
JSON = "application/json"
VERSION_TAG = re.compile(r'(?P<quote>"?)([0-9]{1,18})(?P=quote)')
NAMES: Mapping[str, re.Pattern[str]] = {"number": ORDER_NUMBER, "id": ITEM_ID, "slug": SLUG}
ANY_REQUEST = Request[Any, Any, Any]
MERCHANT_ONLY = frozenset({Side.MERCHANT})
MERCHANT_OR_SELLER = frozenset({Side.MERCHANT, Side.SELLER})
EVERYBODY = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that is allowed and well-formed. `body` is what the call's shape made of it; `raw` the very bytes.

    `secret`: the presented API secret, from which a link can be derived again for a replay.
    """

    ctx: Context
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, object]
    raw: bytes
    body: dict[str, Any]
    if_match: int | None
    if_none_match: str | None
    idempotency: Idempotency | None
    secret: str

    @property
    def merchant(self) -> str:
        return self.caller.merchant


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a status, JSON bytes, and headers beside the usual ones."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


Handler = Callable[[Incoming], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Call:
    """One row of DESIGN section 7's table.

    `body`: the shape that is checked here; `checked_later` bodies are only described, since the use case reads them.
    `changing`: takes an Idempotency-Key. `conditional`: takes If-Match. `answers`: status to what it means and looks
    like. `refusals`: the problems beside those that every call can answer.
    """

    method: str
    path: str
    summary: str
    scope: Scope
    handler: Handler
    answers: Mapping[int, Fields]
    sides: frozenset[Side] = MERCHANT_ONLY
    body: Fields | None = None
    checked_later: bool = False
    body_optional: bool = False
    query: tuple[Parameter, ...] = ()
    changing: bool = False
    conditional: bool = False
    tagged: bool = False
    refusals: tuple[type[Problem], ...] = ()
    body_limit: int = MEBIBYTE
    tag: str = "orders"


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with this value as JSON; instants are RFC 3339 in UTC."""
    return Reply(status, msgspec.json.encode(body), headers or {})


def reply_of(answer: Answer) -> Reply:
    """What a use case answered, to the letter."""
    return Reply(answer.status, answer.body, replayed=answer.replayed)


async def read(call: Call, request: ANY_REQUEST, ctx: Context, caller: Caller, secret: str) -> Incoming:
    """The call's shape: query, headers, body, names in the path. Errors: 400, 404, 413, 415, 422."""
    headers = request.headers
    query = read_query(request.scope["query_string"], call.query)
    raw, body = await read_body(call, request)
    if_match = version_of(headers.get("if-match")) if call.conditional else None
    key = idempotency(call.method, request.scope["path"], headers.get(HEADER), raw) if call.changing else None
    path = {name: str(value) for name, value in request.path_params.items()}
    for name, value in path.items():
        if not NAMES[name].fullmatch(value):
            raise NotFound(f"There is nothing called {value[:80]!a}.")
    return Incoming(
        ctx, caller, path, query, raw, body, if_match, headers.get("if-none-match"), key, secret
    )


async def read_body(call: Call, request: ANY_REQUEST) -> tuple[bytes, dict[str, Any]]:
    """The bytes and the checked value of the body."""
    if call.body is None:
        return (await request.body() if call.changing else b""), {}
    raw = await request.body()
    if call.body_optional and not raw:
        return raw, {}
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type != JSON and not media_type.endswith("+json"):
        raise WrongMediaType(f"Send the body as {JSON}, not as {media_type[:80]}.")
    value = strict_json(raw)
    if call.checked_later:
        if not isinstance(value, dict):
            raise BadFields([Fault("body", "must be an object")])
        return raw, value
    return raw, checked(call.body, value)


def version_of(if_match: str | None) -> int | None:
    """The version that the caller saw; None = any. Weak tags and lists are refused: a change needs one exact version.
    A bare number is one too.

    Errors: BadFields.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tag = VERSION_TAG.fullmatch(if_match.strip())
    if tag is None:
        raise BadFields([Fault("If-Match", 'must be one strong version tag such as "7", or *')])
    return int(tag.group(2))
