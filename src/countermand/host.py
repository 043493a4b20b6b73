"""Time, ids, chance, sleep and named points: everything the shell may not take from the machine by itself.

A house rule forbids the raw calls elsewhere, so that a simulator can drive a whole run from one seed.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Protocol

from countermand.model.ids import typeid


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only for measuring how long something took."""
        ...


class Ids(Protocol):
    def new(self, prefix: str) -> str:
        """A fresh TypeID such as `cr_01k…` (UUIDv7, so ids sort by time)."""
        ...

    def secret(self) -> str:
        """A fresh bearer secret: 43 URL-safe characters, 256 bits."""
        ...


Sleep = Callable[[float], Awaitable[None]]
PointHook = Callable[[str], Awaitable[None]]


async def no_point(name: str) -> None:
    """In production a named point does nothing."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the shell stands on. `point(name)` marks where races and crashes can be forced."""

    clock: Clock
    ids: Ids
    rng: Random
    sleep: Sleep
    point: PointHook = no_point

    def now(self) -> datetime:
        return self.clock.now()


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemIds:
    """UUIDv7 (RFC 9562, 5.7) from the system's clock and entropy."""

    def new(self, prefix: str) -> str:
        milliseconds = time.time_ns() // 1_000_000
        chance = int.from_bytes(os.urandom(10), "big")
        return typeid(prefix, milliseconds, chance)

    def secret(self) -> str:
        return secrets.token_urlsafe(32)


def system_host(point: PointHook = no_point) -> Host:
    """The host of a real process."""
    return Host(SystemClock(), SystemIds(), Random(os.urandom(16)), asyncio.sleep, point)
