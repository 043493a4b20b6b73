"""`countermand`: the command line. A module for each group of commands; each imports late, so --help is instant."""

import os
import sys
from typing import Any

import typer

from countermand.cli.output import Exit, Quit, complain
from countermand.errors import Problem

EPILOGUE = """Examples:

  countermand demo --port 8010
  countermand migrate && countermand merchants create acme
  countermand serve --port 8000

COUNTERMAND_DATABASE says where the data is: sqlite:///path or postgresql://user@host/name.
Exit codes: 0 done, 1 failed or rows break an invariant, 2 wrong use, 3 the rules say no,
4 somebody was first, 5 outcome unknown."""


class CommandLine(typer.Typer):
    """The application; what goes wrong is one line and a hint, never a traceback (unless --debug)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except (Exception, KeyboardInterrupt) as error:
            if _debugging():
                raise
            explained = explain(error)
            complain(explained)
            sys.exit(int(explained.code))


def _debugging() -> bool:
    return "--debug" in sys.argv[1:] or os.environ.get("COUNTERMAND_DEBUG") == "1"


def explain(error: BaseException) -> Quit:
    """Any error as one line, a hint and an exit code."""
    if isinstance(error, Quit):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Quit("stopped", code=Exit.FAILED)
    if isinstance(error, Problem):
        code = Exit.CONFLICT if error.status in (409, 412) else Exit.USAGE
        return Quit(f"{error.title}: {error.detail}", code=code)
    hint = "Add --debug for the whole story."
    if isinstance(error, TimeoutError | ConnectionError):
        return Quit(f"the connection broke: {str(error) or type(error).__name__}",
                    f"Look before you repeat: it may have happened. {hint}", Exit.UNKNOWN)
    return Quit(f"{type(error).__name__}: {' '.join(str(error).split())}", hint, Exit.FAILED)


app = CommandLine(
    name="countermand",
    help="Order cancellation that is decided at once and carried out exactly once.",
    epilog=EPILOGUE.replace("\n", "\n\n"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _every_command(
    debug: bool = typer.Option(False, "--debug", help="Show the whole traceback when something goes wrong."),
) -> None:
    pass


def _commands() -> None:
    """Put every command where it belongs; none of them imports more than typer before it is called."""
    from countermand.cli.cancel_command import cancel
    from countermand.cli.demo.command import demo
    from countermand.cli.import_command import import_file
    from countermand.cli.keys_commands import keys
    from countermand.cli.orders_commands import orders
    from countermand.cli.policy_commands import policy
    from countermand.cli.replay.command import replay
    from countermand.cli.serving import runner, serve
    from countermand.cli.setting_up import holders, merchants, migrate, sellers
    from countermand.cli.verify_command import verify

    for command in (demo, serve, runner, migrate):
        app.command()(command)
    for name, group in (("merchants", merchants), ("holders", holders), ("sellers", sellers), ("keys", keys),
                        ("policy", policy)):
        app.add_typer(group, name=name)
    app.command("import")(import_file)
    app.command()(replay)
    app.add_typer(orders, name="orders")
    app.command()(cancel)
    app.command()(verify)


_commands()
