"""Idempotency keys: what a caller may send, and one at a time for twins that arrive together in this process.

Twins in two processes are settled by the store's unique row: the later commit is answered with the earlier's answer.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from countermand.errors import BadFields, Fault, IdempotencyKeyReused, InProgress
from countermand.store.port import Idempotency, Replayed

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
WAIT_SECONDS = 2.0

Twin = tuple[str, str, str]


def idempotency(method: str, path: str, key: str | None, body: bytes) -> Idempotency | None:
    """The caller's key for this very effect, or None if there is no key. Errors: BadFields for an unusable key."""
    if key is None:
        return None
    if not VISIBLE.fullmatch(key):
        raise BadFields([Fault(HEADER, "must have 1 to 255 visible ASCII characters")])
    return Idempotency(f"{method} {path}", key, sha256(body).hexdigest())


def same_body(stored: Replayed, mine: Idempotency) -> Replayed:
    """The stored answer, if it was given to the same body. Errors: IdempotencyKeyReused."""
    if stored.digest is not None and stored.digest != mine.digest:
        raise IdempotencyKeyReused("This Idempotency-Key came with another body before; use a fresh key.")
    return stored


class Twins:
    """Which idempotency keys are being worked on in this process."""

    def __init__(self) -> None:
        self._busy: dict[Twin, asyncio.Event] = {}

    @asynccontextmanager
    async def alone(self, merchant: str, key: Idempotency) -> AsyncIterator[None]:
        """Work on this key alone. A twin waits up to two seconds. Errors: InProgress after that."""
        twin = (merchant, key.scope, key.key)
        await self._wait(twin)
        done = self._busy[twin] = asyncio.Event()
        try:
            yield
        finally:
            del self._busy[twin]
            done.set()

    async def _wait(self, twin: Twin) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while (busy := self._busy.get(twin)) is not None:
                    await busy.wait()
        except TimeoutError:
            raise InProgress("The first call with this key is not finished; ask again.", retry_after=1) from None
