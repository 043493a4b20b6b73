"""Who is looking: a cookie with a secret of its own, of which the store keeps only the digest.

A customer's cookie opens one order; a second order gets a second cookie, so two open tabs do not push each other out.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from countermand.context import Context
from countermand.model.ids import SLUG
from countermand.store.directory_port import Session
from countermand.web.pages.forms import secure

AnyRequest = Request[Any, Any, Any]
CUSTOMER = "customer"
MERCHANT = "merchant"
HOLDER = "holder"
SELLER = "seller"
LASTS = {
    CUSTOMER: timedelta(hours=8), MERCHANT: timedelta(hours=8), HOLDER: timedelta(hours=12),
    SELLER: timedelta(hours=8),
}
"""From signing in, whatever happens meanwhile: a shift for whoever packs, a day at the desk for the others."""
COOKIES = {CUSTOMER: "cm_order", MERCHANT: "cm_console", HOLDER: "cm_queue", SELLER: "cm_queue"}
LONGEST = 200


class NoVisit(Exception):
    """Nobody is signed in here: the cookie is missing, unknown or over."""


@dataclass(frozen=True, slots=True)
class Visit:
    """`subject`: the order's number for a customer, else the key, holder or seller that signed in."""

    merchant: str
    kind: str
    subject: str


def digest_of(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def cookie_name(request: AnyRequest, kind: str, subject: str = "") -> str:
    """A customer's cookie is named after the order, without naming it."""
    name = COOKIES[kind] + (f"_{digest_of(subject)[:12]}" if kind == CUSTOMER else "")
    return f"__Host-{name}" if secure(request) else name


async def open_visit(request: AnyRequest, ctx: Context, visit: Visit) -> Cookie:
    """Start a session and make its cookie. The only thing that a GET (of a link) writes."""
    secret, now = ctx.host.ids.secret(), ctx.host.now()
    lasts = LASTS[visit.kind]
    await ctx.store.open_session(
        Session(visit.merchant, digest_of(secret), visit.kind, visit.subject, now, now + lasts)
    )
    return Cookie(
        key=cookie_name(request, visit.kind, visit.subject), value=f"{visit.merchant}.{secret}", httponly=True,
        secure=secure(request) or ctx.config.secure_cookies, samesite="lax", path="/",
        max_age=int(lasts.total_seconds()),
    )


async def find_visit(request: AnyRequest, ctx: Context, kind: str, subject: str = "") -> Visit:
    """The visit behind the request's cookie. Errors: NoVisit. For a customer, only of this very order."""
    merchant, secret = _cookie(request, cookie_name(request, kind, subject))
    found = await ctx.store.find_session(merchant, digest_of(secret), ctx.host.now())
    if found is None or COOKIES.get(found.kind) != COOKIES[kind] or (kind == CUSTOMER and found.subject != subject):
        raise NoVisit
    return Visit(merchant, found.kind, found.subject)


async def close_visit(request: AnyRequest, ctx: Context, kind: str) -> Cookie:
    """End the session; the answer takes the cookie away."""
    name = cookie_name(request, kind)
    try:
        merchant, secret = _cookie(request, name)
        await ctx.store.close_session(merchant, digest_of(secret))
    except NoVisit:
        pass
    return Cookie(key=name, value="", max_age=0, path="/", httponly=True, samesite="lax", secure=secure(request))


def _cookie(request: AnyRequest, name: str) -> tuple[str, str]:
    value = request.cookies.get(name, "")
    merchant, _, secret = value.partition(".")
    if len(value) > LONGEST or not SLUG.fullmatch(merchant) or not secret:
        raise NoVisit
    return merchant, secret
