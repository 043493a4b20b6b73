"""`countermand demo`: make the shop once, then serve it with its mailbox and print the ways in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from countermand.cli.output import Exit, Quit, note, progress, say

if TYPE_CHECKING:
    from countermand.cli.demo.state import Folder, Way
    from countermand.cli.runtime import Settings
    from countermand.inform.mailbox import Mailbox
    from countermand.web.demo.entrance import Demo


def demo(
    port: int = typer.Option(8000, "--port", "-p", min=0, max=65535, help="0 = any free one."),
    data: Path = typer.Option(Path("demo-data"), "--data", help="The folder that keeps the demo."),
    only_make: bool = typer.Option(False, "--only-make", help="Make the shop and stop; serve nothing."),
) -> None:
    """Start a demo shop on this machine: a few hundred real orders in every stage, and a mailbox.

    Everything stays in one folder. Stopping and starting again loses nothing; take the folder away to begin anew.
    The orders are from Online Retail II (Chen 2012, UCI, CC BY 4.0) with their dates moved; nothing else is real.

    Examples:

      countermand demo

      countermand demo --port 8010
    """
    from countermand.cli.demo.state import Folder
    from countermand.cli.runtime import Settings
    from countermand.cli.serving import listen, run_web

    with listen("127.0.0.1", port, "make demo PORT={port}   (or countermand demo --port {port})") as listening:
        place = f"http://127.0.0.1:{listening.getsockname()[1]}"
        folder = Folder(data)
        chosen = Settings(database=folder.url, sandbox=str(folder.sandbox), base_url=place,
                          mail_from="Demo shop <orders@shop.example>")
        way = made(folder, chosen)
        if only_make:
            return

        def started() -> None:
            say_ways(way, place)

        run_web(chosen, listening, background=True, started=started, mailbox=folder.mailbox, demo=doors(way))


def made(folder: "Folder", chosen: "Settings") -> "Way":
    """The way into the shop, which is made first if it is not there."""
    from countermand.cli.demo.seed import make_shop
    from countermand.cli.demo.stories import STORIES
    from countermand.cli.replay.command import extract
    from countermand.cli.runtime import run

    way = folder.read()
    if way is not None:
        if not folder.database.is_file():
            raise Quit(f"{folder.way} is there and its database is not", f"Take {folder.path} away to begin anew.",
                       Exit.FAILED)
        return way
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.clear()
    note(f"Making the demo shop in {folder.path} (once; about half a minute) …")
    events = sum(story.count * (1 + story.stage.rank) for story in STORIES)
    with progress("Living through its last days", events) as bar:
        return run(make_shop(folder, chosen, [extract()], bar.to))


def doors(way: "Way") -> "Callable[[Mailbox], Demo]":
    """What the start page of the demo shows."""
    from countermand.cli.demo.stories import SELLER, SELLER_HOLDER
    from countermand.web.demo.entrance import Demo, Example, console_door, queue_door

    names = {"warehouse": "the own warehouse", "north-3pl": "North 3PL", "market-seller": "the market seller"}
    queues = [
        queue_door(token, way.merchant, holder, names.get(holder, holder),
                   seller=SELLER if holder == SELLER_HOLDER else None)
        for holder, token in way.queues.items()
    ]
    examples = [Example(f"/o/{way.merchant}.{link.token}", link.words, link.note) for link in way.links]
    return lambda mailbox: Demo(
        mailbox, way.merchant, (console_door(way.console, way.merchant), *queues), tuple(examples)
    )


def say_ways(way: "Way", place: str) -> None:
    """The few links to try."""
    say(f"\nThe demo shop is open: {place}\n")
    for link in way.links[:3]:
        say(f"  {link.words}:\n    {place}/o/{way.merchant}.{link.token}")
    say(f"  Merchant console:\n    {place}/console/enter/{way.console}")
    for holder, token in way.queues.items():
        say(f"  Queue of {holder}:\n    {place}/queue/enter/{token}")
    say(f"  Mailbox (the mails it sends):\n    {place}/demo/mailbox")
    say(f"  API documents:\n    {place}/api/docs")
    say(f"  API key:\n    {way.key}")
    say("\nCtrl+C stops it; starting it again loses nothing.")
