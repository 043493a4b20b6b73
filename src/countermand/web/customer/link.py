"""The link from the e-mail becomes a session; a lost or old link becomes a new one by mail."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from countermand.context import Context
from countermand.errors import Fault
from countermand.inform.messages import order_link
from countermand.model.ids import ORDER_NUMBER, SLUG
from countermand.web.pages.forms import read_form
from countermand.web.pages.frame import stand
from countermand.web.pages.render import path, see_other
from countermand.web.pages.session import CUSTOMER, Visit, digest_of, open_visit
from countermand.web.pages.words import text

AnyRequest = Request[Any, Any, Any]
LONGEST_EMAIL = 320


@get("/o/{link:str}", include_in_schema=False)
async def enter_by_link(request: AnyRequest, link: FromPath[str]) -> Response[bytes]:
    """Exchange the link for a cookie. It is not used up: mail scanners open it too, and nothing comes of that."""
    ctx: Context = request.app.state.ctx
    merchant, _, token = link.partition(".")
    number = None
    if SLUG.fullmatch(merchant) and 0 < len(token) <= 100:
        found = await ctx.store.find_link(merchant, digest_of(token), ctx.host.now())
        number = found.order if found is not None else None
    if number is None:
        return expired(request, merchant)
    cookie = await open_visit(request, ctx, Visit(merchant, CUSTOMER, number))
    return see_other(path("orders", number), [cookie])


def expired(request: AnyRequest, merchant: str, number: str = "", status: int = 410) -> Response[bytes]:
    """No order data, only the way to a new link."""
    return form_page(
        request, text("Your link has expired"), text("We can send you a new one by e-mail."), merchant=merchant,
        number=number, status=status,
    )


def form_page(
    request: AnyRequest, says: str, lede: str, *, merchant: str = "", number: str = "", email: str = "",
    faults: tuple[Fault, ...] = (), sent: bool = False, status: int = 200,
) -> Response[bytes]:
    ctx: Context = request.app.state.ctx
    around = stand(request, ctx.host, "Countermand")
    return around.page(
        "customer/find.html", status=status, says=says, lede=lede, merchant=merchant, number=number, email=email,
        faults=faults, sent=sent,
    )


def no_visit(request: AnyRequest, _: Exception) -> Response[bytes]:
    """Whoever comes to an order's page without a session. Says nothing about whether the order exists."""
    number = str(request.path_params.get("number", ""))
    return expired(request, "", number if ORDER_NUMBER.fullmatch(number) else "", status=401)


@get("/find-order", include_in_schema=False)
async def find_form(request: AnyRequest) -> Response[bytes]:
    shop = request.query_params.get("shop", "")
    return form_page(
        request, text("Find my order"), text("We send you a link to its page."),
        merchant=shop if SLUG.fullmatch(shop) else "",
    )


@post("/find-order", status_code=200, include_in_schema=False)
async def find_send(request: AnyRequest) -> Response[bytes]:
    """The answer is always the same, so that nobody learns here who ordered what."""
    form = await read_form(request)
    number, email, merchant = form.one("number"), form.one("email"), form.one("merchant")
    faults = []
    if not ORDER_NUMBER.fullmatch(number):
        faults.append(Fault("number", text("Enter the order number from your confirmation")))
    if "@" not in email or len(email) > LONGEST_EMAIL:
        faults.append(Fault("email", text("Enter an e-mail address, like name@example.com")))
    if faults:
        return form_page(
            request, text("Find my order"), text("We send you a link to its page."), merchant=merchant, number=number,
            email=email, faults=tuple(faults), status=422,
        )
    await send_link(request.app.state.ctx, merchant, number, email)
    return form_page(
        request, text("Look into your e-mail"), text("If they match, we have sent a new link."), sent=True
    )


async def send_link(ctx: Context, merchant: str, number: str, email: str) -> None:
    """Mail a new link if the address is the order's own. Without a shop, only where there is no choice of shops."""
    if not merchant:
        shops = await ctx.store.merchants()
        merchant = shops[0].id if len(shops) == 1 else ""
    if not SLUG.fullmatch(merchant):
        return
    for spelling in dict.fromkeys((number, number.removeprefix("#"), f"#{number}")):
        order = await ctx.store.load(merchant, spelling) if ORDER_NUMBER.fullmatch(spelling) else None
        if order is not None and (order.customer.email or "").casefold() == email.casefold():
            await ctx.store.tell(merchant, spelling, order_link(order, ctx.host.now()))
            ctx.bell.ring()
            return
