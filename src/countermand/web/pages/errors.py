"""Pages for what goes wrong. Each says what happened to the reader's request, never how the machine feels."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from countermand.errors import OrderBusy, Problem
from countermand.host import Host
from countermand.web.pages.forms import ForeignForm
from countermand.web.pages.frame import bare_stand, own_path
from countermand.web.pages.words import text

LOG = logging.getLogger("countermand.web.pages")
AnyRequest = Request[Any, Any, Any]
CHECK_STATUS = "check_status"
"""Where a page of the present request can tell whether its form went through; set by views before they act."""


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    title: str
    lines: tuple[str, ...]
    href: str | None = None
    link: str = ""


def told(request: AnyRequest, error: Exception) -> Told:
    """What to say about a mistake. Only a form that was sent can have changed anything."""
    match error:
        case ForeignForm():
            return Told(
                403, text("This page was open too long"),
                (text("We have not changed anything. Open the page again and send the form once more."),),
                own_path(request), text("Open the page again"),
            )
        case OrderBusy():
            return Told(
                409, text("The order is being changed by somebody else"),
                (text("We have not changed anything. Try again in a moment."),), own_path(request), text("Try again"),
            )
        case Problem(status=404) | HTTPException(status_code=404):
            line = text("Check the address, or open the link in your e-mail again.")
            return Told(404, text("Nothing here"), (line,))
        case Problem():
            return Told(int(error.status), error.title, (text("We have not changed anything."), error.detail))
        case HTTPException() if error.status_code < 500:
            return Told(error.status_code, text("This cannot be done here"), (text("We have not changed anything."),))
        case _:
            return unknown_outcome(request)


def unknown_outcome(request: AnyRequest) -> Told:
    check = request.scope.get("state", {}).get(CHECK_STATUS)
    if check:
        return Told(
            500, text("Sorry, there is a problem with the service"),
            (text("We are checking whether your cancellation went through. Do not order or cancel again."),),
            str(check), text("Check the status"),
        )
    line = text("Nothing was changed by opening this page.") if request.method in ("GET", "HEAD") else text(
        "Open the order again to see whether your change went through.")
    return Told(500, text("Sorry, there is a problem with the service"), (line,))


def page_for(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The page for any mistake, ours or the reader's; exception handlers of pages end here."""
    says = told(request, error)
    return bare_stand(request).page(
        "error.html", status=says.status, title=says.title, lines=says.lines, href=says.href, link=says.link
    )


def unexpected_page(host: Host) -> Callable[[AnyRequest, Exception], Response[bytes]]:
    """The handler for our own mistakes: the log gets an incident id with everything, the page stays calm."""

    def handle(request: AnyRequest, error: Exception) -> Response[bytes]:
        LOG.error("incident %s: %s %s", host.ids.new("in"), request.method, request.url.path, exc_info=error)
        return page_for(request, error)

    return handle


def broken_page(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The same for routers: they find the host in the application's state."""
    return unexpected_page(request.app.state.ctx.host)(request, error)


HANDLERS: dict[Any, Any] = {
    ForeignForm: page_for, Problem: page_for, HTTPException: page_for, Exception: broken_page,
}
"""For every router of pages."""
