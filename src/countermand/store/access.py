"""How the queries reach an engine: read some rows, or write a few statements in one transaction."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from countermand.host import Clock

Write = tuple[str, Mapping[str, Any]]
"""A statement with `:name` parameters, and their values."""


class WriteRefused(Exception):
    """A constraint refused the rows (class 22 or 23); nothing of that call was written."""


class Access(ABC):
    """What each engine brings. The parameter `:clock`, where a statement has it, is filled in by the engine."""

    engine: str
    clock: Clock

    @abstractmethod
    async def read(self, sql: str, **values: Any) -> list[Sequence[Any]]:
        """The rows of one SELECT."""

    @abstractmethod
    async def write(self, writes: Sequence[Write]) -> list[list[Sequence[Any]]]:
        """The rows that each statement returns, all of them in one transaction. Errors: WriteRefused."""

    @abstractmethod
    def now(self) -> int:
        """The present instant in microseconds, by the store's clock."""

    async def first(self, sql: str, **values: Any) -> Any:
        """The first cell of the first row, or None."""
        found = await self.read(sql, **values)
        return found[0][0] if found else None
