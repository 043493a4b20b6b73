"""orders list and show."""

import json as json_library
from typing import Any

import typer

from countermand.cli.output import JSON_OPTION, Quit, amount, say, say_json, say_table
from countermand.model.fulfilment import Stage
from countermand.model.request import RequestState

orders = typer.Typer(no_args_is_help=True, help="Orders: a list of them, one in full.")
MERCHANT = typer.Option(..., "--merchant", "-m", help="The merchant whose orders these are.")
MOST = 200
Json = dict[str, Any]


@orders.command("list")
def list_orders(
    merchant: str = MERCHANT,
    stage: Stage | None = typer.Option(None, "--stage", help="Only orders at this stage."),
    state: RequestState | None = typer.Option(None, "--state", help="Only orders with a request in this state."),
    search: str = typer.Option("", "--search", "-q", help="A number, a name or an e-mail address, or its beginning."),
    limit: int = typer.Option(25, "--limit", min=1, max=MOST),
    json: bool = JSON_OPTION,
) -> None:
    """List orders, the newest first.

    Examples:

      countermand orders list --merchant acme --state awaiting_approval

      countermand orders list --merchant acme -q 1042 --json
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context
    from countermand.store.directory_port import OrderFilter, OrderSummary

    async def work(ctx: Context) -> tuple[OrderSummary, ...]:
        await known_merchant(ctx, merchant)
        chosen = OrderFilter(stage=stage, request_state=state, q=search or None)
        return (await ctx.store.list_orders(merchant, chosen, limit)).items

    found = run_with(work)
    if json:
        say_json(found)
        return
    say_table(("number", "placed", "customer", "stage", "request", "units", "cancelled", "first line"), [
        (each.number, f"{each.placed_at:%Y-%m-%d %H:%M}", each.customer_name or each.customer_email,
         each.stage.value if each.stage else None,
         each.request_state.value.replace("_", " ") if each.request_state else None,
         each.units, each.cancelled, each.first_title)
        for each in found
    ], empty="No order fits.")


@orders.command("show")
def show_order(
    number: str = typer.Argument(..., help="The order's number."), merchant: str = MERCHANT, json: bool = JSON_OPTION,
) -> None:
    """Show one order in full: lines and their counters, requests, money, parcels.

    Examples:

      countermand orders show 1042 --merchant acme
    """
    import msgspec

    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context
    from countermand.inform.views import order_view

    async def work(ctx: Context) -> Json:
        order = await ctx.store.load(await known_merchant(ctx, merchant), number)
        if order is None:
            raise Quit(f"{merchant} has no order {number}", f"countermand orders list --merchant {merchant}")
        view = order_view(order, await ctx.policies.book(ctx.store, order))
        return json_library.loads(msgspec.json.encode(view))  # type: ignore[no-any-return]

    view = run_with(work)
    if json:
        say_json(view)
    else:
        say_order(view)


def say_order(view: Json) -> None:
    """An order for people."""
    currency = view["currency"]
    customer = view["customer"]["name"] or view["customer"]["email"] or "no customer named"
    say(f"Order {view['number']}, version {view['version']}: {view['shown']}")
    say(f"{customer}, placed {view['placed_at']}")
    if view["quarantined"]:
        say(f"Quarantined: {view['quarantined']}")
    say_table(("line", "sku", "what", "units", "open", "held", "cancelled", "despatched", "shown"), [
        (each["id"], each["sku"], each["title"], each["quantity"], each["open"], each["held"], each["cancelled"],
         each["despatched"], each["shown"]) for each in view["lines"]
    ])
    for each in view["fulfilment_orders"]:
        say(f"{each['id']} at {each['holder']}: {each['stage']}")
    for each in view["payments"]:
        paid = f"captured {amount(each['captured'], currency)} of {amount(each['authorised'], currency)}"
        say(f"Payment {each['id']} at {each['provider']}: {paid}, refunded {amount(each['refunded'], currency)}")
    for each in view["requests"]:
        say(f"Request {each['id']}: {each['shown']}, refund {amount(each['money']['refund'], currency)}"
            f" ({each['money']['when'].replace('_', ' ')})")
    for each in view["work"]:
        say(f"Needs somebody: {each['kind'].replace('_', ' ')} {each['subject']}: {each['note'] or ''}")
