"""Wake-ups between nodes: a few NOTIFYs beside the commits, and an ear for those of the other nodes.

Each has a direct connection of its own. Inside a commit's transaction a NOTIFY would put every commit of the database
into one queue: PostgreSQL takes one lock for all of them, and keeps it until the commit is on disk.
Nothing here may fail a caller: a wake-up that is lost costs one poll.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

CHANNEL = "countermand_work"

PAUSE = 0.02
"""Seconds between two notifies: what is committed meanwhile is told by the second."""

CONNECT_LIMIT, TELL_LIMIT, CLOSE_LIMIT = 10.0, 5.0, 2.0
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds before a lost ear listens again; doubled each time."""

FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

log = logging.getLogger(__name__)


class Wake:
    """The voice and the ears of one node. `on` False: neither, as behind PgBouncer, where LISTEN hears nothing."""

    def __init__(self, url: str, *, on: bool) -> None:
        self._url, self._on = url, on
        self._wanted = False
        self._closing = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self._voice: asyncpg.Connection | None = None
        self._ears: set[asyncpg.Connection] = set()

    def notify(self) -> None:
        """Tell the other nodes that work is due. Returns at once; many calls give few notifies, one at a time."""
        if not self._on or self._closing.is_set():
            return
        self._wanted = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def listen(self, ring: Callable[[], None], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Ring whenever another node tells, until cancelled or closed; a lost connection is made again.

        It also rings when it begins to hear, because something may have been told before. `sleep`: seconds, the
        host's. Returns at once if this node is to listen to nobody.
        """
        wait = FIRST_WAIT
        while self._on and not self._closing.is_set():
            try:
                await self._hear(ring)
                wait = FIRST_WAIT
            except FAILURES as failed:
                log.warning("other nodes are not heard (%r); the poll finds their work", failed)
            if not self._closing.is_set():
                await sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    async def close(self) -> None:
        """Tell what is still to be told, then hang up; whoever listens comes back."""
        self._closing.set()
        if self._telling is not None:
            await self._telling
        for connection in (self._voice, *self._ears):
            await hang_up(connection)

    async def _tell(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                async with asyncio.timeout(CONNECT_LIMIT + TELL_LIMIT):
                    await self._say()
            except FAILURES as failed:
                log.warning("other nodes cannot be told (%r); their poll finds the work", failed)
                await hang_up(self._voice)
                self._voice = None
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._closing.wait()

    async def _say(self) -> None:
        if self._voice is None or self._voice.is_closed():
            self._voice = await self._connect()
        await self._voice.execute(f"NOTIFY {CHANNEL}", timeout=TELL_LIMIT)

    async def _hear(self, ring: Callable[[], None]) -> None:
        """Until the connection ends."""
        ended = asyncio.Event()

        def heard(connection: object, teller: int, channel: str, payload: object) -> None:
            if self._voice is None or self._voice.is_closed() or teller != self._voice.get_server_pid():
                ring()

        connection = await self._connect()
        self._ears.add(connection)
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(CHANNEL, heard)
            ring()
            await ended.wait()
        finally:
            self._ears.discard(connection)
            await hang_up(connection)

    async def _connect(self) -> asyncpg.Connection:
        """Without waiting for the disk: a wake-up that a crash of the server loses is no loss."""
        return await asyncpg.connect(
            self._url, timeout=CONNECT_LIMIT, statement_cache_size=0, server_settings={"synchronous_commit": "off"}
        )


async def hang_up(connection: asyncpg.Connection | None) -> None:
    """Close a connection in good order, or else at once."""
    if connection is None or connection.is_closed():
        return
    try:
        await connection.close(timeout=CLOSE_LIMIT)
    except FAILURES:
        connection.terminate()
