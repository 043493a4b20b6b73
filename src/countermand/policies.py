"""Policies at hand: read once, kept for a moment, so that a request costs no extra round trip."""

from dataclasses import dataclass

from countermand.host import Clock
from countermand.model.order import Order
from countermand.model.policy import Policy, PolicyBook
from countermand.model.policy_document import parse_policy
from countermand.store.directory_port import Store

FRESH_FOR = 1.0
"""Seconds that another node's new policy may take to reach this one. In this process it holds at once."""


@dataclass(slots=True)
class _Kept:
    policy: Policy
    read_at: float


class PolicyShelf:
    """The current policy of each merchant, and earlier versions, which never change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[str, _Kept] = {}
        self._earlier: dict[tuple[str, int], Policy] = {}
        self._keys: dict[str, bytes] = {}

    async def current(self, store: Store, merchant: str) -> Policy:
        """The merchant's policy as it is now, or as it was at most a second ago."""
        kept = self._current.get(merchant)
        if kept is not None and self._clock.monotonic() - kept.read_at < FRESH_FOR:
            return kept.policy
        version, document = await store.current_policy(merchant)
        policy = parse_policy(document, version)
        self._current[merchant] = _Kept(policy, self._clock.monotonic())
        self._earlier[merchant, version] = policy
        return policy

    async def version(self, store: Store, merchant: str, version: int) -> Policy:
        """One version of a policy."""
        known = self._earlier.get((merchant, version))
        if known is None:
            known = parse_policy(await store.policy_version(merchant, version), version)
            self._earlier[merchant, version] = known
        return known

    async def book(self, store: Store, order: Order) -> PolicyBook:
        """The current policy, and every version that a request of this order met."""
        current = await self.current(store, order.merchant)
        versions = {request.policy_version for request in order.requests} - {current.version}
        earlier = {version: await self.version(store, order.merchant, version) for version in versions}
        return PolicyBook(current, earlier)

    def forget(self, merchant: str) -> None:
        """A new version was just put; the next reader reads it."""
        self._current.pop(merchant, None)

    async def digest_key(self, store: Store, merchant: str) -> bytes:
        """The key of the merchant's audit digests; it never changes."""
        known = self._keys.get(merchant)
        if known is None:
            known = self._keys[merchant] = await store.digest_key(merchant)
        return known
