"""What every use case is given: the host, the store, the plugins, the settings and a bell for the runner."""

import asyncio
from dataclasses import dataclass, field

from countermand.host import Host
from countermand.plugins.load import Plugins
from countermand.policies import PolicyShelf
from countermand.store.directory_port import Store


@dataclass(frozen=True, slots=True)
class Config:
    """`base_url` is what links begin with, without a slash at the end; `node` names this process in claims."""

    base_url: str = "http://127.0.0.1:8000"
    node: str = "node"
    secure_cookies: bool = False


class Bell:
    """Wakes the runner of this process at once. Between nodes the store tells; a poll is the fallback."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until it rings, or for `seconds` at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


@dataclass(frozen=True, slots=True)
class Context:
    host: Host
    store: Store
    plugins: Plugins
    config: Config
    policies: PolicyShelf
    bell: Bell = field(default_factory=Bell)
