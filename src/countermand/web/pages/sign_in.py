"""Signing in with an API key, pasted once: the key opens a session and is not kept."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from countermand.context import Context
from countermand.errors import Fault, NotSignedIn
from countermand.web.auth import Caller, Side, caller_of, split_key
from countermand.web.pages.forms import read_form
from countermand.web.pages.frame import stand
from countermand.web.pages.render import see_other
from countermand.web.pages.session import HOLDER, MERCHANT, SELLER, Visit, digest_of, open_visit
from countermand.web.pages.words import text

AnyRequest = Request[Any, Any, Any]
KIND = {Side.MERCHANT: MERCHANT, Side.HOLDER: HOLDER, Side.SELLER: SELLER}


@dataclass(frozen=True, slots=True)
class Door:
    """Where one kind of key lets in. `home`: the page behind it."""

    says: str
    lede: str
    home: str
    sides: frozenset[Side]


CONSOLE = Door(
    text("Sign in to the console"), text("Use a key of the merchant."), "/console", frozenset({Side.MERCHANT})
)
QUEUE = Door(
    text("Sign in to the queue"), text("Use the key of your warehouse or your shop."), "/queue",
    frozenset({Side.HOLDER, Side.SELLER}),
)


def door_page(request: AnyRequest, door: Door, faults: tuple[Fault, ...] = (), status: int = 200) -> Response[bytes]:
    ctx: Context = request.app.state.ctx
    return stand(request, ctx.host, "Countermand").page(
        "sign_in.html", status=status, says=door.says, lede=door.lede, action=f"{door.home}/sign-in", faults=faults
    )


async def sign_in(request: AnyRequest, door: Door) -> Response[bytes]:
    """Open a session for the key in the form, or say what is wrong with it."""
    ctx: Context = request.app.state.ctx
    form = await read_form(request)
    caller = await caller_behind(ctx, form.one("api_key"))
    if caller is None:
        return door_page(request, door, (Fault("api_key", text("Enter a key that is known and not revoked")),), 422)
    if caller.side not in door.sides:
        other = Fault("api_key", text("Enter a key for this place; this one is for another"))
        return door_page(request, door, (other,), 422)
    visit = Visit(caller.merchant, KIND[caller.side], caller.holder or caller.seller or caller.key)
    return see_other(door.home, [await open_visit(request, ctx, visit)])


async def caller_behind(ctx: Context, key: str) -> Caller | None:
    try:
        merchant, secret = split_key(f"Bearer {key}")
    except NotSignedIn:
        return None
    return caller_of(await ctx.store.find_api_key(merchant, digest_of(secret)), ctx.host.now())
