"""Forms: read within limits, proven to come from our own page, and carrying one key for one effect."""

from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import Cookie

from countermand.errors import BadFields, Fault
from countermand.host import Host

BODY_LIMIT = 64 * 1024
FIELD_LIMIT = 1_000
COMMENT_LIMIT = 500
"""Characters of a comment, counted as a person counts them."""
KEY_LIMIT = 80
FORM_COOKIE = "cm_form"


class ForeignForm(Exception):
    """The form was not sent from a page of ours, or the page is older than the browser's cookie."""


class Form:
    """The fields of a posted form, in order, names repeated where a form repeats them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def one(self, name: str) -> str:
        """The first value of a field, stripped; empty if it is absent."""
        return next((value.strip() for field, value in self.pairs if field == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for field, value in self.pairs if field == name)

    def number(self, name: str) -> int | None:
        """A whole number of at most 9 digits, or None if there is no such number in the field."""
        value = self.one(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def secure(request: Request[Any, Any, Any]) -> bool:
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def form_cookie_name(request: Request[Any, Any, Any]) -> str:
    """`__Host-` where the connection is secure: no other host of the domain can then set it."""
    return f"__Host-{FORM_COOKIE}" if secure(request) else FORM_COOKIE


def form_token(request: Request[Any, Any, Any], host: Host) -> tuple[str, list[Cookie]]:
    """The token that forms on this page carry, and the cookie to set if the browser has none yet."""
    name = form_cookie_name(request)
    known = request.cookies.get(name)
    if known and 20 <= len(known) <= 100:
        return known, []
    token = host.ids.secret()
    cookie = Cookie(key=name, value=token, httponly=True, samesite="lax", secure=secure(request), path="/")
    return token, [cookie]


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The posted form. Raises ForeignForm without our token, BadFields beyond the limits."""
    body = await request.body()
    if len(body) > BODY_LIMIT:
        raise BadFields([Fault("form", "is longer than 64 KB")])
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELD_LIMIT)
    except ValueError as error:
        raise BadFields([Fault("form", "cannot be read")]) from error
    form = Form(pairs)
    expected = request.cookies.get(form_cookie_name(request), "")
    if not expected or not compare_digest(expected.encode(), form.one("form_token").encode()):
        raise ForeignForm
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm
    return form


def form_key(form: Form) -> str:
    """The key that our page minted for this one effect."""
    key = form.one("key")
    if not key or len(key) > KEY_LIMIT:
        raise BadFields([Fault("key", "is missing; reload the page")])
    return key
