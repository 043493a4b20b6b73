"""`countermand verify`: do the stored rows keep the invariants?"""

import typer

from countermand.cli.output import JSON_OPTION, Exit, say, say_json


def verify(
    merchant: str = typer.Option("", "--merchant", "-m", help="One merchant only; all if it is left out."),
    json: bool = JSON_OPTION,
) -> None:
    """Check the invariants that concern stored data, on the live database; name the rows that break one.

    Exit code 0 = clean, 1 = at least one row breaks an invariant. Reads only; nothing needs to stop meanwhile.

    Examples:

      countermand verify

      countermand verify --merchant acme --json
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.cli.verifying import Verified, told, verify_rows
    from countermand.context import Context

    async def work(ctx: Context) -> Verified:
        if merchant:
            await known_merchant(ctx, merchant)
        return await verify_rows(ctx, merchant or None)

    found = run_with(work)
    if json:
        say_json({"clean": not found.violations, "checks": found.checks, "violations": found.violations})
    else:
        for each in found.violations:
            say(f"✗ {told(each)}")
        words = "clean" if not found.violations else f"{len(found.violations)} rows break an invariant"
        say(f"{found.checks} checks: {words}.")
    if found.violations:
        raise typer.Exit(int(Exit.FAILED))
