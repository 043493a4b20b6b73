"""RFC 9457 answers for everything that goes wrong, ours and Litestar's, and a page that explains each `type`."""

import logging
from collections.abc import Callable, Iterator
from html import escape
from http import HTTPStatus

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from countermand.errors import NotFound, Problem
from countermand.host import Host

MEDIA_TYPE = "application/problem+json"
LOG = logging.getLogger("countermand.web")
Caught = Request[object, object, object]  # type: ignore[type-var]


class BadRequest(Problem):
    slug, title, status = "bad-request", "The request cannot be read", HTTPStatus.BAD_REQUEST


class MethodNotAllowed(Problem):
    slug, title, status = "method-not-allowed", "This method does not exist here", HTTPStatus.METHOD_NOT_ALLOWED


class BodyTooLarge(Problem):
    slug, title, status = "body-too-large", "The body is too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class WrongMediaType(Problem):
    slug, title, status = "wrong-media-type", "The body must be JSON", HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooManyRequests(Problem):
    slug, title, status = "too-many-requests", "Too many requests", HTTPStatus.TOO_MANY_REQUESTS


class OurMistake(Problem):
    slug, title, status = "internal-error", "Something went wrong on our side", HTTPStatus.INTERNAL_SERVER_ERROR


class NotReady(Problem):
    slug, title, status = "not-ready", "The store is not ready", HTTPStatus.SERVICE_UNAVAILABLE


def problem_body(problem: Problem) -> dict[str, object]:
    """The members of a problem; `type` is stable and can be opened as a page."""
    return {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": int(problem.status),
        "detail": problem.detail,
        **problem.extra,
    }


def printable(value: object) -> object:
    """The value without halves of surrogate pairs, which a caller can send as escapes and UTF-8 cannot carry."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {printable(key): printable(each) for key, each in value.items()}
        case list() | tuple():
            return [printable(each) for each in value]
        case _:
            return value


def encoded(problem: Problem) -> bytes:
    """The problem as JSON."""
    body = problem_body(problem)
    try:
        return msgspec.json.encode(body, enc_hook=str)
    except UnicodeEncodeError:
        return msgspec.json.encode(printable(body), enc_hook=str)


def problem_headers(problem: Problem) -> dict[str, str]:
    """Headers that go with a problem: when to come back, how to sign in."""
    headers = {"Cache-Control": "no-store"}
    if "retry_after" in problem.extra:
        headers["Retry-After"] = str(problem.extra["retry_after"])
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="countermand"'
    return headers


def answer(problem: Problem, more: dict[str, str] | None = None) -> Response[bytes]:
    """The problem as an HTTP answer."""
    return Response(
        content=encoded(problem),
        status_code=int(problem.status),
        media_type=MEDIA_TYPE,
        headers={**problem_headers(problem), **(more or {})},
    )


def ours(_: Caught, problem: Problem) -> Response[bytes]:
    """Exception handler for our own problems."""
    return answer(problem)


def litestars(_: Caught, error: HTTPException) -> Response[bytes]:
    """Exception handler for what Litestar itself refuses: routes, methods, sizes, parameters."""
    allow = {name.title(): value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return answer(from_status(error.status_code, error.detail), allow)


def from_status(status: int, detail: str) -> Problem:
    """Our problem for a bare HTTP status."""
    match status:
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            return MethodNotAllowed("See the Allow header for the methods of this address.")
        case 413:
            return BodyTooLarge("The body is larger than this call takes.")
        case 415:
            return WrongMediaType("Send the body as application/json.")
        case 429:
            return TooManyRequests("Come back later.", retry_after=1)
        case _ if status < 500:
            return BadRequest(detail)
        case _:
            return OurMistake("Something went wrong on our side.")


def unexpected(host: Host) -> Callable[[Caught, Exception], Response[bytes]]:
    """Exception handler for our own mistakes: the caller gets an incident id, the log gets everything."""

    def handle(request: Caught, error: Exception) -> Response[bytes]:
        incident = host.ids.new("in")
        LOG.error("incident %s: %s %s", incident, request.method, request.url.path, exc_info=error)
        return answer(OurMistake("It was recorded; tell us the incident if you ask about it.", incident=incident))

    return handle


def kinds(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every kind of problem there is."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def explained(slug: str) -> str:
    """The page behind a problem's `type`. Errors: NotFound for a slug that no problem has."""
    found = {each.slug: each for each in kinds()}.get(slug)
    if found is None:
        raise NotFound("There is no such problem.")
    words = escape((found.__doc__ or found.title).strip())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(found.title)}</title></head><body><main><h1>{escape(found.title)}</h1>"
        f"<p><code>{escape(slug)}</code>, HTTP status {int(found.status)}</p><p>{words}</p>"
        '<p><a href="/api/docs">All calls and their answers</a></p></main></body></html>'
    )
