"""What a plugin is opened with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


Sleep = Callable[[float], Awaitable[None]]
"""Seconds to wait; the host's, so that a simulator decides how long a slow provider takes."""


@dataclass(frozen=True, slots=True)
class PluginConfig:
    """`sandbox_path`: the sandbox's own SQLite file, made on demand. `smtp_url`: None = no mail leaves.

    `smtp_url` is `smtp://user:password@host:port?starttls=yes|no|auto&timeout=10`, or `smtps://…` for TLS from the
    first byte; timeout in seconds. `notification` names the plugin that letters leave through.
    """

    sandbox_path: str
    smtp_url: str | None
    mail_from: str
    clock: Clock
    sleep: Sleep
    notification: str = "smtp"
