"""serve and runner: the web and the work behind it, in one process or parted, until somebody says stop."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from countermand.cli.output import Exit, Quit, note, say

if TYPE_CHECKING:
    from countermand.cli.runtime import Settings
    from countermand.inform.mailbox import Mailbox
    from countermand.web.demo.entrance import Demo

MOST_WAITING = 2048
GRACE_SECONDS = 20
"""How long requests under way may take to end after SIGTERM."""


class Only(StrEnum):
    WEB = "web"
    RUNNER = "runner"


def serve(
    port: int = typer.Option(8000, "--port", "-p", min=0, max=65535, help="0 = any free one."),
    host: str = typer.Option("127.0.0.1", "--host", help="The address to listen on; 0.0.0.0 = every one."),
    only: Only | None = typer.Option(None, "--only", help="web: no runner here; runner: no web here."),
    workers: int = typer.Option(1, "--workers", min=1, max=64, help="Processes that share the port."),
    base_url: str = typer.Option("", "--base-url", help="What links begin with; http://HOST:PORT if left out."),
) -> None:
    """Start the web and the runner in one process. Stops gracefully at SIGTERM or Ctrl+C.

    The API is at /api/v1, its documents at /api/docs, the console at /console. Several nodes may run on one
    PostgreSQL; `--only web` and `--only runner` part the two.

    Examples:

      countermand serve --port 8000

      COUNTERMAND_DATABASE=postgresql://shop@db/countermand countermand serve --only web --workers 4
    """
    from countermand.cli.runtime import settings

    if only is Only.RUNNER:
        run_runner(settings(base_url or None))
        return
    with listen(host, port) as listening:
        place = f"http://{shown_host(host)}:{listening.getsockname()[1]}"
        chosen = settings(base_url or place)
        check_ready(chosen)

        def started() -> None:
            say(f"Countermand listens on {place} (API documents: {place}/api/docs). Ctrl+C stops it.")

        def child(first: bool) -> None:
            run_web(chosen, listening, background=only is None, started=started if first else lambda: None)

        in_processes(workers, child)


def shown_host(host: str) -> str:
    """The address to write into a link: one that a browser here can open."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def runner() -> None:
    """Start the runner alone; the same as `serve --only runner`.

    Examples:

      countermand runner
    """
    from countermand.cli.runtime import settings

    run_runner(settings())


def listen(host: str, port: int, again: str = "countermand serve --port {port}") -> socket.socket:
    """A listening socket. Errors: Quit that names the port and how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(MOST_WAITING)
    except PermissionError as error:
        listening.close()
        raise Quit(f"this user may not listen on port {port}", "Choose one above 1023.") from error
    except OSError as error:
        listening.close()
        if isinstance(error, socket.gaierror):
            raise Quit(f"{host!r} is no address of this machine") from error
        another = port + 10 if port < 65000 else 8010
        raise Quit(f"port {port} on {host} is taken by another program ({error.strerror})",
                   f"Choose another: {again.format(port=another)}", Exit.CONFLICT) from error
    listening.set_inheritable(True)
    return listening


def check_ready(chosen: "Settings") -> None:
    """Fail early and in words if the database is not there or not migrated."""
    from countermand.cli.runtime import opened, run

    async def look() -> None:
        async with opened(chosen):
            pass

    run(look())


def run_web(
    chosen: "Settings", listening: socket.socket, *, background: bool, started: Callable[[], None],
    mailbox: Path | None = None, demo: "Callable[[Mailbox], Demo] | None" = None,
) -> None:
    """Serve the web on this socket until a signal comes. `mailbox`: a demo's, which then is its mail server."""
    import uvicorn
    import uvloop

    from countermand.cli.runtime import opened
    from countermand.inform.mailbox import Mailbox
    from countermand.web.app import create_app

    early: list[int] = []

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.started:
                return
            if early or self.should_exit:
                # Told to stop before it had begun: it begins, so that it can end in good order.
                self.should_exit = False
                asyncio.get_running_loop().call_soon(self.leave)
            else:
                started()

        def leave(self) -> None:
            self.should_exit = True

    async def main() -> bool:
        async with AsyncExitStack() as stack:
            own, doors = chosen, None
            if mailbox is not None and demo is not None:
                box = await stack.enter_async_context(Mailbox(str(mailbox)))
                own, doors = replace(chosen, smtp=box.url), demo(box)
            ctx = await stack.enter_async_context(opened(own))
            app = create_app(ctx, run_background=background, demo=doors)
            config = uvicorn.Config(
                app, http="httptools", lifespan="on", access_log=False, log_level="warning", server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS, backlog=MOST_WAITING,
            )
            server = Announced(config)
            await server.serve(sockets=[listening])
            return server.started

    # A signal may come before uvicorn listens to them; and it raises them again when it has ended in good order.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: early.append(number))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        well = loop.run(main())
    if not well:
        raise Quit("the web did not start; the lines above say why", code=Exit.FAILED)


def run_runner(chosen: "Settings") -> None:
    """Sagas, mail and batches without a web, until a signal comes."""
    import uvloop

    from countermand.cli.runtime import opened
    from countermand.web.app import background

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        async with opened(chosen) as ctx, background(ctx):
            say("The runner is at work. Ctrl+C stops it.")
            await stop.wait()
        note("The runner has stopped.")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main())


def in_processes(count: int, child: Callable[[bool], None]) -> None:
    """Run `child` in so many processes and pass signals on; one that dies ends them all.

    A process that is told to stop before it has begun ends by the signal itself, which is no error.
    """
    if count == 1:
        child(True)
        return
    sys.stdout.flush()
    children = [pid for index in range(count) if (pid := _forked(child, first=index == 0))]

    told: list[int] = []

    def stop(number: int, frame: object) -> None:
        told.append(number)
        for pid in children:
            _tell(pid, number)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    failed = 0
    while children:
        pid, status = os.wait()
        if pid in children:
            children.remove(pid)
            if not told:
                failed |= os.waitstatus_to_exitcode(status)
                stop(signal.SIGTERM, None)
    if failed:
        raise Quit("a process ended with an error; the lines above say why", code=Exit.FAILED)


def _forked(child: Callable[[bool], None], *, first: bool) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        child(first)
        code = 0
    finally:
        os._exit(code)


def _tell(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
