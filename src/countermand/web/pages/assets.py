"""The stylesheet, the icons and the little script: read once, kept by browsers for a year under their digest."""

import gzip
from functools import lru_cache
from importlib.resources import files
from typing import Any

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

KINDS = {
    "countermand.css": "text/css", "icons.svg": "image/svg+xml", "mark.svg": "image/svg+xml",
    "app.js": "text/javascript",
}


@lru_cache(maxsize=len(KINDS))
def content(name: str) -> tuple[bytes, bytes]:
    """A file as it is and compressed."""
    plain = files("countermand.web").joinpath("static", name).read_bytes()
    return plain, gzip.compress(plain, mtime=0)


@get("/{name:str}", include_in_schema=False)
async def asset_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    if name not in KINDS:
        raise NotFoundException("Nothing here")
    plain, small = content(name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(small, media_type=KINDS[name], headers={**headers, "Content-Encoding": "gzip"})
    return Response(plain, media_type=KINDS[name], headers=headers)


static_router = Router("/static", route_handlers=[asset_file])
