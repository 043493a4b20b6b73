"""From the environment to a context: the database, the plugins, the host. One process, one context."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Any, TypeVar

from countermand.cli.output import Exit, Quit, note
from countermand.context import Config, Context
from countermand.host import Host, system_host
from countermand.plugins.config import PluginConfig
from countermand.plugins.load import load_plugins
from countermand.policies import PolicyShelf
from countermand.store import open_store

Result = TypeVar("Result")

DATABASE = "COUNTERMAND_DATABASE"
DEFAULT_DATABASE = "sqlite:///countermand.db"
DEFAULT_BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `sandbox`: the sandbox plugins' own file; `smtp` None = mail waits in the outbox."""

    database: str
    sandbox: str
    smtp: str | None = None
    mail_from: str = "orders@localhost"
    base_url: str = DEFAULT_BASE_URL
    secure_cookies: bool = False
    notification: str = "smtp"


def settings(base_url: str | None = None) -> Settings:
    """The environment's settings; a database that nobody named is a file here, and a note says so."""
    database = os.environ.get(DATABASE)
    if not database:
        database = DEFAULT_DATABASE
        note(f"{DATABASE} is not set: using {DEFAULT_DATABASE} in this folder.")
    return Settings(
        database=database,
        sandbox=os.environ.get("COUNTERMAND_SANDBOX") or beside(database),
        smtp=os.environ.get("COUNTERMAND_SMTP") or None,
        mail_from=os.environ.get("COUNTERMAND_MAIL_FROM") or "orders@localhost",
        base_url=(os.environ.get("COUNTERMAND_BASE_URL") or base_url or DEFAULT_BASE_URL).rstrip("/"),
        secure_cookies=os.environ.get("COUNTERMAND_SECURE_COOKIES", "") in ("1", "yes", "true"),
    )


def beside(database: str) -> str:
    """The sandbox's file: beside an SQLite database, else in this folder."""
    if not database.startswith("sqlite:///"):
        return "countermand-sandbox.sqlite"
    path = Path(database.removeprefix("sqlite:///"))
    return str(path.with_name(path.stem + "-sandbox.sqlite"))


@asynccontextmanager
async def opened(chosen: Settings, host: Host | None = None, *, migrated: bool = True) -> AsyncIterator[Context]:
    """A context on the chosen database. `host`: of a replay; its clock then is the store's too.

    Errors: Quit if the database cannot be reached, or (with `migrated`) has not the tables of this version.
    """
    simulated = host is not None
    here = host or system_host()
    try:
        store = await open_store(chosen.database, clock=here.clock if simulated else None)
    except OSError as error:
        raise Quit(f"the database cannot be reached: {error}", f"Is {DATABASE} right?", Exit.FAILED) from error
    plugins = load_plugins(PluginConfig(
        chosen.sandbox, chosen.smtp, chosen.mail_from, here.clock, here.sleep, chosen.notification
    ))
    config = Config(base_url=chosen.base_url, node=f"{gethostname()}:{os.getpid()}",
                    secure_cookies=chosen.secure_cookies)
    try:
        if migrated and not await store.is_ready():
            raise Quit("the database has not the tables of this version", "Run `countermand migrate` first.")
        yield Context(here, store, plugins, config, PolicyShelf(here.clock))
    finally:
        await store.close()


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run async work to its end."""
    return asyncio.run(work)


def run_with(work: Callable[[Context], Coroutine[Any, Any, Result]], *, migrated: bool = True) -> Result:
    """Open the environment's database, do the work, close it."""
    chosen = settings()

    async def main() -> Result:
        async with opened(chosen, migrated=migrated) as ctx:
            return await work(ctx)

    return run(main())


async def known_merchant(ctx: Context, merchant: str) -> str:
    """The merchant's id. Errors: Quit that names the merchants there are."""
    if await ctx.store.find_merchant(merchant) is None:
        there = ", ".join(each.id for each in await ctx.store.merchants()) or "none yet"
        hint = f"countermand merchants create {merchant}"
        raise Quit(f"there is no merchant {merchant!r}; there are: {there}", hint)
    return merchant
