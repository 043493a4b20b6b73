"""Everything a store keeps beside the order aggregate: tenants, keys, policies, links, lists, outbox, batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from countermand.model.event import Actor, Message
from countermand.model.fulfilment import Holder, Stage
from countermand.model.order import WorkItem
from countermand.model.payment import Duty, DutyState
from countermand.model.request import Case, CaseState, RequestState
from countermand.store.port import Answer, Idempotency, OrderStore, Replayed

Item = TypeVar("Item")
Keyset = tuple[int | str, ...]
"""Where a page ended; instants in it are microseconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the keyset to go on from; None = that was all."""

    items: tuple[Item, ...]
    after: Keyset | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A caller's key and the answer to keep with it: the effect happens once, a repetition raises AlreadyAnswered."""

    idempotency: Idempotency
    answer: Answer


class AlreadyAnswered(Exception):
    """The key was used before; nothing was written."""

    def __init__(self, replayed: Replayed) -> None:
        super().__init__("this key was used before")
        self.replayed = replayed


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenancy. `digest_key`: hex, for keyed digests of personal texts; it never leaves the server."""

    id: str
    name: str
    digest_key: str
    created_at: datetime
    shop_name: str = ""
    support_email: str | None = None
    base_url: str | None = None
    default_locale: str = "en"


@dataclass(frozen=True, slots=True)
class Seller:
    merchant: str
    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret, which is stored only as SHA-256. `holder` or `seller`: whose key it is."""

    merchant: str
    id: str
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    holder: str | None = None
    seller: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    version: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """A customer's way to one order. `token_hash`: SHA-256 of the secret in the link, hex."""

    merchant: str
    order: str
    token_hash: str
    expires_at: datetime
    rotated_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `token_hash`: SHA-256 of the cookie's secret; `subject`: who, by the meaning of `kind`."""

    merchant: str
    token_hash: str
    kind: str
    subject: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    merchant: str
    id: str
    url: str
    secret: str
    created_at: datetime
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to. `sellers`, `holders`: orders with a line or fulfilment order of any."""

    stage: Stage | None = None
    request_state: RequestState | None = None
    q: str | None = None
    email: str | None = None
    sku: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    sellers: frozenset[str] | None = None
    holders: frozenset[str] | None = None
    quarantined: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One row of a list. `stage`: the earliest of its fulfilment orders; units are added up over all lines."""

    number: str
    version: int
    placed_at: datetime
    customer_name: str | None
    customer_email: str | None
    currency: str
    stage: Stage | None
    request_state: RequestState | None
    quarantined: str | None
    first_title: str | None
    lines: int
    units: int
    open: int
    held: int
    cancelled: int
    despatched: int


@dataclass(frozen=True, slots=True)
class RequestSummary:
    id: str
    order: str
    state: RequestState
    kind: str
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case with its order and the (line, quantity) pairs that it asks for."""

    order: str
    case: Case
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RefundSummary:
    order: str
    currency: str
    duty: Duty


@dataclass(frozen=True, slots=True)
class WorkSummary:
    order: str
    position: int
    item: WorkItem


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as it is stored. `sealed`: the events, canonical JSON; `texts`: (event index, field) to text, if kept."""

    sequence: int
    at: datetime
    actor: Actor
    sealed: str
    previous: str
    digest: str
    texts: Mapping[tuple[int, str], str | None]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message. `number` is the fencing number of this claim, `attempt` counts from 1."""

    merchant: str
    order: str
    message: Message
    attempt: int
    number: int


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One order of a batch; `status` None = not yet done, `outcome` is the JSON answer."""

    position: int
    order: str
    status: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Many orders to cancel alike. `body`: what is asked for each, JSON."""

    merchant: str
    id: str
    actor: Actor
    body: str
    created_at: datetime
    total: int
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchClaim:
    merchant: str
    id: str
    number: int


class Directory(Protocol):
    """Tenants, who may sign in, and the rules. `once` makes a write happen once for a caller's key."""

    async def create_merchant(self, merchant: Merchant) -> bool:
        """With the default policy as version 1. False = the id is taken."""
        ...

    async def update_merchant(self, merchant: Merchant) -> None: ...

    async def find_merchant(self, merchant: str) -> Merchant | None: ...

    async def merchants(self) -> list[Merchant]: ...

    async def digest_key(self, merchant: str) -> bytes: ...

    async def create_holder(self, holder: Holder, now: datetime, once: Once | None = None) -> bool:
        """False = the id is taken. The first holder is the merchant's default."""
        ...

    async def holders(self, merchant: str) -> list[Holder]:
        """In order of creation: the first is the default."""
        ...

    async def create_seller(self, seller: Seller, now: datetime, once: Once | None = None) -> bool: ...

    async def sellers(self, merchant: str) -> list[Seller]: ...

    async def create_api_key(self, key: ApiKey, secret_hash: str) -> None:
        """Errors: WriteRefused if the holder or seller is unknown."""
        ...

    async def find_api_key(self, merchant: str, secret_hash: str) -> ApiKey | None: ...

    async def api_keys(self, merchant: str) -> list[ApiKey]: ...

    async def revoke_api_key(self, merchant: str, key: str, now: datetime) -> bool: ...

    async def touch_api_key(self, merchant: str, key: str, now: datetime) -> None: ...

    async def current_policy(self, merchant: str) -> tuple[int, Mapping[str, object]]:
        """The newest version and its document. Errors: KeyError if the merchant is unknown."""
        ...

    async def policy_version(self, merchant: str, version: int) -> Mapping[str, object]: ...

    async def put_policy(
        self, merchant: str, expected: int, document: Mapping[str, object], by: str, now: datetime,
        once: Once | None = None,
    ) -> int | None:
        """The new version, `expected + 1`; None if the newest is not `expected` any more."""
        ...

    async def policies(self, merchant: str) -> list[PolicyVersion]: ...

    async def rotate_link(self, link: CustomerLink, once: Once | None = None) -> None:
        """The order's one link from now on; an older one stops working."""
        ...

    async def add_link(self, link: CustomerLink) -> None:
        """One more link of the order, for a letter of ours: no other link stops working by it."""
        ...

    async def find_link(self, merchant: str, token_hash: str, now: datetime) -> CustomerLink | None: ...

    async def open_session(self, session: Session) -> None: ...

    async def find_session(self, merchant: str, token_hash: str, now: datetime) -> Session | None: ...

    async def close_session(self, merchant: str, token_hash: str) -> None: ...

    async def create_endpoint(self, endpoint: WebhookEndpoint, once: Once | None = None) -> None: ...

    async def endpoints(self, merchant: str) -> list[WebhookEndpoint]: ...

    async def delete_endpoint(self, merchant: str, endpoint: str, once: Once | None = None) -> bool: ...


class Lists(Protocol):
    """What people and integrations look through. Lists are keyset-paged: pass `Page.after` to go on."""

    async def list_orders(
        self, merchant: str, chosen: OrderFilter, limit: int, after: Keyset | None = None
    ) -> Page[OrderSummary]:
        """Newest first."""
        ...

    async def list_requests(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: RequestState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None, holders: frozenset[str] | None = None,
    ) -> Page[RequestSummary]:
        """Newest first."""
        ...

    async def list_cases(
        self, merchant: str, limit: int, after: Keyset | None = None, *, holders: frozenset[str] | None = None,
        state: CaseState | None = None, order: str | None = None,
    ) -> Page[CaseSummary]:
        """Most urgent first."""
        ...

    async def list_refunds(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: DutyState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None,
    ) -> Page[RefundSummary]:
        """Newest first."""
        ...

    async def worklist(self, merchant: str, limit: int, after: Keyset | None = None) -> Page[WorkSummary]:
        """Open rows, oldest first."""
        ...

    async def request_counts(self, merchant: str) -> dict[RequestState, int]: ...

    async def audit(self, merchant: str, order: str) -> list[AuditRow]: ...

    async def erase_texts(self, merchant: str, order: str) -> int:
        """Forget the personal texts beside the order's audit; the chain stays whole. How many were erased."""
        ...


class Deliveries(Protocol):
    """The outbox and the batches: claimed by compare-and-set, so that any number of nodes may work them off."""

    async def claim_messages(
        self, kind: str, limit: int, expiry: timedelta, now: datetime
    ) -> list[Outgoing]: ...

    async def tell(self, merchant: str, order: str, message: Message) -> None:
        """Put a message into the outbox beside any commit; nothing happens if its dedupe key is there."""
        ...

    async def message_sent(self, message: Outgoing, now: datetime) -> None: ...

    async def message_suppressed(self, message: Outgoing, now: datetime) -> None:
        """It is true no more, so it never leaves: over, and neither sent nor dead."""
        ...

    async def message_failed(self, message: Outgoing, failure: str, retry_at: datetime | None) -> None:
        """`retry_at` None = given up; it stays in the outbox as dead."""
        ...

    async def create_batch(self, batch: Batch, orders: Sequence[str], once: Once | None = None) -> None: ...

    async def find_batch(self, merchant: str, batch: str) -> Batch | None: ...

    async def batch_items(self, merchant: str, batch: str, limit: int, after: int = -1) -> list[BatchItem]: ...

    async def claim_batch(self, expiry: timedelta) -> BatchClaim | None:
        """The oldest unfinished batch that nobody works on."""
        ...

    async def next_items(self, claim: BatchClaim, limit: int) -> list[BatchItem]:
        """Items without an outcome, in order."""
        ...

    async def record_outcome(self, claim: BatchClaim, position: int, status: int, outcome: str, expiry: timedelta) -> bool:
        """Once an item; holds the claim for another `expiry`. False = the claim has lapsed."""
        ...

    async def finish_batch(self, claim: BatchClaim, now: datetime) -> None: ...


class Store(OrderStore, Directory, Lists, Deliveries, Protocol):
    """All of a store."""

    async def is_ready(self) -> bool:
        """Whether the tables of this version are there."""
        ...

    async def migrate(self) -> None:
        """Safe to run twice and from two nodes at once."""
        ...

    async def close(self) -> None: ...
