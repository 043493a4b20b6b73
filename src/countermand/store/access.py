"""How the queries reach an engine: read some rows, or write a few statements in one transaction."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from countermand.host import Clock
from countermand.store.directory_port import AlreadyAnswered, Once
from countermand.store.port import Answer, Replayed

Write = tuple[str, Mapping[str, Any]]
"""A statement with `:name` parameters, and their values."""


INSERT_KEY = """
INSERT INTO idempotency (merchant_id, scope, key, digest, status, body, created_at)
VALUES (:merchant, :scope, :key, :digest, :status, :body, :created_at) RETURNING key
"""
FIND_KEY = (
    "SELECT status, body, digest FROM idempotency WHERE merchant_id = :merchant AND scope = :scope AND key = :key"
)


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
    async def write(self, writes: Sequence[Write], only_if_first: bool = False) -> list[list[Sequence[Any]]]:
        """The rows that each statement returns, all of them in one transaction.

        `only_if_first`: the others run only if the first returned a row. Errors: WriteRefused.
        """

    @abstractmethod
    def now(self) -> int:
        """The present instant in microseconds, by the store's clock."""

    async def first(self, sql: str, **values: Any) -> Any:
        """The first cell of the first row, or None."""
        found = await self.read(sql, **values)
        return found[0][0] if found else None

    async def effect(self, merchant: str, once: Once | None, *writes: Write) -> list[Sequence[Any]]:
        """The rows that the first write returns. Only if there are any, the others and the key are written too.

        Errors: WriteRefused; AlreadyAnswered if the key was used before.
        """
        if once is not None:
            await self.must_be_unused(merchant, once)
        try:
            return (await self.write([*writes, *self.key_write(merchant, once)], only_if_first=True))[0]
        except WriteRefused:
            if once is not None:
                await self.must_be_unused(merchant, once)  # a twin was faster
            raise

    async def must_be_unused(self, merchant: str, once: Once) -> None:
        key = once.idempotency
        found = await self.read(FIND_KEY, merchant=merchant, scope=key.scope, key=key.key)
        if found:
            raise AlreadyAnswered(Replayed(Answer(found[0][0], found[0][1]), found[0][2]))

    def key_write(self, merchant: str, once: Once | None) -> list[Write]:
        """The row that keeps a key and its answer."""
        if once is None:
            return []
        key, answer = once.idempotency, once.answer
        return [(INSERT_KEY, {
            "merchant": merchant, "scope": key.scope, "key": key.key, "digest": key.digest, "status": answer.status,
            "body": answer.body, "created_at": self.now(),
        })]
