"""Templates to answers, with the headers that every page carries."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAMING_POLICY = CONTENT_POLICY + "; frame-src 'self'"
SAFETY: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""On every page and every redirect. A page's text is one person's: nothing in between may keep it."""


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a static file; its digest is part of it, so a browser may keep it for ever."""
    content = files("countermand.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


def path(*parts: str) -> str:
    """A path of quoted parts; an order's number may hold `#`."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


@lru_cache(maxsize=1)
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("countermand.web", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.globals.update(asset=asset, path=path)
    return environment


def render(template: str, **context: Any) -> bytes:
    return templates().get_template(template).render(**context).encode()


def page(
    template: str, *, status: int = 200, cookies: list[Cookie] | None = None,
    headers: Mapping[str, str] | None = None, **context: Any,
) -> Response[bytes]:
    """A whole page. `headers` override those of `SAFETY`."""
    return Response(
        render(template, **context), status_code=status, media_type="text/html",
        headers={**SAFETY, **(headers or {})}, cookies=cookies or [],
    )


def see_other(location: str, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """After a form: look at the outcome with a GET that can be repeated."""
    return Response(b"", status_code=303, headers={**SAFETY, "Location": location}, cookies=cookies or [])
