"""keys create, list, revoke: API keys, stored as digests only."""

import re
from datetime import timedelta
from enum import StrEnum

import typer

from countermand.cli.output import JSON_OPTION, Exit, Quit, say, say_json, say_table

keys = typer.Typer(no_args_is_help=True, help="API keys: shown once when they are made, stored as digests.")
MERCHANT = typer.Option(..., "--merchant", "-m", help="The merchant whose key it is.")
LENGTH = re.compile(r"(\d{1,4})(m|h|d)")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Shown(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


def length_of(text: str) -> timedelta | None:
    """`90d`, `12h`, `30m` as a length; empty = for ever. Errors: Quit."""
    if not text:
        return None
    match = LENGTH.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise Quit(f"--expires-in {text!r} is not a length", "Write 90d, 12h or 30m.")
    return int(match[1]) * UNITS[match[2]]


@keys.command("create")
def create_key(
    merchant: str = MERCHANT,
    holder: str = typer.Option("", "--holder", help="A key of this holder: its cases and its despatches only."),
    seller: str = typer.Option("", "--seller", help="A key of this seller: its lines only."),
    scope: list[str] = typer.Option([], "--scope", help="What it may do, such as orders:read; again for more."),
    label: str = typer.Option("", "--label", help="A name for the list of keys."),
    expires_in: str = typer.Option("", "--expires-in", help="90d, 12h or 30m; for ever if left out."),
    json: bool = JSON_OPTION,
) -> None:
    """Make an API key and print it, and nothing else. It is shown this once.

    Examples:

      countermand keys create --merchant acme

      countermand keys create --merchant acme --holder main --label "pick desk" --expires-in 90d

      KEY=$(countermand keys create --merchant acme --scope orders:read --scope requests:write)
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.cli.tenancy import new_key
    from countermand.context import Context
    from countermand.web.auth import Scope

    lasts = length_of(expires_in)
    unknown = sorted(set(scope) - {each.value for each in Scope})
    if unknown:
        known = ", ".join(each.value for each in Scope)
        raise Quit(f"there is no scope {', '.join(unknown)}", f"Scopes are {known}.")
    if holder and seller:
        raise Quit("a key is a holder's or a seller's, not both", "Leave one of --holder and --seller out.")

    async def work(ctx: Context) -> str:
        await known_merchant(ctx, merchant)
        there = {each.id for each in await ctx.store.holders(merchant)}
        if holder and holder not in there:
            raise Quit(f"{merchant} has no holder {holder!r}; there are: {', '.join(sorted(there)) or 'none yet'}",
                       f"countermand holders create {holder} --merchant {merchant}")
        sold_by = {each.id for each in await ctx.store.sellers(merchant)}
        if seller and seller not in sold_by:
            raise Quit(f"{merchant} has no seller {seller!r}; there are: {', '.join(sorted(sold_by)) or 'none yet'}",
                       f"countermand sellers create {seller} --merchant {merchant}")
        return await new_key(
            ctx, merchant, label=label, holder=holder or None, seller=seller or None,
            scopes=tuple(scope) or ("*",), expires_in=lasts,
        )

    key = run_with(work)
    if json:
        say_json({"key": key})
    else:
        print(key)


@keys.command("list")
def list_keys(merchant: str = MERCHANT, json: bool = JSON_OPTION) -> None:
    """List a merchant's keys; never their secrets.

    Examples:

      countermand keys list --merchant acme
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context

    async def work(ctx: Context) -> list[dict[str, object]]:
        found = await ctx.store.api_keys(await known_merchant(ctx, merchant))
        now = ctx.host.now()
        return [
            {"id": each.id, "label": each.label, "scopes": list(each.scopes), "holder": each.holder,
             "seller": each.seller, "created_at": each.created_at, "expires_at": each.expires_at,
             "state": Shown.REVOKED if each.revoked_at else
             Shown.EXPIRED if each.expires_at and each.expires_at <= now else Shown.ACTIVE}
            for each in found
        ]

    rows = run_with(work)
    if json:
        say_json(rows)
        return
    say_table(("id", "label", "scopes", "whose", "created", "state"), [
        (row["id"], row["label"], " ".join(map(str, row["scopes"])),  # type: ignore[call-overload]
         row["holder"] or row["seller"] or merchant, f"{row['created_at']:%Y-%m-%d}", row["state"])
        for row in rows
    ])


@keys.command("revoke")
def revoke_key(
    key: str = typer.Argument(..., help="The key's id, as `keys list` shows it."), merchant: str = MERCHANT,
    json: bool = JSON_OPTION,
) -> None:
    """Make a key worthless, within seconds on every node.

    Examples:

      countermand keys revoke key_01jd3z --merchant acme
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context

    async def work(ctx: Context) -> bool:
        return await ctx.store.revoke_api_key(await known_merchant(ctx, merchant), key, ctx.host.now())

    if not run_with(work):
        raise Quit(f"{merchant} has no key {key!r} that could be revoked", f"countermand keys list -m {merchant}",
                   Exit.CONFLICT)
    if json:
        say_json({"revoked": key})
    else:
        say(f"Key {key} is revoked.")
