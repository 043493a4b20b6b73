"""The demo's start page, its doors and its mailbox."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from countermand.context import Context
from countermand.inform.mailbox import Mail
from countermand.web.demo.entrance import Demo
from countermand.web.pages.errors import HANDLERS
from countermand.web.pages.frame import Stand, stand
from countermand.web.pages.render import FRAMING_POLICY, SAFETY, see_other
from countermand.web.pages.session import MERCHANT, open_visit

AnyRequest = Request[Any, Any, Any]
LISTED = 100
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail is foreign content: no script, no requests, an origin of its own."""


def demo_router(demo: Demo) -> Router:
    """The routes of one running demo."""

    def around(request: AnyRequest) -> Stand:
        ctx: Context = request.app.state.ctx
        return stand(request, ctx.host, "Countermand demo")

    async def mail_of(number: int) -> Mail:
        mail = await demo.mailbox.get(number)
        if mail is None:
            raise NotFoundException("There is no such mail.")
        return mail

    @get("/", include_in_schema=False)
    async def start(request: AnyRequest) -> Response[bytes]:
        return around(request).page("demo/start.html", demo=demo)

    @get(["/console/enter/{token:str}", "/queue/enter/{token:str}"], include_in_schema=False)
    async def enter(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        """Exchange the printed link for a session, as a customer's link is."""
        door = demo.door(token)
        if door is None or door.path != request.url.path:
            raise NotFoundException("There is no such door.")
        cookie = await open_visit(request, request.app.state.ctx, door.visit)
        return see_other("/console" if door.visit.kind == MERCHANT else "/queue", [cookie])

    @get("/demo/mailbox", include_in_schema=False)
    async def mailbox(request: AnyRequest) -> Response[bytes]:
        mails = await demo.mailbox.list(LISTED)
        here = around(request)
        rows = [(each, here.reader.moment(each.sent_at) if each.sent_at else "") for each in mails]
        return here.page("demo/mailbox.html", rows=rows)

    @get("/demo/mailbox/{number:int}", include_in_schema=False)
    async def one_mail(request: AnyRequest, number: FromPath[int]) -> Response[bytes]:
        mail = await mail_of(number)
        headers = {"Content-Security-Policy": FRAMING_POLICY}
        return around(request).page("demo/mail.html", mail=mail, number=number, headers=headers)

    @get("/demo/mailbox/{number:int}/html", include_in_schema=False)
    async def mail_html(number: FromPath[int]) -> Response[bytes]:
        mail = await mail_of(number)
        headers = {**SAFETY, "Content-Security-Policy": MAIL_POLICY}
        del headers["X-Frame-Options"]
        return Response(mail.html.encode(), media_type="text/html", headers=headers)

    return Router(
        "/", route_handlers=[start, enter, mailbox, one_mail, mail_html], exception_handlers=HANDLERS
    )
