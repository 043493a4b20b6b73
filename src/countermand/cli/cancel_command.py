"""`countermand cancel`: a request on behalf of the merchant, previewed first, the money shown before it moves."""

import sys
from typing import Any

import typer

from countermand.cli.output import JSON_OPTION, Exit, Quit, amount, say, say_json, say_table

Json = dict[str, Any]
WHEN = {
    "at_once": "as soon as the goods are stopped",
    "after_remaining_despatched": "when the rest has been despatched",
    "after_goods_return": "when the goods are back",
    "nothing_due": "nothing is due",
}


def wanted_lines(stated: list[str]) -> tuple[tuple[str, int | None], ...]:
    """`1:2` is two units of line 1, `1` all of it. Errors: Quit that names the wrong one."""
    wanted: list[tuple[str, int | None]] = []
    for each in stated:
        line, colon, quantity = each.rpartition(":") if ":" in each else (each, "", "")
        if not line or (colon and not (quantity.isascii() and quantity.isdigit() and int(quantity) > 0)):
            raise Quit(f"--line {each!r} is not a line and a quantity", "Write --line 1:2 for two units of line 1.")
        wanted.append((line, int(quantity) if colon else None))
    return tuple(wanted)


def cancel(
    number: str = typer.Argument(..., help="The order's number."),
    merchant: str = typer.Option(..., "--merchant", "-m", help="The merchant whose order it is."),
    line: list[str] = typer.Option([], "--line", "-l", help="LINE:QUANTITY, or LINE for all of it; again for more."),
    reason: str = typer.Option("", "--reason", help="One of the policy's reason codes."),
    comment: str = typer.Option("", "--comment", help="A text that is kept with the request."),
    all_or_nothing: bool = typer.Option(False, "--all-or-nothing", help="Approve everything or nothing."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would happen; write nothing."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask before the request is made."),
    json: bool = JSON_OPTION,
) -> None:
    """Cancel an order or a part of it, for the merchant. Shows the decision and the money, and asks first.

    Exit code 3: the rules say no to all of it. Without --line every unit is asked for. The request is carried out by
    the runner (`countermand serve` or `countermand runner`).

    Examples:

      countermand cancel 1042 --merchant acme --line 1:2 --reason out_of_stock --dry-run

      countermand cancel 1042 --merchant acme --comment "the customer rang" --yes
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context

    lines = wanted_lines(line)

    async def work(ctx: Context) -> tuple[Json, Json | None]:
        await known_merchant(ctx, merchant)
        return await _cancel(ctx, merchant, number, lines, reason or None, comment or None, all_or_nothing,
                             dry_run=dry_run, yes=yes, quiet=json)

    preview, request = run_with(work)
    shown = request or preview
    if json:
        say_json(shown)
    elif request is not None:
        say(f"Request {request['id']}: {request['shown']}.")
    if all(each["outcome"] == "declined" for each in shown["lines"]):
        raise typer.Exit(int(Exit.NOT_ELIGIBLE))


async def _cancel(
    ctx: Any, merchant: str, number: str, lines: tuple[tuple[str, int | None], ...], reason: str | None,
    comment: str | None, all_or_nothing: bool, *, dry_run: bool, yes: bool, quiet: bool,
) -> tuple[Json, Json | None]:
    """The preview, and the request if one was made."""
    import msgspec

    from countermand.ask.preview import preview
    from countermand.ask.submit import submit
    from countermand.errors import NotFound, NothingToCancel
    from countermand.model.event import Actor
    from countermand.model.request import Ask, Asker, Role, Wanted

    order = await ctx.store.load(merchant, number)
    if order is None:
        raise Quit(f"{merchant} has no order {number}", f"countermand orders list --merchant {merchant}")
    quantities = {each.id: each.quantity for each in order.lines}
    unknown = [line for line, _ in lines if line not in quantities]
    if unknown:
        raise Quit(f"order {number} has no line {', '.join(unknown)}", f"Its lines are {', '.join(quantities)}.")
    wanted = tuple(Wanted(line, quantity or quantities[line]) for line, quantity in lines) or None
    ask = Ask(Asker(Role.MERCHANT), lines=wanted, reason=reason, comment=comment, all_or_nothing=all_or_nothing)
    try:
        seen: Json = msgspec.json.decode(msgspec.json.encode(await preview(ctx, merchant, number, ask)))
        if not quiet:
            say_preview(seen, {each.id: each.title for each in order.lines})
        if dry_run or all(each["outcome"] == "declined" for each in seen["lines"]):
            return seen, None
        _confirm(yes)
        answer = await submit(ctx, merchant, number, ask, Actor("merchant", "cli"), if_match=seen["order_version"])
    except NothingToCancel as nothing:
        raise Quit(nothing.detail, code=Exit.NOT_ELIGIBLE) from nothing
    except NotFound as missing:
        raise Quit(missing.detail) from missing
    return seen, msgspec.json.decode(answer.body)


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Quit("nobody is there to confirm", "Add --yes, or --dry-run to look only.")
    if not typer.confirm("Make this request?", err=True):
        raise Quit("nothing was changed", code=Exit.FAILED)


def say_preview(seen: Json, titles: dict[str, str]) -> None:
    """What would happen to each line, and to the money."""
    rows = [
        (each["line"], titles.get(each["line"], ""), each["quantity"], each["outcome"].replace("_", " "),
         (each["reason"] or "").replace("_", " "), (each["next_step"] or "").replace("_", " "))
        for each in seen["lines"]
    ]
    say_table(("line", "what", "units", "decision", "why", "next step"), rows)
    money = seen["money"]
    if money["refund"] or money["void"]:
        kind = "Refund" if money["refund"] else "Let go of"
        fee = f", after a fee of {amount(money['fee'], money['currency'])}" if money["fee"] else ""
        when = WHEN.get(money["when"], money["when"])
        say(f"{kind} {amount(money['refund'] or money['void'], money['currency'])}{fee}: {when}.")
    else:
        say("No money moves.")
