"""policy show, check, put: the merchant's rules as a document."""

import json as json_library
import sys
from pathlib import Path
from typing import Any

import typer

from countermand.cli.output import JSON_OPTION, Exit, Quit, say, say_json

policy = typer.Typer(no_args_is_help=True, help="The merchant's rules: shown, checked, put in force.")
MERCHANT = typer.Option(..., "--merchant", "-m", help="The merchant whose policy it is.")
FILE = typer.Argument(..., help="A policy document as JSON; - reads it from standard input.")


@policy.command("show")
def show_policy(
    merchant: str = MERCHANT,
    version: int | None = typer.Option(None, "--version", min=1, help="An earlier one; the current one if left out."),
    json: bool = typer.Option(False, "--json", help="In one line, for programs."),
) -> None:
    """Print the policy as JSON, ready to be edited and put back.

    Examples:

      countermand policy show --merchant acme > policy.json

      countermand policy show --merchant acme --version 1
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.cli.tenancy import document_of
    from countermand.context import Context

    async def work(ctx: Context) -> dict[str, Any]:
        return await document_of(ctx, await known_merchant(ctx, merchant), version)

    document = run_with(work)
    if json:
        say_json(document)
    else:
        print(json_library.dumps(document, indent=2, ensure_ascii=False))


@policy.command("check")
def check_policy(file: Path = FILE, json: bool = JSON_OPTION) -> None:
    """Say whether a document can be a policy; every fault is named with its field. Needs no database.

    Examples:

      countermand policy check policy.json
    """
    faults = faults_of(read_document(file))
    if json:
        say_json({"valid": not faults, "errors": [{"field": field, "message": message} for field, message in faults]})
    else:
        for field, message in faults:
            say(f"✗ {field}: {message}")
        say("This can be a policy." if not faults else f"{len(faults)} fields are wrong.")
    if faults:
        raise typer.Exit(int(Exit.USAGE))


@policy.command("put")
def put_policy(
    file: Path = FILE,
    merchant: str = MERCHANT,
    if_version: int | None = typer.Option(None, "--if-version", min=1, help="Only if this version is in force now."),
    json: bool = JSON_OPTION,
) -> None:
    """Put a document in force as the next version. Requests keep the version they met.

    Examples:

      countermand policy put policy.json --merchant acme --if-version 3
    """
    from countermand.cli.runtime import known_merchant, run_with
    from countermand.cli.tenancy import put_document
    from countermand.context import Context

    document = read_document(file)
    faults = faults_of(document)
    if faults:
        named = "; ".join(f"{field}: {message}" for field, message in faults)
        raise Quit(f"{file} cannot be a policy: {named}", f"countermand policy check {file}")

    async def work(ctx: Context) -> int:
        return await put_document(ctx, await known_merchant(ctx, merchant), document, if_version)

    version = run_with(work)
    if json:
        say_json({"merchant": merchant, "version": version})
    else:
        say(f"Policy version {version} of {merchant} is in force.")


def read_document(file: Path) -> dict[str, Any]:
    """The document. Errors: Quit that says where the JSON breaks."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        document = json_library.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Quit(f"{file} cannot be read: {error}") from error
    except json_library.JSONDecodeError as error:
        raise Quit(f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Quit(f"{file} is JSON, but no object", "countermand policy show prints one.")
    return document


def faults_of(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Every wrong field and what to do."""
    from countermand.model.faults import PolicyFaults
    from countermand.model.policy_document import parse_policy

    try:
        parse_policy(document, 1)
    except PolicyFaults as wrong:
        return wrong.faults
    return ()
