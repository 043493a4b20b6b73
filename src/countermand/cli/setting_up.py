"""migrate, merchants, holders, sellers: what must be there before the first order."""

import typer

from countermand.cli.output import JSON_OPTION, Exit, Quit, say, say_json, say_table
from countermand.model.fulfilment import Control, HolderKind

MERCHANT = typer.Option(..., "--merchant", "-m", help="The merchant's id, such as acme.")
merchants = typer.Typer(no_args_is_help=True, help="The merchants of this installation, each a tenancy of its own.")
holders = typer.Typer(no_args_is_help=True, help="Who holds goods and sends them: warehouses, 3PLs, sellers.")
sellers = typer.Typer(no_args_is_help=True, help="The clients of a marketplace or a 3PL.")
LIKE_SLUG = "Lower-case letters, digits and hyphens, 1 to 40 characters."


def must_be_slug(word: str, what: str) -> None:
    from countermand.model.ids import SLUG

    if not SLUG.fullmatch(word):
        raise Quit(f"{word!r} cannot be the id of a {what}", LIKE_SLUG)


def migrate(json: bool = JSON_OPTION) -> None:
    """Make or bring up to date the tables. Safe to run twice, and from two nodes at once.

    Examples:

      countermand migrate

      COUNTERMAND_DATABASE=postgresql://shop@db/countermand countermand migrate
    """
    from countermand.cli.runtime import run_with
    from countermand.context import Context

    async def work(ctx: Context) -> str:
        await ctx.store.migrate()
        return ctx.store.engine

    engine = run_with(work, migrated=False)
    if json:
        say_json({"migrated": True, "engine": engine})
    else:
        say(f"The {engine} database is up to date.")


@merchants.command("create")
def create_merchant(
    merchant: str = typer.Argument(..., help="The id, such as acme."),
    name: str = typer.Option("", "--name", help="What customers read; the id if it is left out."),
    support: str = typer.Option("", "--support-email", help="Where customers can write to."),
    locale: str = typer.Option("en", "--locale", help="The language of customers whose own is not known."),
    json: bool = JSON_OPTION,
) -> None:
    """Create a merchant, with the default policy as version 1.

    Examples:

      countermand merchants create acme

      countermand merchants create acme --name "Acme Lamps" --support-email help@acme.example
    """
    from countermand.cli.runtime import run_with
    from countermand.cli.tenancy import new_merchant
    from countermand.context import Context

    must_be_slug(merchant, "merchant")

    async def work(ctx: Context) -> bool:
        return await new_merchant(ctx, merchant, name, support or None, locale)

    if not run_with(work):
        raise Quit(f"merchant {merchant} exists", "`countermand merchants list` shows all.", Exit.CONFLICT)
    if json:
        say_json({"merchant": merchant, "policy_version": 1})
    else:
        say(f"Merchant {merchant} is created, with the default policy as version 1.")


@merchants.command("list")
def list_merchants(json: bool = JSON_OPTION) -> None:
    """List the merchants.

    Examples:

      countermand merchants list --json
    """
    from countermand.cli.runtime import run_with
    from countermand.context import Context

    async def work(ctx: Context) -> list[dict[str, object]]:
        return [{"id": each.id, "name": each.name, "created_at": each.created_at}
                for each in await ctx.store.merchants()]

    show(run_with(work), ("id", "name", "created_at"), json)


def show(rows: list[dict[str, object]], columns: tuple[str, ...], json: bool) -> None:
    """Rows as one JSON array, or as a table of these columns."""
    if json:
        say_json(rows)
    else:
        say_table([each.replace("_", " ") for each in columns], [[row[each] for each in columns] for row in rows])


@holders.command("create")
def create_holder(
    holder: str = typer.Argument(..., help="The id, such as main."),
    merchant: str = MERCHANT,
    name: str = typer.Option("", "--name", help="What people read; the id if it is left out."),
    kind: HolderKind = typer.Option(HolderKind.WAREHOUSE, "--kind", help="What kind of holder it is."),
    control: Control = typer.Option(
        Control.CONFIRM, "--control",
        help="gate: claims before it ships; confirm: must confirm a stop; none: only reports.",
    ),
    plugin: str = typer.Option("", "--plugin", help="The fulfilment plugin that stops its goods; none: a person."),
    seller: str = typer.Option("", "--seller", help="The seller whose own goods these are."),
    email: str = typer.Option("", "--email", help="Where questions about late requests go."),
    json: bool = JSON_OPTION,
) -> None:
    """Create a holder. The first one created is the merchant's default.

    Examples:

      countermand holders create main --merchant acme

      countermand holders create north --merchant acme --kind 3pl --control gate --email desk@north.example
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context
    from countermand.model.fulfilment import Holder

    must_be_slug(holder, "holder")

    async def work(ctx: Context) -> bool:
        await known_merchant(ctx, merchant)
        if seller and seller not in {each.id for each in await ctx.store.sellers(merchant)}:
            raise Quit(f"{merchant} has no seller {seller!r}", f"countermand sellers create {seller} -m {merchant}")
        if plugin and ctx.plugins.fulfilment(plugin) is None:
            raise Quit(f"there is no fulfilment plugin {plugin!r}", "Leave --plugin out if a person stops the goods.")
        made = Holder(merchant, holder, name or holder, kind, control, plugin or None, seller or None, email or None)
        return await ctx.store.create_holder(made, ctx.host.now())

    if not run_with(work):
        raise Quit(f"{merchant} has a holder {holder}", f"countermand holders list -m {merchant}", Exit.CONFLICT)
    if json:
        say_json({"holder": holder, "merchant": merchant, "kind": kind, "control": control})
    else:
        say(f"Holder {holder} of {merchant} is created: {kind.value}, control {control.value}.")


@holders.command("list")
def list_holders(merchant: str = MERCHANT, json: bool = JSON_OPTION) -> None:
    """List a merchant's holders; the first is the default.

    Examples:

      countermand holders list --merchant acme
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context

    async def work(ctx: Context) -> list[dict[str, object]]:
        found = await ctx.store.holders(await known_merchant(ctx, merchant))
        return [{"id": each.id, "name": each.name, "kind": each.kind.value, "control": each.control.value,
                 "plugin": each.plugin, "seller": each.seller, "email": each.email} for each in found]

    show(run_with(work), ("id", "name", "kind", "control", "plugin", "seller", "email"), json)


@sellers.command("create")
def create_seller(
    seller: str = typer.Argument(..., help="The id, such as lamps-co."),
    merchant: str = MERCHANT,
    name: str = typer.Option("", "--name", help="What people read; the id if it is left out."),
    email: str = typer.Option("", "--email", help="Where questions about late requests go."),
    json: bool = JSON_OPTION,
) -> None:
    """Create a seller.

    Examples:

      countermand sellers create lamps-co --merchant acme --name "Lamps & Co"
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context
    from countermand.store.directory_port import Seller

    must_be_slug(seller, "seller")

    async def work(ctx: Context) -> bool:
        await known_merchant(ctx, merchant)
        return await ctx.store.create_seller(Seller(merchant, seller, name or seller, email or None), ctx.host.now())

    if not run_with(work):
        raise Quit(f"{merchant} has a seller {seller}", f"countermand sellers list -m {merchant}", Exit.CONFLICT)
    if json:
        say_json({"seller": seller, "merchant": merchant})
    else:
        say(f"Seller {seller} of {merchant} is created.")


@sellers.command("list")
def list_sellers(merchant: str = MERCHANT, json: bool = JSON_OPTION) -> None:
    """List a merchant's sellers.

    Examples:

      countermand sellers list --merchant acme --json
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.context import Context

    async def work(ctx: Context) -> list[dict[str, object]]:
        found = await ctx.store.sellers(await known_merchant(ctx, merchant))
        return [{"id": each.id, "name": each.name, "email": each.email} for each in found]

    show(run_with(work), ("id", "name", "email"), json)
