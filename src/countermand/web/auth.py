"""Who calls: `Authorization: Bearer ck_{merchant}_{secret}`, looked up by the secret's digest within the merchant."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from countermand.context import Context
from countermand.errors import NotAllowed, NotSignedIn
from countermand.model.event import Actor
from countermand.model.ids import SLUG
from countermand.store.directory_port import ApiKey
from countermand.web.metrics import Metrics

PREFIX = "ck_"
LONGEST_KEY = 200
CACHE_SECONDS = 3.0
"""How long a revoked key may still work in a process that knew it."""
CACHE_SIZE = 10_000


class Scope(StrEnum):
    """What a key may do. `*` = everything its side may."""

    ALL = "*"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    EVENTS_WRITE = "events:write"
    MONEY_READ = "money:read"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"


class Side(StrEnum):
    """On whose side a key stands."""

    MERCHANT = "merchant"
    SELLER = "seller"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Caller:
    """The merchant that a key belongs to, and the seller or holder whose key it is, unless it is the merchant's."""

    merchant: str
    key: str
    scopes: frozenset[str]
    side: Side = Side.MERCHANT
    seller: str | None = None
    holder: str | None = None

    def must(self, scope: Scope, sides: frozenset[Side]) -> None:
        """Errors: NotAllowed if this key may not do that."""
        if self.side not in sides:
            raise NotAllowed(f"A {self.side} key may not make this call.")
        if scope not in self.scopes and Scope.ALL not in self.scopes:
            raise NotAllowed(f"This key lacks the scope {scope}.", scope=str(scope))

    @property
    def actor(self) -> Actor:
        """Who the audit names."""
        return Actor(role=str(self.side), id=self.holder or self.seller or self.key)


def split_key(header: str | None) -> tuple[str, str]:
    """Merchant and secret of an Authorization header. Errors: NotSignedIn."""
    if not header:
        raise NotSignedIn("Send the API key as `Authorization: Bearer ck_…`.")
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.startswith(PREFIX) or len(key) > LONGEST_KEY:
        raise NotSignedIn("Send the API key as `Authorization: Bearer ck_…`.")
    merchant, _, secret = key[len(PREFIX) :].partition("_")
    if not SLUG.fullmatch(merchant) or not secret or not secret.isascii():
        raise NotSignedIn("This is not an API key.")
    return merchant, secret


class Keys:
    """Looks keys up, and remembers each answer for a few seconds so that most calls need no extra round trip."""

    def __init__(self, ctx: Context, metrics: Metrics) -> None:
        self._ctx = ctx
        self._metrics = metrics
        self._known: OrderedDict[tuple[str, str], tuple[float, Caller | None]] = OrderedDict()

    async def caller(self, header: str | None) -> tuple[Caller, str]:
        """Who calls, and the presented secret. Errors: NotSignedIn."""
        merchant, secret = split_key(header)
        digest = sha256(secret.encode("ascii")).hexdigest()
        found = await self._look_up(merchant, digest)
        if found is None:
            raise NotSignedIn("This API key is unknown, expired or revoked.")
        return found, secret

    async def _look_up(self, merchant: str, digest: str) -> Caller | None:
        now = self._ctx.host.clock.monotonic()
        until, known = self._known.get((merchant, digest), (-1.0, None))
        if now < until:
            self._metrics.key_lookups["memory"] += 1
            return known
        self._metrics.key_lookups["store"] += 1
        found = caller_of(await self._ctx.store.find_api_key(merchant, digest), self._ctx.host.now())
        self._known[(merchant, digest)] = (now + CACHE_SECONDS, found)
        self._known.move_to_end((merchant, digest))
        while len(self._known) > CACHE_SIZE:
            self._known.popitem(last=False)
        return found


def caller_of(key: ApiKey | None, now: datetime) -> Caller | None:
    """The caller behind a stored key; None if it is unknown, revoked or expired."""
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    side = Side.HOLDER if key.holder else Side.SELLER if key.seller else Side.MERCHANT
    return Caller(key.merchant, key.id, frozenset(key.scopes), side, key.seller, key.holder)
